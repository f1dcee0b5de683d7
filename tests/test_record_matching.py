"""Entries of a record find their notes by what they say, where they stand, and by elimination."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from support.snapshots import decided, photo, reading, sighting

from boardscribe.record import match, parse
from boardscribe.record._align import costs, plain
from boardscribe.record._assign import best_pairs, pair_probabilities
from boardscribe.record._fills import take
from boardscribe.record._marks import read_inline
from boardscribe.records import Board, Legibility, Shape
from boardscribe.snapshot import NoteEntry, Snapshot

MEANINGS = {"agree": Shape.TICK, "amend": Shape.BUBBLE, "challenge": Shape.SQUARE}


def workspace(*notes: tuple[str, str, str], legibility: Legibility | None = None) -> Snapshot:
    """Notes as (board, meaning, text), read by machine."""
    boards = sorted({board for board, _, _ in notes})
    on = photo("a.jpg", None)
    entries = []
    for index, (board, meaning, text) in enumerate(notes):
        kind = legibility or (Legibility.READABLE if text else Legibility.BLANK)
        seen = sighting(f"s{index}", f"n{index}", on, reading(text), shape=MEANINGS[meaning])
        entries.append(NoteEntry(f"n{index}", board, meaning, (seen,), (decided(text, kind),)))
    return Snapshot("T", tuple(Board(b, b) for b in boards), (on,), tuple(entries), (), ())


def pairs(text: str, snapshot: Snapshot) -> list[tuple[str, str | None]]:
    """(published text, note id) of every entry."""
    return [(m.entry.entry.text, m.note_id) for m in match(parse(text), snapshot) if m.entry]


def test_a_gap_stands_for_any_length_and_misread_letters_do_not_matter():
    snapshot = workspace(
        ("Tools", "amend", "Label every tool and write down who has it"),
        ("Tools", "amend", "0ne goud mower instaed of twelve bad ones"),
        ("Tools", "amend", "A repair evening each month"),
    )
    record = "# Tools (3)\n- One good mower [...]\n- [...] each month\n- Label ... who has it\n"
    assert [note for _, note in pairs(record, snapshot)] == ["n1", "n2", "n0"]
    assert all(m.confidence > 0.9 for m in match(parse(record), snapshot))


def test_an_entry_that_cannot_be_read_finds_its_note_when_the_others_are_taken():
    snapshot = workspace(
        ("Tools", "amend", "the shed is damp and cold"),
        ("Tools", "amend", "who has the second key"),
        ("Water", "amend", "rain butts on every shed roof"),
    )
    record = (
        "# Tools (2)\n- The shed is damp and cold\n- [illegible]\n\n# Water (1)\n- Rain butts ...\n"
    )
    found = match(parse(record), snapshot)
    assert [m.note_id for m in found] == ["n0", "n1", "n2"]
    assert found[1].confidence > 0.5


def test_the_same_words_on_two_boards_are_told_apart_by_the_heading():
    snapshot = workspace(("Tools", "agree", "yes please"), ("Water", "agree", "yes please"))
    record = "# Water (1)\n- Yes ...\n\n# Tools (1)\n- Yes ...\n"
    assert [note for _, note in pairs(record, snapshot)] == ["n1", "n0"]


def test_the_type_of_a_group_without_label_is_learnt_from_its_sure_notes():
    snapshot = workspace(
        ("Tools", "amend", "label every tool in the shed"),
        ("Tools", "amend", "a repair evening each month"),
        ("Tools", "challenge", "who pays for all of that"),
        ("Tools", "challenge", "barrow number three is flat again"),
        ("Tools", "amend", "xx"),
        ("Tools", "challenge", "yy"),
    )
    record = (
        "# Tools (6)\n- Who pays for all of that?\n- Barrow number three is flat again\n"
        "- [illeg.]\n\n\n\n- Label every tool in the shed\n- A repair evening each month\n- Illeg.\n"
    )
    assert [note for _, note in pairs(record, snapshot)] == ["n2", "n3", "n5", "n0", "n1", "n4"]


def test_blank_notes_are_matched_by_number_and_are_sure_of_their_kind():
    snapshot = workspace(*[("Tools", "agree", "")] * 3, ("Tools", "agree", "yes, all of it"))
    found = match(parse("# Tools (4)\n- [no text] x 3\n- Yes, all of ...\n"), snapshot)
    assert {m.note_id for m in found[:3]} == {"n0", "n1", "n2"}
    assert found[3].note_id == "n3"
    assert all(m.confidence > 0.8 for m in found[:3])


def test_what_has_no_partner_is_listed_on_both_sides():
    snapshot = workspace(
        ("Tools", "amend", "label every tool in the shed"),
        ("Tools", "challenge", "strimmers are dangerous, training first"),
    )
    record = (
        "# Tools\n- Label every tool in the ...\n- Compost is everybody's job, the turning too\n"
    )
    found = match(parse(record), snapshot)
    assert [(m.entry is not None, m.note_id) for m in found] == [
        (True, "n0"),
        (True, None),
        (False, "n1"),
    ]


def test_two_notes_that_may_both_be_meant_leave_the_match_in_doubt():
    snapshot = workspace(
        ("Tools", "amend", "who pays for the keys"), ("Tools", "amend", "who pays for the rakes")
    )
    found = match(parse("# Tools (2)\n- Who pays for ...\n- Who ... for the ...\n"), snapshot)
    for pair in found:
        assert pair.confidence < 0.9
        assert pair.runner_up is not None
        assert pair.margin == pair.confidence - pair.runner_up[1]


def test_an_agreement_says_less_where_other_entries_agree_as_well():
    """ "Too late for ..." is no proof of a note where the record has it three times."""
    snapshot = workspace(
        ("Tools", "challenge", "too late for play areas"),
        ("Tools", "challenge", "who mends the gate"),
        ("Water", "amend", "rain butts on every roof"),
    )
    rare = (
        "# Tools (2)\n- Too late for ...\n- Who mends the gate\n\n"
        "# Water (3)\n- Rain butts on every roof\n- Carry cans uphill\n- Mulch the beds\n"
    )
    common = rare.replace("Carry cans uphill", "Too late for the pump").replace(
        "Mulch the beds", "Too late for the hoses"
    )
    sure, unsure = (match(parse(text), snapshot)[0] for text in (rare, common))
    assert sure.note_id == unsure.note_id == "n0"
    assert unsure.evidence["text"] < sure.evidence["text"]
    assert unsure.confidence < sure.confidence


def test_an_illegible_entry_is_not_given_to_a_stain_that_was_read_as_a_letter():
    snapshot = workspace(
        ("Tools", "agree", "2"), ("Tools", "agree", ""), ("Tools", "agree", "this one please")
    )
    found = match(parse("# Tools (3)\n- [no text] x 2\n- [illegible]\n"), snapshot)
    assert found[2].note_id == "n2"


def test_a_record_too_large_to_weigh_at_once_is_matched_heading_by_heading(monkeypatch):
    monkeypatch.setattr(sys.modules["boardscribe.record.matching"], "_MOST_PAIRS", 3)
    snapshot = workspace(
        ("Tools", "amend", "label every tool in the shed"),
        ("Water", "amend", "rain butts on every shed roof"),
        ("Shed", "amend", "the shed is damp and cold"),
    )
    record = (
        "# Water (1)\n- Rain butts ...\n\n# Tools (1)\n- Label ...\n\n"
        "# The old place (1)\n- The shed is ...\n"
    )
    assert [note for _, note in pairs(record, snapshot)] == ["n1", "n0", "n2"]


@pytest.mark.parametrize("text", ["", "# Empty (0)\n", "only words\n"])
def test_a_record_without_notes_leaves_every_note_alone(text: str):
    snapshot = workspace(("Tools", "amend", "one"), ("Tools", "amend", "two"))
    found = match(parse(text), snapshot)
    assert [(m.entry, m.note_id) for m in found] == [(None, "n0"), (None, "n1")]
    nothing = Snapshot("T", (), (), (), (), ())
    assert [m.note_id for m in match(parse("# A (1)\n- x\n"), nothing)] == [None]


small = arrays.arrays(
    np.float64,
    st.tuples(st.integers(0, 4), st.integers(0, 4)),
    elements=st.integers(-3, 6).map(float),
)


@given(small)
@settings(deadline=None)
def test_the_assignment_is_the_best_of_all(value):
    rows, columns = value.shape
    best = max(
        sum(value[r, c] for r, c in zip(chosen, order, strict=True))
        for count in range(min(rows, columns) + 1)
        for chosen in itertools.combinations(range(rows), count)
        for order in itertools.permutations(range(columns), count)
    )
    found = best_pairs(value)
    assert sum(value[r, c] for r, c in found) == best
    assert len({r for r, _ in found}) == len({c for _, c in found}) == len(found)


def test_pair_probabilities_are_near_to_the_sum_over_all_assignments():
    rng = np.random.default_rng(5)
    for _ in range(20):
        weight = np.exp(rng.normal(0, 2, (3, 3)))
        row, column = rng.uniform(0.05, 1, 3), rng.uniform(0.05, 1, 3)
        exact = np.zeros((3, 3))
        total = 0.0
        for count in range(4):
            for chosen in itertools.combinations(range(3), count):
                for order in itertools.permutations(range(3), count):
                    share = float(
                        np.prod([weight[r, c] for r, c in zip(chosen, order, strict=True)])
                        * np.prod([row[r] for r in range(3) if r not in chosen])
                        * np.prod([column[c] for c in range(3) if c not in order])
                    )
                    total += share
                    for r, c in zip(chosen, order, strict=True):
                        exact[r, c] += share
        found = pair_probabilities(weight, row, column)
        assert np.abs(found - exact / total).max() < 0.15
        assert found.sum(axis=1).max() <= 1 + 1e-9
        assert found.sum(axis=0).max() <= 1 + 1e-9


@pytest.mark.parametrize(
    ("published", "read", "wanted"),
    [
        ("Share the ...", "Share the garden tools", ["garden tools"]),
        ("... tools", "Share the garden tools", ["Share the garden"]),
        ("... garden ...", "Share the gardem tools", ["Share the", "tools"]),
        ("Share ... tools", "Sh are the garden to0ls", ["the garden"]),
        ("Be clear on p... & rakes", "Be clear on plots & rakes", ["lots"]),
        ("worth/...?", "worth/price of it?", ["price of it?"]),
        ("[illegible]", "one\ntwo", ["one two"]),
        ("...?", "Who pays?", ["Who pays?"]),
        ("mend ... [illeg.]", "mend what breaks", ["what breaks", ""]),
        ("mend it ...", "mend it", [""]),
        ("mend ... today", "mend [illeg.] today", ["[illeg.]"]),
    ],
)
def test_a_gap_takes_in_the_words_between_its_neighbours(published, read, wanted):
    entry = read_inline(published)
    spans = [(gap.start, gap.end) for gap in entry.gaps]
    assert [taken.text for taken in take(entry.text, spans, read)] == wanted


@given(st.text(alphabet="ab .?", max_size=20), st.text(alphabet="ab .?", max_size=20))
@settings(deadline=None)
def test_a_text_costs_nothing_beside_itself_with_a_gap(before: str, after: str):
    gapped = f"{before}[illeg.]{after}"
    span = [(len(before), len(before) + 8)]
    whole = plain(f"{before}  word  {after}", [])
    if whole.stated:
        assert costs(plain(f"{before} [illeg.] {after}"), [whole])[0] == 0
    assert costs(plain(gapped, span), [plain(gapped, span)])[0] == 0


def test_an_entry_that_a_second_note_fits_as_well_is_never_sure():
    snapshot = workspace(
        ("Tools", "amend", "the old shed needs more time & parents"),
        ("Tools", "amend", "our tools needs more time & parents"),
    )
    record = "# Tools (2)\n- ... needs more time & parents\n- ... & parents\n"
    found = [m for m in match(parse(record), snapshot) if m.entry]
    assert all(m.note_id and m.confidence <= 0.85 for m in found)
    alone = "# Tools (2)\n- The old shed needs more time & parents\n- Our tools ... & parents\n"
    assert all(m.confidence > 0.9 for m in match(parse(alone), snapshot))
