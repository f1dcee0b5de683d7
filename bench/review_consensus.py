"""Simulated readers of known carelessness: single answers against the consensus of the policy.

    python bench/review_consensus.py [--notes 200]

Runs the very policy and merge of `boardscribe_review` (two readers, one more at a time while
they disagree, seven at most, no editor) over made-up notes, and writes the table between the
markers in bench/README.md.

What is simulated, and why so. Readers get each word wrong with a given probability. A wrong word
is, in half of the cases, the one plausible misreading that the word has for everybody (bad
handwriting misleads people alike); else an unlike one of its own, or the word is left out (1 in
10), or split in two (1 in 10). The machine reads with its own rate of 45 % wrong words and falls for
the same plausible misreadings. Readers do not copy from it: people who are led by the prefilled
text would err more alike than this.
"""

from __future__ import annotations

import argparse
import itertools
import random
import string
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rapidfuzz.distance import Levenshtein
from tables import put

from boardscribe.options import ReviewOptions
from boardscribe.records import (
    Legibility,
    Line,
    Reading,
    Transcription,
    Word,
)
from boardscribe.review import Kind, RawAnswer, StoredAnswer, StoredTask, TaskContent
from boardscribe.store import Dossier
from boardscribe_review.alignment import tokens
from boardscribe_review.judging import overlaps
from boardscribe_review.policy import new_task, settle
from boardscribe_review.reliability import accuracies

README = Path(__file__).resolve().parent / "README.md"
MARK = "<!-- review-consensus -->"
MACHINE_WRONG = 0.45
PLAUSIBLE = 0.5
POOL = 12


