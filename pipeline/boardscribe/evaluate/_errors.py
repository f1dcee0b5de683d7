"""Pictures of what went wrong: each photo with its errors marked, and sheets of the errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe.errors import InputError
from boardscribe.evaluate._pairs import PhotoPairs, pair_photos
from boardscribe.evaluate._truth import load_truth
from boardscribe.records import Polygon
from boardscribe.snapshot import Snapshot

__all__ = ["write_errors"]

Picture = NDArray[np.uint8]

_MISSED, _FALSE, _SHAPE, _HIT = "missed", "false", "shape", "hit"
# BGR, told apart by people with any colour vision (Okabe and Ito); the letter says it too.
_COLOURS = {
    _MISSED: (167, 121, 204),
    _FALSE: (0, 94, 213),
    _SHAPE: (178, 114, 0),
    _HIT: (115, 158, 0),
}
_DARK = {kind: (b // 2, g // 2, r // 2) for kind, (b, g, r) in _COLOURS.items()}
"""Dark enough for white text."""

_LETTERS = {_MISSED: "M", _FALSE: "F", _SHAPE: "S", _HIT: ""}

_TILE = 220
_CAPTION = 40
_ACROSS, _DOWN = 6, 8
_MARGIN = 0.25
"""Of a note's size, shown around it on a tile."""


@dataclass(frozen=True, slots=True)
class _Mark:
    kind: str
    polygon: Polygon
    label: str


def write_errors(
    snapshot: Snapshot, truth_dir: Path, workspace: Path, out: Path, *, iou: float = 0.5
) -> int:
    """Write pictures of every missed note, false alarm and wrong shape.

    For each photo that has an error, `photo-NNN.jpg` shows its preview with true outlines that
    were found (thin), missed notes (M), false alarms (F) and wrong shapes (S, true > found). The
    sheets `missed-NN.jpg`, `false-NN.jpg` and `shape-NN.jpg` show the errors side by side.
    Pictures of an earlier call are replaced. A photo whose preview is gone is left out.

    Args:
        snapshot: what the workspace knows.
        truth_dir: see `boardscribe.evaluate.evaluate`.
        workspace: folder that the paths of previews are relative to.
        out: folder to write to; made if need be.
        iou: least overlap of a hit.

    Returns:
        the number of pictures written.

    Raises:
        InputError: the truth cannot be read, or `out` cannot be written.
    """
    pairs = pair_photos(snapshot, load_truth(truth_dir), iou=iou)
    tiles: dict[str, list[Picture]] = {_MISSED: [], _FALSE: [], _SHAPE: []}
    pictures: dict[str, Picture] = {}
    for number, photo in enumerate(pairs, start=1):
        marks = [mark for mark in _marks(photo) if mark.kind != _HIT]
        preview = _preview(photo, workspace)
        if preview is None or not marks:
            continue
        for mark in marks:
            tiles[mark.kind].append(_tile(preview, photo, mark))
        pictures[f"photo-{number:03}.jpg"] = _overlay(preview, photo)
    for kind, some in tiles.items():
        for page, sheet in enumerate(_sheets(some), start=1):
            pictures[f"{kind}-{page:02}.jpg"] = sheet
    _write(pictures, out)
    return len(pictures)


def _marks(photo: PhotoPairs) -> Iterator[_Mark]:
    for row, column in photo.pairs:
        true, (_, seen) = photo.truth.notes[row], photo.found[column]
        shape = seen.shape.shape.value
        if shape == true.shape:
            yield _Mark(_HIT, true.polygon, "")
        else:
            yield _Mark(_SHAPE, true.polygon, f"{true.shape} > {shape}")
    for missed in photo.missed:
        yield _Mark(_MISSED, missed.polygon, f"{missed.shape}, {missed.legible}")
    for _, seen in photo.false_alarms:
        confidence = f"{seen.shape.shape.value}, {seen.detection.confidence:.2f}"
        yield _Mark(_FALSE, seen.detection.polygon, confidence)


def _preview(photo: PhotoPairs, workspace: Path) -> Picture | None:
    if photo.entry is None or photo.entry.preview is None:
        return None
    try:
        data = (workspace / photo.entry.preview).read_bytes()
    except OSError:
        return None
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    return None if image is None else np.asarray(image, dtype=np.uint8)


def _points(photo: PhotoPairs, polygon: Polygon) -> NDArray[np.int32]:
    assert photo.entry is not None
    scaled = np.asarray(polygon, dtype=np.float64) * photo.entry.preview_scale
    # A truth for another photo may lie anywhere; drawing takes 16 bits.
    return np.rint(np.clip(scaled, -9999, 9999)).astype(np.int32)


