"""The default engine: PP-OCRv6 on two views of each note, decoded with a dictionary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe.engines._beam import Decoded, decode
from boardscribe.engines._ctc import Alphabet
from boardscribe.engines._networks import Detector, Recogniser, weights, wheel_version
from boardscribe.engines.base import EngineInfo, EngineLine, EngineText, EngineWord
from boardscribe.errors import MissingComponentError
from boardscribe.language import Language
from boardscribe.lines import TextBox, cut_line, find_boxes, order_lines
from boardscribe.options import ReadOptions
from boardscribe.records import Polygon

__all__ = ["RapidOcr", "create", "describe"]

_VERSION = "1"


@dataclass(frozen=True, slots=True)
class _View:
    """One way to look at a note."""

    name: str
    side: int
    """Longest side in pixels at which lines are looked for."""
    max_channel: bool
    """The brightest channel of each pixel: hides coloured paper (and coloured ink)."""


_VIEWS = (_View("colour", 480, False), _View("bright", 640, True))


@dataclass(slots=True)
class _Piece:
    """One box of a view, on its way through the recogniser."""

    box: TextBox
    decoded: Decoded | None = None
    foreign: float = 0.0


@dataclass(slots=True)
class _Look:
    """One view of one crop: its lines of boxes."""

    crop: int
    view: int
    scale: float
    """Crop pixels per view pixel."""
    turns: int = 0
    """Clockwise quarter turns that bring the writing upright."""
    lines: list[list[_Piece]] = field(default_factory=list)

    def pieces(self) -> list[_Piece]:
        return [piece for line in self.lines for piece in line]


class RapidOcr:
    """PP-OCRv6 (weights in the rapidocr wheel), read with words in mind."""

    name = "rapidocr"

    def __init__(self, options: ReadOptions) -> None:
        self._detector = Detector()
        self._recogniser = Recogniser()
        self._alphabet = Alphabet(self._recogniser.characters)
        self._language = Language(options.lexicon)
        self.version = f"{_VERSION}+rapidocr{wheel_version()}"

    def read(self, crops: Sequence[NDArray[np.uint8]]) -> tuple[EngineText, ...]:
        """See `boardscribe.engines.Engine`."""
        looks: list[_Look] = []
        jobs: list[tuple[_Piece, NDArray[np.uint8]]] = []
        for number, crop in enumerate(crops):
            for index, view in enumerate(_VIEWS):
                look, pictures = self._look(crop, number, index, view)
                looks.append(look)
                jobs.extend(pictures)
        self._recognise(jobs)
        by_crop: list[list[_Look]] = [[] for _ in crops]
        for look in looks:
            by_crop[look.crop].append(look)
        return tuple(_choose(group) for group in by_crop)

    def _look(
        self, crop: NDArray[np.uint8], number: int, index: int, view: _View
    ) -> tuple[_Look, list[tuple[_Piece, NDArray[np.uint8]]]]:
        picture = _picture(crop, view)
        look = _Look(number, index, crop.shape[1] / picture.shape[1])
        boxes = find_boxes(self._detector(picture), (picture.shape[1], picture.shape[0]))
        look.lines = [[_Piece(box) for box in line] for line in order_lines(boxes)]
        return look, [(piece, cut_line(picture, piece.box)) for piece in look.pieces()]

    def _recognise(self, jobs: Sequence[tuple[_Piece, NDArray[np.uint8]]]) -> None:
        posteriors = self._recogniser([picture for _, picture in jobs])
        for (piece, _), rows in zip(jobs, posteriors, strict=True):
            letters, uppers, piece.foreign = self._alphabet.fold(rows)
            piece.decoded = decode(letters, uppers, self._alphabet, self._language)


def create(options: ReadOptions) -> RapidOcr:
    """Entry point of the group `boardscribe.engines`."""
    return RapidOcr(options)


def describe() -> EngineInfo:
    """What `boardscribe doctor` says about this engine."""
    try:
        files = weights()
    except MissingComponentError as error:
        return EngineInfo(
            RapidOcr.name, "", available=False, missing=error.message, install=error.remedy
        )
    return EngineInfo(
        RapidOcr.name, f"{_VERSION}+rapidocr{wheel_version()}", available=True, weights=files
    )


def _picture(crop: NDArray[np.uint8], view: _View) -> NDArray[np.uint8]:
    h, w = crop.shape[:2]
    scale = view.side / max(h, w)
    size = (max(8, round(w * scale)), max(8, round(h * scale)))
    resized = cv2.resize(crop, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    if view.max_channel:
        brightest = resized.max(axis=2)
        resized = np.repeat(brightest[..., None], 3, axis=2)
    return np.ascontiguousarray(resized, dtype=np.uint8)


def _choose(looks: Sequence[_Look]) -> EngineText:
    """The view whose text is the more probable, for its length."""
    scored = sorted(looks, key=lambda look: (_quality(look), -look.view), reverse=True)
    best = scored[0]
    lines = tuple(line for pieces in best.lines if (line := _line(pieces, best.scale)) is not None)
    texts = ["\n".join(line.text for line in lines)]
    for look in scored[1:]:
        texts.append(_text(look))
    texts.append(
        "\n".join(" ".join(p.decoded.raw for p in line if p.decoded) for line in best.lines)
    )
    alternatives = [t for t in dict.fromkeys(texts) if t.strip() and t != texts[0]]
    return EngineText(lines, tuple(alternatives), _features(best, scored))


def _quality(look: _Look) -> float:
    decoded = [piece.decoded for piece in look.pieces() if piece.decoded and piece.decoded.text]
    if not decoded:
        return -1e9
    letters = sum(len(d.text) for d in decoded)
    return sum(d.score for d in decoded) / (letters + 2)


def _text(look: _Look) -> str:
    texts = (" ".join(p.decoded.text for p in line if p.decoded) for line in look.lines)
    return "\n".join(text for text in texts if text)


def _line(pieces: Sequence[_Piece], scale: float) -> EngineLine | None:
    words = []
    total = 0.0
    for piece in pieces:
        if piece.decoded is None:
            continue
        total += piece.decoded.log_probability
        for word in piece.decoded.words:
            features = {
                "known": float(word.known),
                "log_word": word.log_word,
                "margin": piece.decoded.margin,
                "foreign": piece.foreign,
                "score": piece.box.score,
            }
            words.append(EngineWord(word.text, word.characters, features))
    if not words:
        return None
    return EngineLine(tuple(words), _outline(pieces, scale), total)


def _outline(pieces: Sequence[_Piece], scale: float) -> Polygon:
    """One box around the pieces of a line, in crop pixels."""
    if len(pieces) == 1:
        corners = pieces[0].box.corners
    else:
        every = np.concatenate([piece.box.corners for piece in pieces]).astype(np.float32)
        corners = cv2.boxPoints(cv2.minAreaRect(every)).astype(np.float64)
    return tuple((float(x * scale), float(y * scale)) for x, y in corners)


def _features(best: _Look, looks: Sequence[_Look]) -> dict[str, float]:
    pieces = [piece for piece in best.pieces() if piece.decoded and piece.decoded.text]
    decoded = [piece.decoded for piece in pieces if piece.decoded]
    chances = [c for d in decoded for word in d.words for c in word.characters]
    if not chances:
        return {"letters": 0.0, "boxes": float(len(best.pieces()))}
    words = [word for d in decoded for word in d.words]
    per_letter = [d.log_probability / max(1, len(d.text)) for d in decoded]
    unknown = sum(not word.known for word in words)
    return {
        "letters": float(len(chances)),
        "boxes": float(len(pieces)),
        "words": float(len(words)),
        "mean_letter": sum(chances) / len(chances),
        "log_min_letter": math.log(max(min(chances), 1e-6)),
        "mean_log": sum(per_letter) / len(per_letter),
        "worst_log": min(per_letter),
        "margin": min(d.margin for d in decoded),
        "unknown": float(unknown),
        "unknown_share": unknown / len(words),
        "under_half": float(sum(c < 0.5 for c in chances)),
        "under_seven": float(sum(c < 0.7 for c in chances)),
        "mean_word": sum(word.log_word for word in words) / len(words),
        "foreign": max(piece.foreign for piece in pieces),
        "box_score": min(piece.box.score for piece in pieces),
        "views_agree": _agreement([_text(look) for look in looks]),
    }


def _agreement(texts: Sequence[str]) -> float:
    """1 where the views read the same, falling with the share of letters that differ."""
    if len(texts) < 2:
        return 1.0
    first, second = (" ".join(text.lower().split()) for text in texts[:2])
    longest = max(len(first), len(second), 1)
    return 1 - min(1.0, _edits(first, second) / longest)


def _edits(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]
