"""The name of a board: printed heading cards and hand-lettered titles between the notes."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe._geometry import area, clockwise
from boardscribe.engines._beam import Decoded, decode
from boardscribe.engines._ctc import Alphabet
from boardscribe.engines._networks import Detector, Recogniser
from boardscribe.language import Language
from boardscribe.lines import TextBox, cut_line, find_boxes, order_lines
from boardscribe.options import HeadingOptions
from boardscribe.records import Detection, Heading, Polygon

__all__ = ["VERSION", "HeadingFinder"]

VERSION = "5"

_SIDE = 960
"""Longest side at which headings are looked for: they are the largest writing on a board."""
_LEAST_HEIGHT = 0.009
"""Least letter height as a share of the photo's longest side."""
_MOST_BOXES = 24
_LEAST_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """A piece of writing on the board."""

    box: TextBox
    decoded: Decoded
    confidence: float


class HeadingFinder:
    """Finds and reads headings. Loading takes a second: keep one a process."""

    def __init__(self, options: HeadingOptions) -> None:
        self._options = options
        self._detector = Detector()
        self._recogniser = Recogniser()
        self._alphabet = Alphabet(self._recogniser.characters)
        self._language = Language(options.expected)

    def find(
        self, image: NDArray[np.uint8], detections: Sequence[Detection]
    ) -> tuple[Heading, ...]:
        """Headings on the board itself, largest letters first.

        Args:
            image: H x W x 3 BGR, the upright photo.
            detections: the notes; what is written on them is no heading. What is written on a
                doubtful one is a heading only where nothing else is: it may be the card.
        """
        height, width = image.shape[:2]
        scale = min(1.0, _SIDE / max(height, width))
        size = (max(8, round(width * scale)), max(8, round(height * scale)))
        small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        notes = _note_mask([d for d in detections if not d.doubtful], size, scale)
        perhaps = _note_mask([d for d in detections if d.doubtful], size, scale)
        board = _without_notes(small, notes)
        boxes = [
            box
            for box in find_boxes(self._detector(board), size)
            if box.height >= _LEAST_HEIGHT * max(size) and not _on_note(box, notes)
        ]
        boxes.sort(key=lambda box: -box.height * math.sqrt(max(box.width, 1.0)))
        reads = self._read(image, boxes[:_MOST_BOXES], 1 / scale)
        groups = _groups(reads)
        apart = [group for group in groups if not _is_on(group, perhaps, scale)]
        found = self._headings(apart) or self._headings(groups)
        return tuple(heading for heading, _ in sorted(found, key=lambda item: -item[1]))

    def assign(
        self,
        headings: Sequence[Heading],
        detections: Sequence[Detection],
        *,
        width: int,
        height: int,
    ) -> tuple[int | None, ...]:
        """The heading that each note stands under.

        With one heading, or one much larger than the rest, every note is under it. Otherwise a
        note belongs to the nearest heading above it, and to the nearest at all if none is above.

        Args:
            headings: as `find` gave them.
            detections: the notes.
            width: of the photo, pixels.
            height: of the photo, pixels.

        Returns:
            An index into `headings` for each note; None where there are no headings.
        """
        if not headings:
            return tuple(None for _ in detections)
        sizes = [_letter_size(heading) for heading in headings]
        main = [i for i, size in enumerate(sizes) if size >= 0.6 * max(sizes)]
        if len(main) == 1:
            return tuple(main[0] for _ in detections)
        unit = max(width, height, 1)
        return tuple(
            min(main, key=lambda i: _distance(headings[i], detection) / unit)
            for detection in detections
        )

    def _read(
        self, image: NDArray[np.uint8], boxes: Sequence[TextBox], scale: float
    ) -> list[_Read]:
        # Cut from the full photo: the small one only told where to look.
        full = [TextBox(box.corners * scale, box.score) for box in boxes]
        rows = self._recogniser([cut_line(image, box) for box in full])
        reads = []
        for box, row in zip(full, rows, strict=True):
            letters, uppers = self._alphabet.fold(row)
            decoded = decode(letters, uppers, self._alphabet, self._language)
            chances = [c for word in decoded.words for c in word.characters]
            if sum(letter.isalpha() for letter in decoded.text) < 2:
                continue
            confidence = sum(chances) / len(chances)
            reads.append(_Read(box, decoded, confidence))
        return reads

    def _headings(self, groups: Sequence[Sequence[_Read]]) -> list[tuple[Heading, float]]:
        """The groups that are headings, with the height of their letters."""
        return [found for group in groups if (found := self._heading(group)) is not None]

    def _heading(self, group: Sequence[_Read]) -> tuple[Heading, float] | None:
        lines = order_lines([read.box for read in group])
        by_box = {id(read.box): read for read in group}
        text = " ".join(by_box[id(box)].decoded.text for line in lines for box in line)
        weights = [len(read.decoded.text) for read in group]
        confidence = float(np.average([read.confidence for read in group], weights=weights))
        if confidence < _LEAST_CONFIDENCE:
            return None
        if self._options.expected:
            matched = _match(text, self._options.expected, self._options.match)
            if matched is None:
                return None
            text, similarity = matched
            confidence = max(confidence, similarity)
        height = float(np.median([read.box.height for read in group]))
        return Heading(text, min(1.0, confidence), _outline(group)), height