def main() -> None:
    """Simulate, print, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    began = time.perf_counter()
    rows = []
    for name, rates in (
        *((f"{percent} %", [percent / 100] * POOL) for percent in (10, 20, 30, 40)),
        ("10 to 40 %, mixed", [0.10, 0.20, 0.30, 0.40] * (POOL // 4)),
    ):
        rows.append((name, *simulate(rates, arguments.notes, arguments.seed)))
        print(rows[-1], file=sys.stderr, flush=True)
    seconds = time.perf_counter() - began
    table = render(rows, arguments.notes, seconds)
    print(table)
    put(README, MARK, table)


def simulate(
    rates: list[float], count: int, seed: int
) -> tuple[float, float, float, float, float, float]:
    """Word error of single answers and of the policy, and what it costs.

    Returns:
        Word error rate of single answers and of the consensus; readers a note; share of notes
        that end with words in dispute; word error rate of words not so marked; share of notes
        exactly right.
    """
    chance = random.Random(seed)
    options = ReviewOptions(readers=2, escalation="reader", most_readers=7)
    readers = {f"reader{i:02}": rate for i, rate in enumerate(rates)}
    notes = [_note(chance) for _ in range(count)]
    finished: list[tuple[StoredTask, ...]] = []
    answers: dict[str, tuple[StoredAnswer, ...]] = {}
    single = [0, 0]
    final = [0, 0]
    unmarked = [0, 0]
    asked = disputed = exact = 0
    accuracy: dict[str, float] = {}
    for number, truth in enumerate(notes):
        if number % 100 == 0 and finished:
            every = [item for tasks in finished for item in tasks]
            accuracy = accuracies(overlaps(every, [a for some in answers.values() for a in some]))
        misread = {word: _misread(chance, word) for word in truth}
        machine = _machine(chance, truth, misread)
        tasks = tuple(_task(number, copy, machine) for copy in (1, 2))
        turn = itertools.cycle(chance.sample(sorted(readers), len(readers)))
        mine: dict[str, tuple[StoredAnswer, ...]] = {}
        decided: Transcription | None = None
        while decided is None:
            for item in tasks:
                if item.task.task_id in mine:
                    continue
                reader = next(turn)
                text = " ".join(_read(chance, truth, misread, readers[reader]))
                asked += 1
                _count(single, truth, text)
                mine[item.task.task_id] = (_answer(item, reader, text, asked),)
            dossier = Dossier(f"n{number}", tasks, mine, (), (machine,), ())
            outcome = settle(dossier, options, accuracy=accuracy)
            decided = outcome.transcription
            tasks += outcome.add
        finished.append(tasks)
        answers |= mine
        _count(final, truth, decided.text)
        disputed += "[?" in decided.text
        exact += [t.key for t in tokens(decided.text)] == list(truth)
        _count_unmarked(unmarked, truth, decided.text)
    return (
        single[0] / single[1],
        final[0] / final[1],
        asked / count,
        disputed / count,
        unmarked[0] / max(1, unmarked[1]),
        exact / count,
    )


def render(rows: list[tuple[str, float, float, float, float, float, float]], notes: int, seconds: float) -> str:  # fmt: skip
    """The table, in Markdown."""
    lines = [
        f"`python bench/review_consensus.py --notes {notes}` ({seconds:.0f} s): two readers, one "
        "more at a time while they disagree, seven at most, no editor.",
        "",
        "| wrong words of a reader | single answers, WER | consensus, WER | ratio | readers a note "
        "| notes with words left marked `[?..?]` | WER of words not marked | notes exactly right |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, single, final, readers, disputed, unmarked, exact in rows:
        lines.append(
            f"| {name} | {single:.1%} | {final:.1%} | {final / single:.2f} | {readers:.2f} "
            f"| {disputed:.1%} | {unmarked:.1%} | {exact:.1%} |"
        )
    return "\n".join(lines)


def _note(chance: random.Random) -> tuple[str, ...]:
    """A note of 2 to 14 words; frequent words repeat, as they do."""
    common = ["the", "more", "time", "for", "we", "to", "and", "of", "people", "not", "is", "a"]
    return tuple(
        chance.choice(common) if chance.random() < 0.4 else _word(chance)
        for _ in range(chance.randint(2, 14))
    )


def _word(chance: random.Random) -> str:
    return "".join(chance.choice(string.ascii_lowercase) for _ in range(chance.randint(3, 9)))


def _misread(chance: random.Random, word: str) -> str:
    """What anybody may take the word for: one or two letters differ."""
    letters = list(word)
    for _ in range(1 + (len(letters) > 5)):
        place = chance.randrange(len(letters))
        others = [c for c in string.ascii_lowercase if c != letters[place]]
        letters[place] = chance.choice(others)
    return "".join(letters)


def _read(
    chance: random.Random, truth: tuple[str, ...], misread: dict[str, str], wrong: float
) -> Iterator[str]:
    for word in truth:
        if chance.random() >= wrong:
            yield word
            continue
        kind = chance.random()
        if kind < PLAUSIBLE:
            yield misread[word]
        elif kind < PLAUSIBLE + 0.1:
            continue
        elif kind < PLAUSIBLE + 0.2 and len(word) > 3:
            cut = chance.randint(1, len(word) - 1)
            yield word[:cut]
            yield word[cut:]
        else:
            yield _misread(chance, word)


def _machine(chance: random.Random, truth: tuple[str, ...], misread: dict[str, str]) -> Reading:
    read = list(_read(chance, truth, misread, MACHINE_WRONG))
    words = tuple(Word(word, 1 - MACHINE_WRONG) for word in read)
    return Reading("simulated", "1", (Line(words),), 0.2)


def _task(number: int, copy: int, machine: Reading) -> StoredTask:
    content = TaskContent(None, None, machine.text, Legibility.READABLE)
    return new_task(
        note_id=f"n{number}",
        sighting_id=f"n{number}",
        asks=(Kind.TEXT,),
        round_=1,
        copy=copy,
        priority=0.5,
        content=content,
        queue="simulated",
    )


def _answer(item: StoredTask, reader: str, text: str, clock: int) -> StoredAnswer:
    moment = f"2026-01-01T{clock // 3600 % 24:02}:{clock // 60 % 60:02}:{clock % 60:02}+00:00"
    raw = RawAnswer(str(clock), reader, moment, moment, verdict="readable", text=text or "-")
    return StoredAnswer("simulated", item.task.task_id, "", raw, "")


def _count(total: list[int], truth: tuple[str, ...], text: str) -> None:
    total[0] += Levenshtein.distance(list(truth), [token.key for token in tokens(text)])
    total[1] += len(truth)


def _count_unmarked(total: list[int], truth: tuple[str, ...], text: str) -> None:
    """Errors among the words that are given as sure: a marked word is a question, no claim."""
    found = tokens(text)
    keys = [token.key for token in found]
    for tag, a, b, c, d in Levenshtein.opcodes(list(truth), keys):
        if tag == "delete":
            total[0] += b - a
        else:
            sure = [token for token in found[c:d] if not token.uncertain]
            total[0] += len(sure) if tag != "equal" else 0
            total[1] += len(sure)


if __name__ == "__main__":
    main()
