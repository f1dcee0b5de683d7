"""A workspace written as a record: every note once, under its heading and type, and readable back."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from support.snapshots import HOSTILE_TEXT, decided, hard_cases, photo, reading, sighting

from boardscribe.options import Options, RecordOptions
from boardscribe.record import parse, render_html, render_markdown
from boardscribe.record._marks import escape, mark_text, read_inline
from boardscribe.record.model import SectionKind
from boardscribe.records import Board, Legibility, Shape, Source
from boardscribe.report._words import bare
from boardscribe.snapshot import NoteEntry, Snapshot

hostile = st.text(
    alphabet=st.one_of(
        st.sampled_from("#-*_[].…\\&;x(1)4\n illeg•\t✔|`<>~!?@:/wW"),
        st.characters(exclude_categories=("Cs",)),
    ),
    max_size=40,
)


@st.composite
def workspaces(draw) -> Snapshot:
    boards = tuple(
        Board(f"b{index}", name) for index, name in enumerate(draw(st.lists(hostile, max_size=3)))
    )
    on = photo("a.jpg", None)
    notes = []
    for index in range(draw(st.integers(0, 12))):
        legibility = draw(st.sampled_from(Legibility))
        text = draw(hostile) if draw(st.booleans()) else ""
        if text and draw(st.booleans()):
            text = f"{text} [illeg.] {draw(hostile)}"
        notes.append(
            NoteEntry(
                f"n{index}",
                draw(st.sampled_from([None, *(board.board_id for board in boards)])),
                draw(st.sampled_from(["agree", "challenge", "other", "## ✔ x (3)"])),
                (sighting(f"s{index}", f"n{index}", on, doubtful=draw(st.integers(0, 9)) == 0),),
                (decided(text, legibility, accepted=draw(st.booleans())),),
            )
        )
    return Snapshot(draw(hostile), boards, (on,), tuple(notes), (), ())


@given(workspaces(), hostile)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_counts_always_equal_the_notes(snapshot: Snapshot, introduction: str):
    options = Options(record=RecordOptions(introduction=introduction))
    record = parse(render_markdown(snapshot, options))
    notes = list(snapshot.counted())
    assert sum(section.notes for section in record.boards) == len(notes)
    assert not [problem for problem in record.problems if " says " in problem]
    listed = Counter(
        (section.heading, group.label, group.notes)
        for section in record.boards
        for group in section.groups
    )
    names = {board.board_id: bare(board.name) for board in snapshot.boards}
    by_group = Counter((note.board_id, bare(note.meaning)) for note in notes)
    wanted = Counter(
        (names.get(board, "No heading"), meaning, count)
        for (board, meaning), count in by_group.items()
    )
    assert listed == wanted
    html = render_html(snapshot, options)
    shown = sum(
        int(n) for n in re.findall(r'</bdi> <span class="count">\((\d+)\)</span></h2>', html)
    )
    assert shown == len(notes)
    assert len(re.findall(r'id="note-', html)) == len(notes)


@given(hostile)
@settings(deadline=None)
def test_a_text_in_markdown_shows_as_itself_and_nothing_else(text: str):
    wanted = bare(text)
    shown = MarkdownIt("commonmark", {"html": True}).parse(f"- {escape(text)}\n")
    blocks = [token.type for token in shown]
    inline = [child for token in shown for child in token.children or ()]
    assert {child.type for child in inline} <= {"text", "text_special"}
    assert set(blocks) <= {
        "bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close",
        "paragraph_open", "paragraph_close", "inline",
    }  # fmt: skip
    assert blocks.count("bullet_list_open") <= 1
    assert "".join(child.content for child in inline) == wanted


@given(hostile)
@settings(deadline=None)
def test_a_text_in_markdown_is_read_back_without_a_gap_that_was_not_there(text: str):
    found = read_inline(escape(text))
    assert (found.text, found.gaps, found.copies) == (bare(text), (), 1)


@given(hostile, hostile)
@settings(deadline=None)
def test_gaps_of_a_text_are_read_back_in_their_places(before: str, after: str):
    text = bare(f"{before} [illeg.] {after}")
    found = read_inline(mark_text(text))
    assert found.text == re.sub(r"(?i)\[illeg\.?\]|\[illegible\]", "[illeg.]", text)
    assert len(found.gaps) == len(re.findall(r"(?i)\[illeg\.?\]|\[illegible\]", text))


def test_each_kind_of_absence_has_its_own_mark_and_blanks_are_counted_together():
    snapshot = hard_cases()
    blank = next(note for note in snapshot.notes if note.note_id == "n04")
    more = tuple(replace(blank, note_id=f"v{index}") for index in range(3))
    text = render_markdown(replace(snapshot, notes=(*snapshot.notes, *more)), Options())
    for line in ("- [no text] x 4", "- [illegible]", "- [hidden]", "- [not read yet]"):
        assert line in text.split("\n")
    assert "- ask [illeg.] about [illeg.] [unchecked]" in text.split("\n")


def test_a_cut_off_note_keeps_the_words_that_were_read():
    assert "\n- half a\n" in render_markdown(hard_cases(), Options())


def test_the_closing_list_says_what_cannot_be_read_and_why():
    text = render_markdown(hard_cases(), Options())
    closing = text[text.index("## What still cannot be read") :]
    assert "5 of 11 notes, and why:" in closing
    assert "[illegible]: no word could be read; a machine tried, nobody has looked yet" in closing
    assert "[hidden]: covered by another note on every photograph" in closing
    assert "[not read yet]: nobody and nothing has read it yet\n" in closing
    assert "Outlines that may be notes and are not counted here: 1." in closing


def test_a_person_who_could_not_read_on_is_told_from_a_machine():
    snapshot = hard_cases()
    asked = decided("ask [illeg.]", Legibility.PARTLY, source=Source.PERSON, by="volunteer-3")
    notes = tuple(
        replace(note, history=(asked, *note.history)) if note.note_id == "n03" else note
        for note in snapshot.notes
    )
    text = render_markdown(replace(snapshot, notes=notes), Options())
    assert "ask [illeg.]: some words could not be read; a person looked" in text
    assert "volunteer-3" not in text


def test_unchecked_texts_can_be_published_without_a_mark():
    options = Options(record=RecordOptions(mark_unchecked=False))
    assert "\n- ask [illeg.] about [illeg.]\n" in render_markdown(hard_cases(), options)


def test_the_introduction_is_plain_text_in_paragraphs():
    options = Options(record=RecordOptions(introduction="We *met*.\n\n<b>Twice</b>\nthat day."))
    assert "We \\*met\\*.\n\n&lt;b&gt;Twice&lt;/b&gt; that day.\n" in render_markdown(
        hard_cases(), options
    )
    html = render_html(hard_cases(), options)
    assert "We *met*." in html
    assert "&lt;b&gt;Twice&lt;/b&gt; that day." in html


def test_notes_are_in_board_order_within_their_type_and_types_in_the_legends_order():
    on = photo("a.jpg", "b1")
    texts = ["third", "first", "second"]
    notes = tuple(
        NoteEntry(
            f"n{index}",
            "b1",
            "amend" if index else "agree",
            (sighting(f"s{index}", f"n{index}", on, reading(text), shape=Shape.BUBBLE),),
            (decided(text),),
        )
        for index, text in enumerate(texts)
    )
    snapshot = Snapshot("T", (Board("b1", "Tools"),), (on,), notes, (), ())
    found = [note.entry.text for note in parse(render_markdown(snapshot, Options())).notes()]
    assert found == ["third", "first", "second"]
    labels = [g.label for g in parse(render_markdown(snapshot, Options())).boards[0].groups]
    assert labels == ["agree", "amend"]


def test_a_board_named_like_a_part_of_the_record_is_still_a_board():
    snapshot = replace(hard_cases(), boards=(Board("b1", "What still cannot be read"),))
    record = parse(render_markdown(snapshot, Options()))
    assert [s.notes for s in record.boards] == [6, 5]
    assert record.sections[-1].kind is SectionKind.OTHER


@pytest.mark.parametrize("write", [render_markdown, render_html])
def test_the_same_workspace_gives_the_same_bytes(write):
    assert write(hard_cases(), Options()) == write(hard_cases(), Options())


def test_hostile_text_is_escaped_in_html_and_nothing_is_loaded():
    html = render_html(hard_cases(), Options())
    assert "<script" not in html
    assert "&lt;script&gt;alert(" in html
    assert HOSTILE_TEXT.split("\n")[0] not in html
    assert "default-src &#39;none&#39;" in html
    assert not re.search(r'(?:src|href)="(?!#)', html)