def _note_mask(
    detections: Sequence[Detection], size: tuple[int, int], scale: float
) -> NDArray[np.uint8]:
    mask = np.zeros(size[::-1], np.uint8)
    for detection in detections:
        if len(detection.polygon) >= 3:
            outline = np.round(np.asarray(detection.polygon) * scale).astype(np.int32)
            cv2.fillPoly(mask, [outline], 255)
    return mask


def _without_notes(image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Notes painted over with the board around them."""
    if not mask.any():
        return image
    grown = cv2.dilate(mask, np.ones((5, 5), np.uint8))
    free = (grown == 0).astype(np.float32)
    window = max(15, round(0.12 * max(mask.shape)) | 1)
    total = cv2.blur(free, (window, window))[..., None]
    paper = cv2.blur(image.astype(np.float32) * free[..., None], (window, window))
    everywhere = image[grown == 0].mean(axis=0) if (grown == 0).any() else image.mean(axis=(0, 1))
    filled = np.where(total > 0.01, paper / np.maximum(total, 1e-6), everywhere)
    result = np.where((grown > 0)[..., None], filled, image)
    return np.ascontiguousarray(np.clip(result, 0, 255), dtype=np.uint8)


def _is_on(group: Sequence[_Read], mask: NDArray[np.uint8], scale: float) -> bool:
    """Whether most of what was read, in pixels of the photo, lies on the mask."""
    boxes = [TextBox(read.box.corners * scale, read.box.score) for read in group]
    return sum(_on_note(box, mask) for box in boxes) > len(boxes) / 2


def _on_note(box: TextBox, mask: NDArray[np.uint8]) -> bool:
    inside = np.zeros_like(mask)
    cv2.fillPoly(inside, [np.round(box.corners).astype(np.int32)], 1)
    cells = int(inside.sum())
    return cells == 0 or float((mask[inside > 0] > 0).mean()) > 0.3


def _groups(reads: Sequence[_Read]) -> list[list[_Read]]:
    """Pieces that stand together and are of one size are one heading."""
    groups: list[list[_Read]] = []
    for read in sorted(reads, key=lambda r: -r.box.height):
        near = [g for g in groups if any(_together(read.box, other.box) for other in g)]
        merged = [read, *(member for group in near for member in group)]
        groups = [g for g in groups if g not in near]
        groups.append(merged)
    return groups


def _together(a: TextBox, b: TextBox) -> bool:
    if max(a.height, b.height) > 1.7 * min(a.height, b.height):
        return False
    size = (a.height + b.height) / 2
    (ax0, ay0), (ax1, ay1) = a.corners.min(axis=0), a.corners.max(axis=0)
    (bx0, by0), (bx1, by1) = b.corners.min(axis=0), b.corners.max(axis=0)
    gap_x = max(ax0, bx0) - min(ax1, bx1)
    gap_y = max(ay0, by0) - min(ay1, by1)
    beside = gap_x < 1.5 * size and gap_y < -0.3 * size
    below = gap_y < 0.9 * size and gap_x < -0.3 * min(ax1 - ax0, bx1 - bx0)
    return bool(beside or below)


def _outline(group: Sequence[_Read]) -> Polygon:
    points = np.concatenate([read.box.corners for read in group]).astype(np.float32)
    corners = np.asarray(cv2.boxPoints(cv2.minAreaRect(points)), dtype=np.float64)
    return clockwise(tuple((float(x), float(y)) for x, y in corners.tolist()))


def _letter_size(heading: Heading) -> float:
    """Side of a square that a letter has for itself, so that several small lines are no large one."""
    return math.sqrt(area(heading.polygon) / max(1, len(heading.text)))


def _distance(heading: Heading, detection: Detection) -> float:
    note = np.asarray(detection.polygon).mean(axis=0)
    card = np.asarray(heading.polygon)
    left, right = card[:, 0].min(), card[:, 0].max()
    dx = max(left - note[0], 0.0, note[0] - right)
    dy = note[1] - card[:, 1].mean()
    # A heading below a note is rarely the note's own.
    return float(math.hypot(1.5 * dx, dy if dy >= 0 else -4 * dy))


def _match(text: str, expected: Sequence[str], least: float) -> tuple[str, float] | None:
    """The expected heading that this text is most like, if it is like enough."""
    plain = _plain(text)
    scored = []
    for name in expected:
        other = _plain(name)
        ratio = difflib.SequenceMatcher(None, plain, other, autojunk=False).ratio()
        scored.append((ratio, name))
    best = max(scored, default=(0.0, ""))
    return (best[1], best[0]) if best[0] >= least else None


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())
