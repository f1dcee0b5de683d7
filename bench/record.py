"""How well a published record's gaps are found and filled from new photographs.

    .venv/bin/python bench/record.py                     # simulated readings, the table
    .venv/bin/python bench/record.py --fit               # constants of the text evidence
    .venv/bin/python bench/record.py --out docs/record.md
    .venv/bin/python bench/record.py --workspace W       # on photographs with truth

A third of the written notes of a fictional workshop are gapped at random, the boards are read
again with mistakes of every kind, and the record is updated. `right` is the share of gaps matched
to the right note; gaps whose note no photograph shows count as right when they stay unmatched.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein

sys.path.insert(0, str(Path(__file__).resolve().parent))

from record_world import (
    GAP,
    Gapped,
    Rates,
    outlines_given,
    photographed,
    publish,
    read_again,
    truth_world,
)
from tables import put

from boardscribe import record
from boardscribe.options import Options
from boardscribe.record._align import costs, plain
from boardscribe.record._fills import take
from boardscribe.record.updating import EntryUpdate, Outcome
from boardscribe.snapshot import Snapshot
from boardscribe.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
MARK = "<!-- record -->"
HEAD = (
    "| second reading | its CER | gaps | right note | of those photographed | filled at >= 0.9 | with another note's text "
    "| of the filled exactly right | left to people | calibration error of the match |",
    "|---|---|---|---|---|---|---|---|---|---|",
)


@dataclass
class Tally:
    """Counts over gaps."""

    gaps: int = 0
    right: int = 0
    found: int = 0
    """Gaps whose note is on the photographs."""
    found_right: int = 0
    filled: int = 0
    """Applied, or proposed at a confidence of 0.9 or more."""
    other_note: int = 0
    """Of these, with another note's text."""
    exact: int = 0
    """Of these, with exactly the words that stand there."""
    proposed: int = 0
    edits: int = 0
    characters: int = 0
    """Of the second reading, for its character error rate."""
    confidences: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, entry: EntryUpdate, gapped: Gapped, there: set[str]) -> None:
        owner = gapped.owner[entry.published.note]
        truth = gapped.truth[owner]
        if GAP in truth:
            # Nobody knows what stands there; but what does not belong there is known.
            sure = [a for a in entry.answers if a.fill and a.confidence >= 0.9]
            self.other_note += (entry.match.note_id != owner) * len(sure)
            return
        spans = [answer.span for answer in entry.answers]
        wanted = take(entry.published.entry.text, spans, truth)
        for answer, true in zip(entry.answers, wanted, strict=True):
            count = len(answer.gaps)
            right = entry.match.note_id == owner
            absent = owner not in there and entry.match.note_id is None
            self.gaps += count
            self.right += count * (right or absent)
            if owner in there:
                self.found += count
                self.found_right += count * right
            if entry.match.note_id is not None:
                self.confidences.append((entry.match.confidence, right))
            self.proposed += count * (answer.outcome is Outcome.DOUBTFUL)
            if answer.fill and (answer.outcome is Outcome.APPLIED or answer.confidence >= 0.9):
                self.filled += count
                self.other_note += count * (not right)
                self.exact += count * (_bare(answer.fill) == _bare(true.text))

    def row(self, name: str) -> str:
        share = self.right / self.gaps
        found = self.found_right / max(1, self.found)
        exact = self.exact / self.filled if self.filled else float("nan")
        return (
            f"| {name} | {self.edits / max(1, self.characters):.0%} | {self.gaps} | {share:.1%} | {found:.1%} | {self.filled} | {self.other_note} "
            f"| {exact:.1%} | {self.proposed} | {self.calibration():.3f} |"
        )

    def calibration(self) -> float:
        """Expected calibration error of the match confidence, ten bins."""
        pairs = np.array(self.confidences, float)
        bins = np.minimum((pairs[:, 0] * 10).astype(int), 9)
        error = 0.0
        for index in range(10):
            chosen = pairs[bins == index]
            if len(chosen):
                error += len(chosen) * abs(chosen[:, 0].mean() - chosen[:, 1].mean())
        return error / len(pairs)


def measure(
    rates: Rates, seeds: Iterable[int], *, founding: bool = False, boards: int = 8, notes: int = 16
) -> Tally:
    """Update gapped records of several workshops."""
    tally = Tally()
    for seed in seeds:
        world = truth_world(seed, boards=boards, notes=notes)
        gapped = publish(world, seed + 1000, founding=founding)
        again = read_again(world, seed + 2000, rates)
        add_update(tally, gapped, again)
    return tally


