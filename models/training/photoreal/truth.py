"""What a photograph truly shows, counted from the renderer's index picture.

The index picture has the photograph's camera, twice its width and height, and one ray
through the middle of each pixel: which note the pixel shows and which place of the
note's texture. Nothing is estimated: outlines are the borders of those pixels, and a
word counts as visible when most of its ink's places are among them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.photoreal.handwriting import ILLEGIBLE
from training.photoreal.outlines import is_simple, signed_area
from training.photoreal.specs import VERSION, NoteSpec, SceneSpec

__all__ = ["Written", "photo_truth"]

CELLS = 72
WORD_VISIBLE = 0.75
NOTE_VISIBLE = 0.04


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """What was written on a note: its lines, and places (u, v) of each word's ink."""

    lines: tuple[str, ...]
    ink: tuple[NDArray[np.float64], ...]
    area: float


def _simplified(mask: NDArray[np.uint8], tolerance: float) -> NDArray[np.float64]:
    """The largest piece's border in index pixels, clockwise, from its upper left corner."""
    found, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not found:
        return np.zeros((0, 2))
    contour = max(found, key=cv2.contourArea)
    line = cv2.approxPolyDP(contour, tolerance, True)[:, 0].astype(np.float64)
    # With y down the area is positive for a clockwise polygon.
    if signed_area(line) < 0:
        line = line[::-1]
    return np.roll(line, -int(np.argmin(line.sum(axis=1))), axis=0)


def _outline(mask: NDArray[np.uint8]) -> list[list[float]]:
    """The largest visible piece's border, photo pixels, clockwise, without crossings.

    Simplifying may let two sides cross, and so may a neck one pixel wide: then the border
    is simplified less, and at last without its threads.
    """
    open_mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    for picture, tolerance in ((mask, 1.1), (mask, 0.7), (open_mask, 1.1), (open_mask, 0.7)):
        line = _simplified(np.asarray(picture, dtype=np.uint8), tolerance)
        if len(line) >= 3 and is_simple(line):
            return [[round((a + 0.5) / 2, 1), round((b + 0.5) / 2, 1)] for a, b in line.tolist()]
    return []


def _seen(uv: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which cells of the note's texture the photograph shows."""
    grid = np.zeros((CELLS, CELLS), np.uint8)
    cells = np.clip((uv * CELLS).astype(int), 0, CELLS - 1)
    grid[cells[:, 1], cells[:, 0]] = 1
    return np.asarray(cv2.morphologyEx(grid, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0)


def _text(written: Written, seen: NDArray[np.bool_]) -> tuple[str, str]:
    """The text as it can be read, and how far that is all of it."""
    if not written.lines:
        return "", "blank"
    words, lines, read = 0, [], 0
    for line in written.lines:
        parts: list[str] = []
        for token in line.split():
            visible = 0.0
            if words < len(written.ink) and len(written.ink[words]):
                uv = np.clip((written.ink[words] * CELLS).astype(int), 0, CELLS - 1)
                visible = float(seen[uv[:, 1], uv[:, 0]].mean())
            words += 1
            legible = visible >= WORD_VISIBLE and token != ILLEGIBLE
            read += legible
            parts.append(token if legible else ILLEGIBLE)
        lines.append(" ".join(parts))
    if not read:
        return ILLEGIBLE, "none"
    return "\n".join(lines), "full" if read == words else "partial"


def _angle(uv: NDArray[np.float64], xy: NDArray[np.float64]) -> float:
    """How far the note is turned clockwise in the photograph, in degrees."""
    design = np.column_stack([uv, np.ones(len(uv))])
    fit, *_ = np.linalg.lstsq(design, xy, rcond=None)
    return round(math.degrees(math.atan2(fit[0, 1], fit[0, 0])), 1)


def _note(
    number: int, note: NoteSpec, written: Written, index: NDArray[np.uint16]
) -> dict[str, Any] | None:
    mask = (index[..., 2] == number * 257).astype(np.uint8)
    ys, xs = np.nonzero(mask)
    if len(xs) < 60:
        return None
    uv = index[ys, xs][:, [1, 0]].astype(np.float64) / 65535
    xy = np.column_stack([xs, ys]).astype(np.float64)
    seen = _seen(uv)
    share = float(seen.mean()) / written.area
    polygon = _outline(mask)
    if share < NOTE_VISIBLE or not polygon:
        return None
    h, w = mask.shape
    cut = bool(xs.min() == 0 or ys.min() == 0 or xs.max() == w - 1 or ys.max() == h - 1)
    text, legible = _text(written, seen)
    return {
        "id": number,
        "shape": note.shape,
        "legible": legible,
        "text": text,
        "polygon": polygon,
        "colour": note.colour,
        "drawing": note.drawing,
        "angle": _angle(uv[:: max(1, len(uv) // 4000)], xy[:: max(1, len(uv) // 4000)]),
        "visible": round(min(1.0, share), 2),
        "hidden": share < 0.97 and not cut,
        "cut_off": cut,
    }


def photo_truth(
    scene: SceneSpec, written: Sequence[Written], index: NDArray[np.uint16],
    *, photo: str, meanings: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    """The truth of one photograph in upright full-size pixels, ready for JSON.

    Args:
        scene: what was rendered; its note `i` has the number `i + 2` in the index picture.
        written: what stands on each note of the scene.
        index: the index picture, BGR 16-bit, twice the photograph's width and height.
        photo: the file name of the photograph.
        meanings: response type of each shape.
    """
    h, w = index.shape[:2]
    notes: list[dict[str, Any]] = []
    for i, (note, text) in enumerate(zip(scene.notes, written, strict=True)):
        found = _note(i + 2, note, text, index)
        if found is not None:
            more = {"id": len(notes) + 1, "piece": i + 1, "meaning": meanings[note.shape]}
            notes.append(found | more)
    card = _outline((index[..., 2] == 257).astype(np.uint8))
    headings = [{"text": scene.heading.text, "polygon": card}] if card else []
    return {
        "photo": photo,
        "width": w // 2,
        "height": h // 2,
        "board": scene.board,
        "notes": notes,
        "headings": headings,
        "made_by": f"models/training/photoreal {VERSION}",
        "seed": scene.seed,
        "surface": scene.surface,
    }
