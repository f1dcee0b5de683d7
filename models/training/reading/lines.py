"""Lines of writing cut from photographs with ground truth, as the default engine cuts them.

A line's text is found by spreading the note's true text over its lines so that the recogniser's
own first reading differs least from it. Lines that stay doubtful are left without a text.

Usage: PYTHONPATH=models python models/training/reading/lines.py OUT.npz FOLDER
           [--boards NAME,NAME] [--corrections FILE] [--sheet FOLDER] [--check-only]

FOLDER holds `photos/` and `truth/`, as samples/ does. FILE has what somebody saw who looked at
the lines, one a row: the name of a line, or its beginning, and after a tab what is written there,
nothing for a line that is not to be used, `□ +` where a box is drawn before the known text.
`--sheet` writes pictures for such a look; `--check-only` keeps nothing that only training needs.
"""

from __future__ import annotations

import argparse
import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from boardscribe.engines._ctc import BULLET, Alphabet, greedy
from boardscribe.engines._looks import Light, View, picture_of
from boardscribe.engines._networks import Detector, Recogniser
from boardscribe.lines import TextBox, cut_line, find_boxes, order_lines
from boardscribe.records import Shape
from boardscribe.straighten import straighten
from training.reading.linefile import MARGIN, WIDE_HEIGHT, Line, save

__all__ = ["lines_of"]

VIEWS = (View(320, Light.COLOUR), View(416, Light.INK), View(416, Light.BRIGHTEST))
"""The engine's looks, two of them larger than it takes them: lines are cut at more than one size."""
_WORST = 0.55
"""Share of letters beyond which a reading and a text do not belong together."""


def lines_of(folder: Path, boards: Sequence[str] = ()) -> Iterator[tuple[Line, str]]:
    """Lines of all notes with writing, and what the recogniser first makes of each."""
    detector, recogniser = Detector(), Recogniser()
    alphabet = Alphabet(recogniser.characters)
    for file in sorted((folder / "truth").glob("*.json")):
        if boards and file.stem not in boards:
            continue
        truth = json.loads(file.read_text(encoding="utf-8"))
        image = cv2.imread(str(folder / "photos" / truth["photo"]))
        for note in truth["notes"]:
            if note["legible"] in ("blank", "none"):
                continue
            crop = straighten(image, note["polygon"], Shape(note["shape"])).image
            for view in VIEWS:
                picture = picture_of(crop, view)
                size = (picture.shape[1], picture.shape[0])
                found = order_lines(find_boxes(detector(picture), size))
                strips = [[cut_line(picture, box) for box in line] for line in found]
                read = iter(recogniser([strip for line in strips for strip in line]))
                texts = [
                    [greedy(alphabet.fold(next(read))[0], alphabet.letters) for _ in line]
                    for line in strips
                ]
                known = _spread(note["text"].split("\n"), texts)
                scale = crop.shape[1] / picture.shape[1]
                for number, line in enumerate(found):
                    for piece, box in enumerate(line):
                        name = f"{file.stem}:{note['id']}:{number}:{piece}:{view.light.value}"
                        wide = _wide(crop, box, scale)
                        text = known[number][piece]
                        yield (
                            Line(name, file.stem, text, strips[number][piece], wide),
                            texts[number][piece],
                        )


