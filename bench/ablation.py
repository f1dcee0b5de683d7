"""What each part of reading gives and costs: switched off one at a time; table in bench/README.md.

    .venv/bin/python bench/ablation.py [--real ../shared/real] [--samples samples] [--only NAME ...]
        [--recogniser FILE.onnx BOARD,BOARD ...]

True outlines are given, so that only reading is measured: the development half of the real
photographs and the samples. Case and repeated spaces do not count, a gap is a word left out; CER
and exact are over fully legible notes. `--recogniser` has boards read by networks that were not
trained on them. Milliseconds are of this process's CPU time, one thread, engines loaded: what a
note costs less without the part. Nothing here is tuned on the held half.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
from accuracy import DEVELOPMENT
from rapidfuzz.distance import Levenshtein
from reading import other_readers, plain
from tables import put

from boardscribe import _line_cores, language
from boardscribe import straighten as straightening
from boardscribe._paper_mask import Peeled
from boardscribe.engines import _beam, _context, _looks, _merge, rapidocr
from boardscribe.engines._beam import Spelling
from boardscribe.evaluate._text import without_gaps
from boardscribe.options import ReadOptions
from boardscribe.reading import Reader
from boardscribe.records import Legibility, Shape

ROOT = Path(__file__).resolve().parent.parent
MARK = "<!-- ablation -->"


@dataclass(frozen=True)
class Part:
    """A part, and what puts it out of action."""

    name: str
    off: tuple[tuple[Any, str, Any], ...] = ()
    """Object, attribute, and what stands in its place."""
    options: ReadOptions = field(default_factory=ReadOptions)


def never(*_: object, **__: object) -> list[Any]:
    return []


def same(lines: list[Any]) -> list[Any]:
    return lines


def whole(_: object, outline: Any) -> Peeled:
    return Peeled(outline, 0.0)


def each_alone(notes: Sequence[Sequence[Any]], spelling: Spelling) -> None:
    for pieces in notes:
        _context.respell(pieces, spelling)


def as_read(text: str, *_: object, **__: object) -> str:
    return text


def first_alone(best: str, _: str) -> list[str]:
    return [best]


def nothing(*_: object) -> float:
    return 0.0


def impossible(*_: object) -> float:
    return -math.inf


PARTS = (
    Part("everything"),
    Part("a second look in doubt", ((rapidocr, "_doubtful", lambda _: False),)),
    Part("bare paper left alone", ((rapidocr, "is_bare", lambda _: False),)),
    Part("no second look where there is nothing but a pin",
         ((rapidocr, "_is_empty", lambda _: False),)),
    Part("a third look, where two are poor", ((rapidocr, "_UNSURE", 0.0),)),
    Part("ink alone at the second look", ((rapidocr, "_SECOND", rapidocr._THIRD),)),
    Part("paper known by its usual colour", ((_looks, "_SHOWS", 1.0),)),
    Part("touching lines told apart", ((_line_cores, "_rows", never),)),
    Part("words put right by their neighbours", ((rapidocr, "respell", never),
                                                 (rapidocr, "respell_together", never))),
    Part("words that are clear on other notes", ((rapidocr, "respell_together", each_alone),)),
    Part("months after days", ((language, "_DAY", re.compile(r"(?!)")),)),
    Part("turned looks", ((rapidocr, "_turned_looks", never),)),
    Part("short words aslant read both ways", ((rapidocr, "_is_aslant", lambda _: False),)),
    Part("a lone letter may be a digit before looks are weighed",
         ((rapidocr, "_is_lone", lambda _: False),)),
    Part("words of English in the beam", ((_beam, "_LANGUAGE_WEIGHT", 0.0),
                                          (_beam, "_WORD_BONUS", 0.0))),
    Part("unknown words tried against the dictionary", ((_beam, "_respell", as_read),)),
    Part("long words tried against words far from them",
         ((language.Language, "_far", never),)),
    Part("the recogniser's own words as a start", ((_beam, "_starts", first_alone),)),
    Part("brackets and quotation marks in pairs", ((_beam, "_unpaired", nothing),)),
    Part("compounds with a hyphen", ((language.Language, "_score_compound", impossible),)),
    Part("no gap before a stop", ((_merge, "_STOP", re.compile(r"(?!)")),)),
    Part("beam search (width 1 instead of 4)", ((_beam, "_WIDTH", 1),)),
    Part("bullets dropped", ((_merge, "_without_bullets", same),)),
    Part("a digit amid letters is a letter", ((language, "_AMID", re.compile(r"(?!)")),)),
    Part("no gap on one side of a slash", ((_merge, "_PARTED", re.compile(r"(?!)")),)),
    Part("drawings dropped", ((_merge, "_without_drawings", same),
                              (_merge, "_without_strays", same))),
    Part("a gap for a word that is almost surely wrong", options=ReadOptions(illegible_word=0.0)),
    Part("struck-out words dropped", ((rapidocr, "without_struck", lambda decoded, _: decoded),)),
    Part("words up the side of a note", ((rapidocr.RapidOcr, "_read_sideways", never),)),
    Part("outlines peeled", ((straightening, "peel", whole),)),
    Part("small notes enlarged while they are straightened", ((straightening, "_MIN_SIDE", 1),)),
)  # fmt: skip


@dataclass
class Sums:
    """What was counted over a set of notes."""

    notes: int = 0
    legible: int = 0
    letters: int = 0
    wrong: int = 0
    exact: int = 0
    blank: int = 0
    blank_found: int = 0
    lost: int = 0
    """Notes with writing that were called blank."""
    seconds: float = 0.0

    @property
    def cer(self) -> float:
        return self.wrong / max(1, self.letters)

    @property
    def milliseconds(self) -> float:
        return 1000 * self.seconds / max(1, self.notes)


def truths(folder: Path, boards: frozenset[str] | None) -> list[dict[str, Any]]:
    found = []
    for file in sorted((folder / "truth").glob("*.json")):
        if boards is None or file.stem in boards:
            truth = json.loads(file.read_text(encoding="utf-8"))
            truth["board_file"] = file.stem
            truth["image"] = cv2.imread(str(folder / "photos" / truth["photo"]))
            found.append(truth)
    return found


def measure(
    part: Part, photos: Sequence[dict[str, Any]], recognisers: Sequence[Sequence[str]] = ()
) -> Sums:
    sums = Sums()
    with ExitStack() as stack:
        for target, name, stand_in in part.off:
            stack.enter_context(patch.object(target, name, stand_in))
        reader = Reader(part.options)
        readers = other_readers(recognisers, part.options)
        for truth in photos:
            notes = truth["notes"]
            start = time.process_time()
            crops = [
                straightening.straighten(truth["image"], note["polygon"], Shape(note["shape"]))
                for note in notes
            ]
            readings = [found[0] for found in readers.get(truth["board_file"], reader).read(crops)]
            sums.seconds += time.process_time() - start
            sums.notes += len(notes)
            for note, reading in zip(notes, readings, strict=True):
                is_blank = reading.legibility is Legibility.BLANK
                sums.blank += note["legible"] == "blank"
                sums.blank_found += is_blank and note["legible"] == "blank"
                sums.lost += is_blank and note["legible"] != "blank"
                if note["legible"] == "full":
                    true, read = plain(note["text"]), plain(without_gaps(reading.text))
                    edits = Levenshtein.distance(true, read)
                    sums.legible += 1
                    sums.letters += len(true)
                    sums.wrong += edits
                    sums.exact += edits == 0
    return sums


def row(name: str, measured: Sequence[Sums], baseline: Sequence[Sums] | None) -> str:
    cells = [name]
    for index, sums in enumerate(measured):
        full = baseline[index] if baseline is not None else None

        def change(value: Callable[[Sums], float], form: str, sums=sums, full=full) -> str:
            return format(value(sums), form) if full is None else format(
                value(sums) - value(full), "+" + form
            )  # fmt: skip

        cells += [
            change(lambda s: s.cer, ".3f"),
            change(lambda s: float(s.exact), ".0f")
            + (f" of {sums.legible}" if full is None else ""),
            change(lambda s: float(s.blank_found), ".0f")
            + (f" of {sums.blank}" if full is None else ""),
            change(lambda s: float(s.lost), ".0f"),
            change(lambda s: s.milliseconds, ".0f"),
        ]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--real", type=Path, default=ROOT.parent / "shared" / "real")
    parser.add_argument("--samples", type=Path, default=ROOT / "samples")
    parser.add_argument("--only", action="append", default=[], help="a part's name; repeat")
    parser.add_argument("--recogniser", nargs=2, action="append", default=[])
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "README.md")
    wanted = parser.parse_args()
    sets = {"samples": truths(wanted.samples, None)}
    if wanted.real.is_dir():
        sets = {"real, development": truths(wanted.real, DEVELOPMENT), **sets}
    columns = ("CER", "exact", "blank found", "lost", "ms a note")
    head = " | ".join(f"{name}: {column}" for name in sets for column in columns)
    rows = [f"| without | {head} |", "|---|" + "---:|" * (len(sets) * len(columns))]
    full: list[Sums] | None = None
    for part in PARTS:
        if wanted.only and part.name not in (*wanted.only, PARTS[0].name):
            continue
        measured = [measure(part, photos, wanted.recogniser) for photos in sets.values()]
        label = part.name if full is not None else "nothing: everything is on"
        rows.append(row(label, measured, full))
        full = measured if full is None else full
        print(rows[-1], flush=True)
    put(wanted.out, MARK, "\n".join(rows))


if __name__ == "__main__":
    main()
