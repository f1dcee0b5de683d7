"""What speaks for and against a pair of a published entry and a note, as natural log-odds.

The constants were fitted on simulated readings, `python bench/record.py --fit`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from boardscribe.record._align import ILLEGIBLE_MARK, WILD, Plain, costs, fold, plain
from boardscribe.record.model import Entry, PublishedNote, PublishedRecord
from boardscribe.records import Legibility, Source
from boardscribe.snapshot import NoteEntry

__all__ = ["Evidence", "named_boards", "text_log_odds"]

_SURE = 0.8
"""A pair this probable teaches the next round."""
_CAP = 12.0
"""No single kind of evidence is surer than this: a record has mistakes of every kind."""
_SLIP = 0.03
"""Share of notes that stand under a wrong heading, in the record or in the workspace."""
_READ_BLANK = 0.95
_SHORT = (0.6, 0.7, 0.25, 0.1, 0.02)
"""Probability that there is no writing where the machine read so many letters: a stain or a
shadow is read as one. Seen on generated photographs."""
_UNREAD = 0.5
"""The same where it saw something and could read nothing, or something covers the note."""
_ALIKE = 0.75
"""Least likeness of a heading and a board's name that are the same."""
_EDIT = 1.3
_USUAL = 0.55
_CLOSE = 1.0


