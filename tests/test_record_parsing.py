"""A published record is understood however irregular it is, and nothing of it is dropped."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boardscribe.record import describe, parse, render_published
from boardscribe.record.model import LineKind, PublishedRecord, SectionKind
from boardscribe.records import Legibility, Shape

INVENTED = (Path(__file__).parent / "support" / "invented_record.md").read_text(encoding="utf-8")
FOUNDING = Path(__file__).parents[1].parent / "shared" / "record.md"

R, P, I, B = "readable", "partly", "illegible", "blank"  # noqa: E741


def counts(record: PublishedRecord) -> dict[str, tuple[int | None, list[dict[str, int]]]]:
    """By heading: the stated count, and for each group the notes by legibility."""
    return {
        section.heading: (
            section.stated,
            [
                dict(Counter(e.legibility.value for e in group.entries for _ in range(e.copies)))
                for group in section.groups
            ],
        )
        for section in record.boards
    }


def content(record: PublishedRecord) -> list[object]:
    """All that a record says, without its layout."""
    return [
        (
            section.heading,
            section.stated,
            section.kind,
            [
                (
                    group.label,
                    group.stated,
                    [
                        (e.canonical, e.legibility, e.copies, len(e.gaps), e.shape, e.unchecked)
                        for e in group.entries
                    ],
                )
                for group in section.groups
            ],
            [
                line.text.strip()
                for line in section.lines
                if line.kind in (LineKind.TEXT, LineKind.OTHER)
            ],
        )
        for section in record.sections
    ]


def test_an_irregular_record_is_counted_by_heading_group_and_legibility():
    assert counts(parse(INVENTED)) == {
        "Share The Water": (8, [{P: 1, R: 1}, {B: 3}, {I: 1, P: 2}]),
        "Open | Newcomers": (None, [{P: 2, I: 1}, {B: 1, P: 1}]),
        "Waste Nothing": (4, [{P: 3, R: 2}]),
    }


def test_a_list_before_the_responses_is_introduction_and_not_notes():
    record = parse(INVENTED)
    kinds = {section.heading: section.kind for section in record.sections if section.heading}
    assert kinds["Fernhill Allotments: ten more years"] is SectionKind.INTRODUCTION
    assert kinds["What were the responses?"] is SectionKind.INTRODUCTION
    assert kinds["THE GATE"] is SectionKind.OTHER
    assert kinds["That was the day..."] is SectionKind.OTHER


@pytest.mark.parametrize(
    "text", [INVENTED, "", "no heading\n- a note\n", "\ufeff# A (1)\r\n- x\r\n"]
)
def test_every_line_that_is_not_empty_is_kept(text: str):
    lines = {n: line for n, line in enumerate(text.split("\n"), 1) if line.strip("\ufeff\r \t")}
    kept = {line.number: line.text for line in parse(text).lines}
    assert {n: line.rstrip("\r") for n, line in lines.items()} == kept


def test_captions_among_the_responses_are_kept_but_are_no_notes():
    other = [line.text.strip() for line in parse(INVENTED).lines if line.kind is LineKind.OTHER]
    assert other == ["SHARE THE WATER", "(and the hose)", "Thank you all for coming."]


def test_what_does_not_add_up_is_said():
    problems = parse(INVENTED).problems
    assert problems[0] == "Open | Newcomers, line 51: taken for a note although it is no list item"
    assert problems[-1] == "Waste Nothing: the heading says 4, 5 are listed"


def test_gaps_are_positions_in_the_text_and_in_the_record():
    record = parse(INVENTED)
    for note in record.notes():
        for gap in note.entry.gaps:
            assert note.entry.text[gap.start : gap.end] == gap.mark
            assert record.text[slice(*gap.source)] == gap.mark


@pytest.mark.parametrize(
    ("source", "text", "legibility", "gaps"),
    [
        ("Illeg.", "Illeg.", I, [(0, 6)]),
        ("[Illeg.]", "[Illeg.]", I, [(0, 8)]),
        ("[illegible]", "[illegible]", I, [(0, 11)]),
        ("illegible", "illegible", I, [(0, 9)]),
        ("[illeg.] !", "[illeg.] !", P, [(0, 8)]),
        ("...?", "...?", P, [(0, 3)]),
        (".... Yes ....", ".... Yes ....", P, [(0, 4), (9, 13)]),
        ("why [ ] [] [....]", "why [ ] [] [....]", P, [(4, 7), (8, 10), (11, 17)]),
        ("p... & q", "p... & q", P, [(1, 4)]),
        ("so … it", "so … it", P, [(3, 4)]),
        ("the illeg. part", "the illeg. part", P, [(4, 10)]),
        ("it is illegible to me", "it is illegible to me", R, []),
        ("e.g. this", "e.g. this", R, []),
        ("[no text]", "[no text]", B, []),
        ("No text", "No text", B, []),
        (r"dots \.\.\. \[illeg\.\]", "dots ... [illeg.]", R, []),
        ("a &amp; b &lt;i&gt; &hellip;", "a & b <i> …", R, []),
        ("rakes & *hoes* or _both_", "rakes & hoes or both", R, []),
        ("2 * 3 * 4 snake_case_name", "2 * 3 * 4 snake_case_name", R, []),
        ("**bold *and* more** ...", "bold and more ...", P, [(14, 17)]),
    ],
)
def test_marks_escapes_and_emphasis_of_an_entry(source, text, legibility, gaps):
    record = parse(f"# Board (1)\n- {source}\n")
    (note,) = record.notes()
    assert (note.entry.text, note.entry.legibility.value) == (text, legibility)
    assert [(gap.start, gap.end) for gap in note.entry.gaps] == gaps
    assert not record.problems


def test_italics_are_remembered_by_their_place():
    (note,) = parse("# B (1)\n- & *rakes* or & **hoes**?\n").notes()
    assert [note.entry.text[a:b] for a, b in note.entry.emphasis] == ["rakes", "hoes"]


def test_an_entry_for_several_notes_gives_several():
    record = parse("# B (5)\n- [no text] x 4\n- Illeg. ×2\n- 2 x 4\n")
    assert [note.note for note in record.notes()] == [
        "2.1.1.1", "2.1.1.2", "2.1.1.3", "2.1.1.4", "2.1.2.1", "2.1.2.2", "2.1.3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "label", ["### ✔ agree (2)", "**agree (2)**", "### agree (2)", "**✔ agree (2)**:"]
)
def test_a_label_names_the_type_of_the_group_under_it(label: str):
    record = parse(f"## Board (3)\n\n{label}\n\n- one\n\n\n\n- two\n\n### ♥ important\n\n- three\n")
    assert [(g.label, g.stated, g.notes) for g in record.boards[0].groups] == [
        ("agree", 2, 2),
        ("important", None, 1),
    ]


def test_an_icon_in_place_of_a_list_marker_gives_the_shape():
    record = parse("# Board (2)\n✔ yes\n- ♥️ more of this\n")
    assert [(n.entry.shape, n.entry.text) for n in record.notes()] == [
        (Shape.TICK, "yes"),
        (Shape.HEART, "more of this"),
    ]


def test_written_again_nothing_is_lost_but_the_layout():
    record = parse(INVENTED)
    again = parse(render_published(record))
    assert content(again) == content(record)
    assert again.by_legibility() == record.by_legibility()


def test_what_was_understood_is_told_in_words():
    told = describe(parse(INVENTED))
    assert "Share The Water: 8 notes (1 readable, 3 partly, 1 illegible, 3 blank)" in told
    assert "the heading says 4, 5 are listed" in told
    assert "line 36: SHARE THE WATER" in told


@given(st.text(alphabet="#- *_[].…\\&;x(1)4\nabc illeg•\t✔|`<>", max_size=300))
def test_any_text_is_understood_without_loss(text: str):
    record = parse(text)
    kept = [line.number for line in record.lines]
    wanted = [
        n for n, line in enumerate(text.split("\n"), 1) if line.strip("\ufeff \t\r\n\f\v\xa0")
    ]
    assert kept == wanted
    for note in record.notes():
        positions = [p for gap in note.entry.gaps for p in (gap.start, gap.end)]
        assert positions == sorted(positions)
        for gap in note.entry.gaps:
            assert gap.mark == note.entry.text[gap.start : gap.end]


needs_founding = pytest.mark.skipif(
    not FOUNDING.exists(), reason="the founding record is not published with the project"
)


@needs_founding
def test_the_founding_record_is_counted_as_by_hand():
    record = parse(FOUNDING.read_text(encoding="utf-8"))
    # In the order of its headings; their words stay where they were published.
    assert list(counts(record).values()) == [
        (7, [{R: 2}, {R: 2}, {R: 1, B: 1}, {B: 1}]),
        (9, [{R: 1}, {R: 3}, {R: 2, B: 2}, {B: 1}]),
        (None, [{P: 1, R: 2}, {R: 2}, {B: 1}, {R: 1}]),
        (4, [{R: 3, P: 1}]),
        (15, [{R: 4, P: 3, I: 1}, {R: 1, P: 2, B: 4}]),
        (11, [{R: 4, P: 1}, {R: 4, P: 2}]),
        (8, [{R: 4}, {R: 2}, {B: 1}, {B: 1}]),
        (6, [{P: 3, I: 1}, {R: 1}, {P: 1}]),
        # The heading says 6; seven are listed.
        (6, [{R: 1, P: 1, I: 1}, {B: 1, P: 1}, {P: 1}, {P: 1}]),
        (None, [{P: 2, I: 2}, {P: 1, I: 1}, {B: 1, P: 1}]),
        (None, [{P: 1, I: 1}]),
        (None, [{R: 2}]),
    ]
    assert record.by_legibility() == {
        Legibility.READABLE: 42,
        Legibility.PARTLY: 23,
        Legibility.ILLEGIBLE: 7,
        Legibility.BLANK: 14,
    }
    assert sum(len(note.entry.gaps) for note in record.notes()) == 39
    assert record.problems[0].endswith(": the heading says 6, 7 are listed")


@needs_founding
def test_of_the_founding_record_nothing_is_lost_but_the_layout():
    text = FOUNDING.read_text(encoding="utf-8")
    record = parse(text)
    again = parse(render_published(record))
    assert content(again) == content(record)
    wanted = [n for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    assert [line.number for line in record.lines] == wanted