def add_update(tally: Tally, gapped: Gapped, again: Snapshot) -> None:
    there = {note.note_id for note in again.notes}
    for note in again.notes:
        truth = gapped.truth.get(note.note_id)
        if truth and GAP not in truth:
            read = " ".join(note.transcription.text.replace("[illeg.]", "").split())
            tally.edits += Levenshtein.distance(truth, read)
            tally.characters += len(truth)
    for entry in record.update(gapped.record, again, Options()).entries:
        tally.add(entry, gapped, there)


def table(seeds: Iterable[int]) -> str:
    seeds = list(seeds)
    rows = list(HEAD)
    cases = {
        "no mistakes": Rates(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        "good": Rates(0.05),
        "middling": Rates(0.15),
        "bad": Rates(0.30),
        "middling, a quarter of the headings not found": Rates(0.15, no_heading=0.25),
        "middling, 15 % of the notes missed, 15 % of the shapes wrong": Rates(
            0.15, missed=0.15, shape=0.15
        ),
    }
    for name, rates in cases.items():
        rows.append(measure(rates, seeds).row(name))
        rows.append(measure(rates, seeds, founding=True).row(f"{name}; icons and order lost"))
    return "\n".join(rows)


def photographs(name: str, snapshot: Snapshot, truth: Path, seeds: Iterable[int]) -> str:
    """The same on photographs with truth, gapped anew for every seed."""
    world, again = photographed(truth, snapshot)
    tallies = Tally(), Tally()
    for seed in seeds:
        for founding, tally in zip((False, True), tallies, strict=True):
            add_update(tally, publish(world, seed, founding=founding), again)
    return "\n".join([tallies[0].row(name), tallies[1].row(f"{name}; icons and order lost")])


def fit(seeds: Iterable[int]) -> str:
    """Logistic regression of "is it the note" on stated length and agreement."""
    features, labels = [], []
    for seed in seeds:
        world = truth_world(seed)
        gapped = publish(world, seed + 1000)
        again = read_again(world, seed + 2000, Rates(0.2))
        read = [n for n in again.notes if n.transcription.text]
        texts = [plain(n.transcription.text) for n in read]
        for published in gapped.record.notes():
            entry = published.entry
            wanted = plain(entry.text, [(g.start, g.end) for g in entry.gaps])
            if not wanted.stated or entry.legibility == "blank":
                continue
            agreement = 1 - np.minimum(costs(wanted, texts) / wanted.stated, 1)
            for note, share in zip(read, agreement, strict=True):
                features.append((wanted.stated * share, wanted.stated))
                labels.append(note.note_id == gapped.owner[published.note])
    x, y = np.array(features), np.array(labels, float)
    # Log-odds = a * stated * (agreement - b), prior taken off; Newton steps.
    offset = np.log(y.mean() / (1 - y.mean()))
    weight = np.zeros(2)
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(x @ weight + offset, -30, 30)))
        gradient = x.T @ (p - y)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(2)
        weight -= np.linalg.solve(hessian, gradient)
    return f"per character {weight[0]:.3f}, unrelated {-weight[1] / weight[0]:.3f}"


def _bare(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seeds", type=int, default=10, help="workshops to measure")
    parser.add_argument("--fit", action="store_true", help="fit the text evidence instead")
    parser.add_argument("--out", type=Path, help="write the table between the marks of this file")
    parser.add_argument("--workspace", type=Path, help="measure on this workspace instead")
    parser.add_argument("--samples", type=Path, default=ROOT / "samples", help="photos and truth")
    options = parser.parse_args()
    truth = options.samples / "truth"
    if options.workspace:
        with Workspace.open(options.workspace, create=False) as opened:
            snapshot = opened.snapshot()
        print("\n".join([*HEAD, photographs("photographs", snapshot, truth, range(options.seeds))]))
        return
    if options.fit:
        print(fit(range(500, 500 + options.seeds)))
        return
    given = outlines_given(options.samples)
    name = "photographs of `samples/`, outlines given"
    seeds = range(options.seeds)
    result = "\n".join([table(seeds), photographs(name, given, truth, seeds)])
    print(result)
    if options.out:
        put(options.out, MARK, result)


if __name__ == "__main__":
    main()