def text_log_odds(cost: NDArray[np.float64], sure: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds that each reading is of one published text.

    An edit counts for as much as the reading is sure of its words, against what a reading of
    another note costs here on the average: a text of everyday words is near to many.

    Args:
        cost: edits between the published text and each reading.
        sure: mean confidence of each reading's words, 0 to 1.

    Returns:
        Per reading: positive where they agree in more than chance explains.
    """
    if not len(cost):
        return cost
    odds = sure * (_USUAL * cost.mean() - _EDIT * cost) + _CLOSE
    result: NDArray[np.float64] = np.clip(odds, -_CAP, _CAP)
    return result


def named_boards(record: PublishedRecord, boards: Mapping[str, str]) -> dict[int, str]:
    """The board that each heading names, where their names are alike; each board once.

    Args:
        record: the published record.
        boards: name by board id.

    Returns:
        Board id by index of the section.
    """
    scored = sorted(
        (-likeness, index, board)
        for index, section in enumerate(record.sections)
        if section.groups
        for board, name in boards.items()
        if (likeness := _likeness(section.heading, name)) >= _ALIKE
    )
    named: dict[int, str] = {}
    for _, section, board in scored:
        if section not in named and board not in named.values():
            named[section] = board
    return named


class Evidence:
    """Weighs all pairs of a record's notes and a workspace's notes."""

    def __init__(
        self,
        record: PublishedRecord,
        entries: Sequence[PublishedNote],
        notes: Sequence[NoteEntry],
        boards: Mapping[str, str],
    ) -> None:
        self._entries = entries
        self._notes = notes
        self._boards = tuple(boards)
        self._record = record
        self._meanings = tuple(sorted({note.meaning for note in notes}))
        self._named = named_boards(record, boards)
        self._text = self._texts()
        self._type_shares = self._note_types()
        self._groups = [(entry.section, entry.group) for entry in entries]

    def weigh(self, probability: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Log-odds of every pair by kind.

        Args:
            probability: of every pair, from the round before; all zero at first.
        """
        return {
            "text": self._text,
            "heading": self._headings(probability),
            "type": self._types(probability),
            "order": self._orders(probability),
        }

    def spare(self) -> tuple[Mapping[int, float], Mapping[str | None, float]]:
        """Share of a section's entries, and of a board's notes, that are too many for the other."""
        listed: dict[int, int] = defaultdict(int)
        found: dict[str | None, int] = defaultdict(int)
        for entry in self._entries:
            listed[entry.section] += 1
        for note in self._notes:
            if not note.doubtful:
                found[note.board_id] += 1
        owners = {board: section for section, board in self._named.items()}
        sections: dict[int, float] = {}
        for section, count in listed.items():
            board = self._named.get(section)
            there = count if board is None else found[board]
            sections[section] = max(0.0, count - there) / count
        boards: dict[str | None, float] = {}
        for key in {note.board_id for note in self._notes}:
            if key in owners:
                boards[key] = max(0.0, found[key] - listed[owners[key]]) / max(1, found[key])
            else:
                # No heading of that name: it may be listed under another name, or not at all.
                boards[key] = 0.3
        return sections, boards

    def _texts(self) -> NDArray[np.float64]:
        result = np.zeros((len(self._entries), len(self._notes)))
        read = [_reading(note) for note in self._notes]
        worded = np.array([text is not None for text in read])
        texts = [text for text in read if text is not None]
        sure = np.array([_sure(note) for note, text in zip(self._notes, read, strict=True) if text])
        empty = np.array([_no_writing(note) for note in self._notes])
        blank = np.log(empty / empty.mean())
        written = np.log((1 - empty) / (1 - empty.mean()))
        stated = {id(e.entry): _stated(e.entry) for e in self._entries}
        words = [text for text in stated.values() if text is not None]
        done: dict[int, NDArray[np.float64]] = {}
        for row, entry in enumerate(self._entries):
            key = id(entry.entry)
            if key not in done:
                wanted = stated[key]
                odds = blank if entry.entry.legibility is Legibility.BLANK else written.copy()
                if wanted is not None and texts:
                    cost = np.minimum(costs(wanted, texts).astype(float), wanted.stated)
                    odds[worded] += np.minimum(
                        text_log_odds(cost, sure), _common(wanted, cost, words)
                    )
                done[key] = odds
            result[row] = done[key]
        return result

    def _headings(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """From names that are alike, and from where the other notes of the heading were found."""
        column_board = np.array([_index(self._boards, n.board_id) for n in self._notes])
        known = column_board >= 0
        count = max(1, len(self._boards))
        prior = np.full((len(self._record.sections), count), 1.0 / count)
        for section, board in self._named.items():
            prior[section] = _SLIP / count
            prior[section, self._boards.index(board)] += 1 - _SLIP
            prior[section] *= 6.0
        rows = np.array([entry.section for entry in self._entries])
        return self._learned(probability, rows, prior, _hot(column_board, count), known)

    def _types(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """From the published label, or the type of the other notes in the group."""
        keys = sorted(set(self._groups))
        count = len(self._meanings)
        prior = np.full((len(keys), count), 1.0 / count)
        for index, (section, group) in enumerate(keys):
            label = self._record.sections[section].groups[group].label
            meaning = _index([fold(m) for m in self._meanings], fold(label) if label else None)
            if meaning >= 0:
                prior[index] = 0.02
                prior[index, meaning] = 1.0
                prior[index] *= 6.0
        rows = np.array([keys.index(key) for key in self._groups])
        known = np.ones(len(self._notes), bool)
        return self._learned(probability, rows, prior, self._type_shares, known)

    def _learned(
        self,
        probability: NDArray[np.float64],
        rows: NDArray[np.int64],
        prior: NDArray[np.float64],
        shares: NDArray[np.float64],
        known: NDArray[np.bool_],
    ) -> NDArray[np.float64]:
        """Log-odds that an entry's group and a note belong together.

        Args:
            probability: of every pair, from the round before.
            rows: group of each entry.
            prior: groups x kinds, as counts.
            shares: notes x kinds: probability that a note is of a kind.
            known: notes of which the kind is known; the others say nothing.
        """
        sure = np.where((probability >= _SURE) & known[None, :], probability, 0.0)
        own = sure @ shares  # entries x kinds
        counts = prior.copy()
        np.add.at(counts, rows, own)
        mine = np.maximum(counts[rows] - own, 1e-9)  # an entry does not teach itself
        mine /= mine.sum(axis=1, keepdims=True)
        average = np.maximum(
            shares[known].mean(axis=0) if known.any() else shares.mean(axis=0), 1e-6
        )
        odds = np.log(np.maximum((mine / average) @ shares.T, 1e-6))
        odds[:, ~known] = 0.0
        result: NDArray[np.float64] = np.clip(odds, -_CAP, _CAP)
        return result

    def _orders(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """From the sure neighbours in the list: is the note between theirs on the board?

        How much that says is measured on the sure pairs themselves; a record in no order says
        nothing by its order.
        """
        result = np.zeros_like(probability)
        best = np.argmax(probability, axis=1)
        blank = [entry.entry.legibility is Legibility.BLANK for entry in self._entries]
        anchored = (probability[np.arange(len(best)), best] >= _SURE) & ~np.array(blank)
        by_group: dict[tuple[int, int], list[int]] = defaultdict(list)
        for row, key in enumerate(self._groups):
            by_group[key].append(row)
        agree, total = 1.0, 2.0
        for members in by_group.values():
            chain = [best[row] for row in members if anchored[row]]
            agree += sum(a < b for a, b in pairwise(chain))
            total += max(0, len(chain) - 1)
        rate = float(np.clip(agree / total, 0.1, 0.9))
        ranks = np.arange(len(self._notes))
        boards = np.array([_index(self._boards, n.board_id) for n in self._notes])
        for members in by_group.values():
            for place, row in enumerate(members):
                if blank[row]:
                    continue
                before = next((r for r in reversed(members[:place]) if anchored[r]), None)
                after = next((r for r in members[place + 1 :] if anchored[r]), None)
                for anchor, sign in ((before, 1), (after, -1)):
                    if anchor is None:
                        continue
                    gap = sign * (ranks - best[anchor])
                    here = np.log(2.0 * np.where(gap > 0, rate, 1.0 - rate))
                    here[(boards != boards[best[anchor]]) | (gap == 0)] = 0.0
                    result[row] += here
        return result

    def _note_types(self) -> NDArray[np.float64]:
        """Notes x meanings: probability that a note is of a type."""
        count = len(self._meanings)
        shares = np.zeros((len(self._notes), count))
        for row, note in enumerate(self._notes):
            sure = float(np.clip(note.best.shape.probability, 0.5, 0.97)) if count > 1 else 1.0
            shares[row] = (1 - sure) / max(1, count - 1)
            shares[row, self._meanings.index(note.meaning)] = sure
        return shares


def _stated(entry: Entry) -> Plain | None:
    """What an entry says; None where it says nothing that could be compared."""
    if entry.legibility is Legibility.BLANK:
        return None
    text = plain(entry.text, [(gap.start, gap.end) for gap in entry.gaps])
    return text if text.stated else None


def _common(
    wanted: Plain, cost: NDArray[np.float64], words: Sequence[Plain]
) -> NDArray[np.float64]:
    """Most that an agreement can say where other entries of the record agree as well.

    "Too late for ..." fits every note that begins so. How often that happens here is seen from
    the record itself: its other entries are surely other notes. Their gaps take in nothing, for
    nobody knows what stands there.

    Args:
        wanted: what the entry states.
        cost: edits from it to each reading.
        words: what every entry states, this one among them.

    Returns:
        Log-odds per reading; infinite where no other entry fits as well.
    """
    others = [Plain(text.codes[text.codes != WILD]) for text in words if text is not wanted]
    if not others:
        return np.full(len(cost), np.inf)
    known = np.sort(costs(wanted, others).astype(float))
    alike = np.searchsorted(known, cost, side="right")
    share = (alike + 1.0) / (len(others) + 1.0)
    return np.where(alike > 0, -np.log(share), np.inf)


def _no_writing(note: NoteEntry) -> float:
    """Probability that there is no writing on a note."""
    decision = note.transcription
    if decision.source is not Source.MACHINE:
        return 0.98 if decision.legibility is Legibility.BLANK else 0.02
    if decision.legibility is Legibility.BLANK:
        return _READ_BLANK
    letters = len(fold(ILLEGIBLE_MARK.sub("", decision.text)))
    if letters or decision.legibility in (Legibility.READABLE, Legibility.PARTLY):
        return _SHORT[min(letters, len(_SHORT) - 1)]
    return _UNREAD


def _reading(note: NoteEntry) -> Plain | None:
    """What was read on a note; None where there is nothing to compare."""
    decision = note.transcription
    if decision.legibility not in (Legibility.READABLE, Legibility.PARTLY):
        return None
    text = plain(decision.text)
    return text if text.stated else None


def _sure(note: NoteEntry) -> float:
    """Mean confidence of the words of a note's text; people are sure of theirs."""
    decision = note.transcription
    if decision.source is not Source.MACHINE:
        return 1.0
    for reading in note.best.readings:
        words = [word.confidence for line in reading.lines for word in line.words]
        if reading.text == decision.text and words:
            return float(np.clip(np.mean(words), 0.1, 1.0))
    return float(np.clip(decision.confidence, 0.3, 1.0))


def _likeness(heading: str, name: str) -> float:
    one, other = fold(heading), fold(name)
    return Levenshtein.normalized_similarity(one, other) if one and other else 0.0


def _index(values: Sequence[str], value: str | None) -> int:
    return values.index(value) if value is not None and value in values else -1


def _hot(indices: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    result = np.zeros((len(indices), count))
    known = np.flatnonzero(indices >= 0)
    result[known, indices[known]] = 1.0
    return result
