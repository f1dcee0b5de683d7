"""Read notes whose text is known and write down what each confidence is computed from.

Usage:
    PYTHONPATH=models python models/training/confidence/collect.py OUT.jsonl
        [--real FOLDER --boards NAME,NAME] [--samples FOLDER] [--generated N [--first SEED]]
        [--engine NAME] [--recogniser FILE.onnx BOARD,BOARD ...]

`--real` and `--samples` are folders of photographs with truth JSON (`photos/` and `truth/`);
only the boards named are read. `--recogniser` has some boards read by another
network: the shipped one was trained on the development boards, and how sure it is of those says
nothing about others.
One line of the result is one note.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2

from boardscribe.engines import load_engine
from boardscribe.engines._networks import Recogniser
from boardscribe.engines.rapidocr import RapidOcr
from boardscribe.options import ReadOptions
from boardscribe.reading import note_features, word_features
from boardscribe.records import Shape
from boardscribe.straighten import Straightened, straighten
from training.confidence.notes import make_note


@dataclass(frozen=True)
class Item:
    """A note to read, and what is known about it."""

    board: str
    crop: Straightened
    truth: str
    legible: str
    hidden: bool = False
    """Another note covers part of it: no confidence accepts it."""


def photographs(folder: Path, boards: set[str] | None) -> Iterator[list[Item]]:
    for file in sorted((folder / "truth").glob("*.json")):
        if boards is not None and file.stem not in boards:
            continue
        truth = json.loads(file.read_text(encoding="utf-8"))
        photo = folder / "photos" / truth["photo"]
        image = cv2.imread(str(photo if photo.exists() else folder / truth["photo"]))
        items = []
        for note in truth["notes"]:
            crop = straighten(image, note["polygon"], Shape(note["shape"]))
            hidden = bool(note.get("hidden"))
            items.append(Item(file.stem, crop, note["text"], note["legible"], hidden))
        yield items


def generated(count: int, first: int) -> Iterator[list[Item]]:
    for start in range(first, first + count, 25):
        items = []
        for seed in range(start, min(start + 25, first + count)):
            note = make_note(seed)
            if note.legible == "unseen":
                continue
            crop = straighten(note.photo, note.polygon, note.shape)
            items.append(Item(f"generated-{seed % 5}", crop, note.text, note.legible))
        yield items


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--boards", default="")
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--generated", type=int, default=0)
    parser.add_argument("--first", type=int, default=100_000)
    parser.add_argument("--engine", default="rapidocr")
    parser.add_argument("--recogniser", nargs=2, action="append", default=[])
    wanted = parser.parse_args()
    engine = load_engine(wanted.engine, ReadOptions())
    others = {}
    for file, boards in wanted.recogniser:
        other = RapidOcr(ReadOptions(), Recogniser(Path(file).read_bytes()))
        others |= dict.fromkeys(boards.split(","), other)
    groups: list[tuple[str, Iterator[list[Item]]]] = []
    if wanted.real:
        groups.append(("real", photographs(wanted.real, set(wanted.boards.split(",")))))
    if wanted.samples:
        groups.append(("samples", photographs(wanted.samples, None)))
    if wanted.generated:
        groups.append(("generated", generated(wanted.generated, wanted.first)))
    with wanted.out.open("w", encoding="utf-8") as out:
        for kind, batches in groups:
            for items in batches:
                one = others.get(items[0].board, engine) if items else engine
                texts = one.read([item.crop.image for item in items])
                for item, text in zip(items, texts, strict=True):
                    words = [
                        {"text": word.text, **word_features(word)}
                        for line in text.lines
                        for word in line.words
                    ]
                    row = {
                        "kind": kind,
                        "board": item.board,
                        "truth": item.truth,
                        "legible": item.legible,
                        "hidden": item.hidden,
                        "text": text.text,
                        "features": note_features(text, item.crop),
                        "words": words,
                    }
                    out.write(json.dumps(row) + "\n")
                out.flush()


if __name__ == "__main__":
    main()
