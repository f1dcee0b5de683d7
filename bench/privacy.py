"""How often the privacy check finds something where nothing is.

    .venv/bin/python bench/privacy.py [--record FILE]

The texts are those that the generator of photographs puts together, and those of the invented
workshop of `samples/`: none is about a person but one (`Mrs Okafor`). With `--record`, also what
is found in a published record, to be looked at by eye.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "models"))

from boardscribe.privacy import find_personal
from boardscribe.record import parse
from training.photoreal.texts import heading, wishes
from training.photoreal.workshop import BOARDS

TRUE = {"Mrs Okafor"}


def generated(boards: int) -> list[str]:
    """Different texts and headings of so many boards."""
    rng = np.random.default_rng(5)
    texts = {heading(rng) for _ in range(boards)}
    texts |= {wish.text for _ in range(boards) for wish in wishes(rng, 25)}
    texts |= set(BOARDS) | {wish.text for board in BOARDS.values() for wish in board}
    return sorted(texts - {""})


def found(texts: list[str]) -> list[str]:
    """The words of every finding."""
    return [text[span.start : span.end] for text in texts for span in find_personal(text)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--boards", type=int, default=400)
    parser.add_argument("--record", type=Path, help="a published record")
    options = parser.parse_args()
    texts = generated(options.boards)
    false = [words for words in found(texts) if words not in TRUE]
    print(f"{len(false)} false findings in {len(texts)} texts: {sorted(false)}")
    if options.record:
        record = parse(options.record.read_text(encoding="utf-8"))
        print("in notes:", found([note.entry.text for note in record.notes()]))
        print("in all lines:", found([line.text for line in record.lines]))


if __name__ == "__main__":
    main()