def _wide(crop: NDArray[np.uint8], box: TextBox, scale: float) -> NDArray[np.uint8]:
    corners = box.corners * scale
    along = corners[1] - corners[0]
    down = corners[3] - corners[0]
    height = float(np.linalg.norm(down))
    right = along / max(1e-6, float(np.linalg.norm(along))) * height * MARGIN
    below = down * MARGIN
    outer = corners + np.array([-right - below, right - below, right + below, below - right])
    return cut_line(crop, TextBox(outer, box.score), height=WIDE_HEIGHT)


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _spread(true_lines: Sequence[str], read: Sequence[Sequence[str]]) -> list[list[str]]:
    """The true text of each piece; empty where it is not clear."""
    true = [line for line in true_lines if line.strip()]
    joined = [" ".join(texts) for texts in read]

    @functools.cache
    def best(i: int, j: int) -> tuple[float, tuple[tuple[int, int], ...]]:
        if i == len(true) or j == len(joined):
            left = sum(len(line) for line in true[i:]) + sum(len(text) for text in joined[j:])
            return 0.8 * left, ()
        cost = Levenshtein.distance(_plain(true[i]), _plain(joined[j]))
        a, pairs = best(i + 1, j + 1)
        options = [(a + cost, ((i, j), *pairs))]
        a, pairs = best(i + 1, j)
        options.append((a + 0.8 * len(true[i]), pairs))
        a, pairs = best(i, j + 1)
        options.append((a + 0.8 * len(joined[j]), pairs))
        return min(options)

    result = [[""] * len(texts) for texts in read]
    for i, j in best(0, 0)[1]:
        line = true[i].strip()
        if "[illeg" in line or _share(line, joined[j]) > _WORST:
            continue
        for piece, text in enumerate(_pieces(line.split(), list(read[j]))):
            if _share(text, read[j][piece]) <= _WORST:
                result[j][piece] = text
    return result


def _share(text: str, read: str) -> float:
    if not text.strip():
        return 1.0
    return Levenshtein.distance(_plain(text), _plain(read)) / len(_plain(text))


def _pieces(words: list[str], read: list[str]) -> list[str]:
    """Words of a line to its pieces, in order."""
    if len(read) == 1:
        return [" ".join(words)]
    costs = [
        (Levenshtein.distance(_plain(" ".join(words[:cut])), _plain(read[0])), cut)
        for cut in range(len(words) + 1)
    ]
    options = []
    for cost, cut in costs:
        rest = _pieces(words[cut:], read[1:])
        total = cost + sum(
            Levenshtein.distance(_plain(a), _plain(b)) for a, b in zip(rest, read[1:], strict=True)
        )
        options.append((total, [" ".join(words[:cut]), *rest]))
    return min(options)[1]


def _corrected(line: Line, corrections: Mapping[str, str]) -> Line:
    for name, text in corrections.items():
        if line.name == name or line.name.startswith(name + ":"):
            whole = BULLET + " " + line.text if text == "□ +" and line.text else text
            return replace(line, text="" if text == "□ +" and not line.text else whole)
    return line


def _sheets(folder: Path, lines: Sequence[tuple[Line, str]]) -> None:
    """Pictures of lines with their names and texts, forty to a sheet."""
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, len(lines), 40):
        sheet = np.full((20 * 80, 1800, 3), 255, np.uint8)
        for place, (line, read) in enumerate(lines[start : start + 40]):
            x, y = 900 * (place // 20), 80 * (place % 20)
            strip = line.strip[:, :880]
            sheet[y : y + 48, x : x + strip.shape[1]] = strip
            words = f"{line.name} [{line.text}] {read}".encode("ascii", "replace").decode()
            at = (x + 2, y + 66)
            cv2.putText(sheet, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
        cv2.imwrite(str(folder / f"{start // 40:02}.png"), sheet)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--boards", default="")
    parser.add_argument("--corrections", type=Path)
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--check-only", action="store_true")
    wanted = parser.parse_args()
    corrections: dict[str, str] = {}
    if wanted.corrections:
        for row in wanted.corrections.read_text(encoding="utf-8").splitlines():
            name, _, text = row.partition("\t")
            corrections[name] = text
    boards = [name for name in wanted.boards.split(",") if name]
    found = [
        (_corrected(line, corrections), read) for line, read in lines_of(wanted.folder, boards)
    ]
    if wanted.sheet:
        _sheets(wanted.sheet, [(line, read) for line, read in found if line.text])
    lines = [line for line, _ in found]
    if wanted.check_only:
        lines = [replace(line, wide=line.wide[:, :8]) for line in lines if line.text]
    save(wanted.out, lines)
    known = sum(bool(line.text) for line in lines)
    print(f"{len(lines)} lines, {known} with their text")


if __name__ == "__main__":
    main()
