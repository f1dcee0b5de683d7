"""How well and how fast notes are read when their true outlines are given.

Usage: python bench/reading.py TRUTH_FOLDER [--boards NAME,NAME] [--engine NAME ...] [--errors]
           [--recogniser FILE.onnx BOARD,BOARD ...]

TRUTH_FOLDER holds `photos/` and `truth/` (JSON, one file a photo), as ../shared/real and samples/
do. Case and repeated spaces do not count, and a gap is a word left out, as in `evaluate`. CER and WER are over notes every word of which is
legible; blank figures over all. Seconds are of this process's CPU, engines loaded; the default
engine's are told apart by step. `--recogniser` has some boards read by another
network than the shipped one, such as one that was not trained on them.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
from rapidfuzz.distance import Levenshtein

from boardscribe.engines import rapidocr
from boardscribe.engines._networks import Recogniser
from boardscribe.evaluate._text import without_gaps
from boardscribe.headings import HeadingFinder
from boardscribe.options import HeadingOptions, ReadOptions
from boardscribe.reading import Reader
from boardscribe.records import Detection, Legibility, Shape
from boardscribe.straighten import straighten


def plain(text: str) -> str:
    return " ".join(text.lower().split())


class Timed:
    """A function that adds its CPU seconds to an entry of a table."""

    def __init__(self, function: Callable[..., Any], name: str, table: dict[str, float]) -> None:
        self._function = function
        self._name = name
        self._table = table
        table.setdefault(name, 0.0)

    def __call__(self, *given: Any, **named: Any) -> Any:
        start = time.process_time()
        result = self._function(*given, **named)
        self._table[self._name] += time.process_time() - start
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)


def time_steps(reader: Reader) -> dict[str, float]:
    """Time the default engine's steps from now on; empty for other engines."""
    steps: dict[str, float] = {}
    for engine in reader._engines:
        if isinstance(engine, rapidocr.RapidOcr):
            engine._detector = Timed(engine._detector, "finding lines", steps)
            engine._recogniser = Timed(engine._recogniser, "recognising", steps)
            rapidocr.decode = Timed(rapidocr.decode, "decoding", steps)
            rapidocr.cut_line = Timed(rapidocr.cut_line, "cutting lines", steps)
    return steps


def other_readers(
    given: Sequence[Sequence[str]], options: ReadOptions | None = None
) -> dict[str, Reader]:
    """By board, a reader with another recogniser than the shipped one.

    Args:
        given: ONNX file and boards, separated by commas.
        options: of reading.
    """
    readers = {}
    for file, boards in given:
        reader = Reader((options or ReadOptions()).model_copy(update={"engines": ("null",)}))
        network = Recogniser(Path(file).read_bytes())
        reader._engines = [rapidocr.RapidOcr(options or ReadOptions(), network)]
        readers |= dict.fromkeys(boards.split(","), reader)
    return readers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--boards", default="")
    parser.add_argument("--engine", action="append", default=[])
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--recogniser", nargs=2, action="append", default=[])
    wanted = parser.parse_args()
    reader = Reader(ReadOptions(engines=tuple(wanted.engine or ["rapidocr"])))
    steps = time_steps(reader)
    readers = other_readers(wanted.recogniser)
    finder = HeadingFinder(HeadingOptions())
    sums = dict.fromkeys(("letters", "wrong", "words", "wrong_words", "notes", "exact"), 0)
    blank = dict.fromkeys(("blank", "found", "written", "lost"), 0)
    headed = named = count = 0
    cpu = {"straighten": 0.0, "read": 0.0, "headings": 0.0}
    for file in sorted((wanted.folder / "truth").glob("*.json")):
        if wanted.boards and file.stem not in wanted.boards.split(","):
            continue
        truth = json.loads(file.read_text(encoding="utf-8"))
        image = cv2.imread(str(wanted.folder / "photos" / truth["photo"]))
        notes = truth["notes"]
        start = time.process_time()
        crops = [straighten(image, note["polygon"], Shape(note["shape"])) for note in notes]
        cpu["straighten"] += time.process_time() - start
        start = time.process_time()
        readings = [found[0] for found in readers.get(file.stem, reader).read(crops)]
        cpu["read"] += time.process_time() - start
        start = time.process_time()
        detections = [Detection(tuple(map(tuple, note["polygon"])), 1.0) for note in notes]
        headings = finder.find(image, detections)
        cpu["headings"] += time.process_time() - start
        if truth.get("board"):
            headed += 1
            named += bool(headings) and plain(headings[0].text) == plain(truth["board"])
        count += len(notes)
        for note, reading in zip(notes, readings, strict=True):
            is_blank = reading.legibility is Legibility.BLANK
            if note["legible"] == "blank":
                blank["blank"] += 1
                blank["found"] += is_blank
            else:
                blank["written"] += 1
                blank["lost"] += is_blank
            if note["legible"] != "full":
                continue
            true, read = plain(note["text"]), plain(without_gaps(reading.text))
            wrong = Levenshtein.distance(true, read)
            sums["letters"] += len(true)
            sums["wrong"] += wrong
            sums["words"] += len(true.split())
            sums["wrong_words"] += Levenshtein.distance(true.split(), read.split())
            sums["notes"] += 1
            sums["exact"] += wrong == 0
            if wanted.errors and wrong:
                print(f"{file.stem} {note.get('id')}: {note['text']!r} read as {reading.text!r}")
    if not count:
        raise SystemExit(f"no truth in {wanted.folder}")
    print(f"notes {count}, fully legible {sums['notes']}")
    if sums["letters"]:
        print(
            f"CER {sums['wrong'] / sums['letters']:.3f} "
            f"WER {sums['wrong_words'] / sums['words']:.3f} "
            f"exact {sums['exact'] / sums['notes']:.3f}"
        )
    print(
        f"blank found {blank['found']}/{blank['blank']}, "
        f"writing called blank {blank['lost']}/{blank['written']}"
    )
    if headed:
        print(f"board names right {named}/{headed}")
    print("CPU seconds a note: " + ", ".join(f"{k} {v / count:.3f}" for k, v in cpu.items()))
    if steps and cpu["read"]:
        steps["the rest"] = cpu["read"] - sum(steps.values())
        print("reading: " + ", ".join(f"{k} {v / cpu['read']:.0%}" for k, v in steps.items()))


if __name__ == "__main__":
    main()