def _overlay(preview: Picture, photo: PhotoPairs) -> Picture:
    image = preview.copy()
    size = max(image.shape[:2])
    thick = max(2, size // 400)
    for mark in sorted(_marks(photo), key=lambda mark: mark.kind != _HIT):
        points = _points(photo, mark.polygon)
        _outline(image, points, mark.kind, 1 if mark.kind == _HIT else thick)
        if mark.kind != _HIT:
            text = f"{_LETTERS[mark.kind]} {mark.label}" if mark.kind == _SHAPE else mark.kind
            # A false alarm often lies on the missed note it should have been: its name goes below.
            (x, top), bottom = points.min(axis=0), points[:, 1].max()
            y = bottom + 16 if mark.kind == _FALSE else top - 6
            place = (max(4, int(x)), min(max(16, int(y)), image.shape[0] - 6))
            _write_text(image, text, place, size / 2400 + 0.2, mark.kind)
    return image


def _tile(preview: Picture, photo: PhotoPairs, mark: _Mark) -> Picture:
    """The place of an error with what is around it, outlined, with a caption."""
    points = _points(photo, mark.polygon)
    low, high = points.min(axis=0), points.max(axis=0)
    border = np.maximum((high - low) * _MARGIN, 8).astype(np.int32)
    height, width = preview.shape[:2]
    left, top = np.clip(low - border, 0, [width - 1, height - 1])
    right, bottom = np.clip(high + border, [left + 1, top + 1], [width, height])
    part = preview[top:bottom, left:right]
    scale = min(_TILE / part.shape[1], _TILE / part.shape[0])
    shape = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    part = np.asarray(cv2.resize(part, shape, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    outline = np.rint((points - [left, top]) * scale).astype(np.int32)
    _outline(part, outline, mark.kind, 2)
    tile = np.full((_TILE + _CAPTION, _TILE, 3), 255, dtype=np.uint8)
    tile[: part.shape[0], : part.shape[1]] = part
    _write_text(tile, f"{_LETTERS[mark.kind]} {mark.label}", (4, _TILE + 15), 0.42, mark.kind)
    _write_text(tile, photo.truth.name[:30], (4, _TILE + 34), 0.38, None)
    return tile


def _outline(image: Picture, points: NDArray[np.int32], kind: str, thick: int) -> None:
    # White beneath, or a pink line is lost on a pink note.
    for colour, width in (((255, 255, 255), thick + 2), (_COLOURS[kind], thick)):
        cv2.polylines(image, [points], True, colour, width, cv2.LINE_AA)


def _write_text(
    image: Picture, text: str, place: tuple[int, int], scale: float, kind: str | None
) -> None:
    """White text on the colour of the kind; dark on what is there where there is none."""
    plain = "".join(char if " " <= char <= "~" else "?" for char in text)
    font = cv2.FONT_HERSHEY_SIMPLEX
    colour = (60, 60, 60)
    if kind:
        (width, height), below = cv2.getTextSize(plain, font, scale, 1)
        corner = (place[0] + width + 2, place[1] + below)
        cv2.rectangle(image, (place[0] - 3, place[1] - height - 3), corner, _DARK[kind], -1)
        colour = (255, 255, 255)
    cv2.putText(image, plain, place, font, scale, colour, 1, cv2.LINE_AA)


def _sheets(tiles: Sequence[Picture]) -> Iterator[Picture]:
    size = _ACROSS * _DOWN
    for start in range(0, len(tiles), size):
        page = tiles[start : start + size]
        rows = -(-len(page) // _ACROSS)
        across = min(len(page), _ACROSS)
        height, width = _TILE + _CAPTION, _TILE
        sheet = np.full((rows * (height + 8), across * (width + 8), 3), 255, dtype=np.uint8)
        for index, tile in enumerate(page):
            top, left = index // _ACROSS * (height + 8), index % _ACROSS * (width + 8)
            sheet[top : top + height, left : left + width] = tile
        yield sheet


def _write(pictures: dict[str, Picture], out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        for kind in ("photo", _MISSED, _FALSE, _SHAPE):
            for old in out.glob(f"{kind}-[0-9]*.jpg"):
                old.unlink()
        for name, picture in pictures.items():
            data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 88])[1]
            (out / name).write_bytes(data.tobytes())
    except OSError as error:
        raise InputError(
            f"cannot write {out}: {error.strerror or error}",
            remedy="Name a folder where you may write with --errors.",
        ) from error
