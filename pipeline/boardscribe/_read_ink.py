"""Is there writing at all: how much ink stands out from the paper, and where."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe._ink_apart import apart_from_paper
from boardscribe._pins import pin_in
from boardscribe.records import Polygon

__all__ = ["has_ink", "is_bare", "measure_ink"]

_SIDE = 240
_AROUND = 0.22
"""Size of the surroundings that a pixel is compared with, as a share of the note's shorter side."""
_RIM = 0.12
"""Part of the way from the edge of the paper to its innermost point that is left out."""
_EDGE = 0.2
"""Share of a piece of ink in the rim from which it is the paper's edge and no writing."""
_INNER, _MOST_OUTSIDE = 0.4, 0.6
"""How far a piece must come in, as a part of the way to the innermost point, that more of it may be in
the rim; and how much more."""
_NEAR = 0.35
"""Part of the way to the innermost point within which a faint piece is a shade of the edge."""
_SHADE = 25.0
"""Difference from the paper, in units of Lab of 8 bits, that ink has and such a shade has not."""
_WIDE = 0.04
"""Width from which a piece along the border may be no stroke, as a share of the note's side."""
_BROAD = 1.5
"""How much of the border such a piece takes up, as a multiple of its width."""
_BASE = 0.1
"""Least share of such a piece that lies along the border: bold letters across a tick's arm come near it on
both sides, but do not stand on it."""
_SPECKS = 0.001
"""Share of a picture that specks of the paper may cover; the faintest digit seen covers .009."""
_GLANCE = 160
_FAINT = 7.0, 3.0
"""Difference from the paper around, in units of Lab of 8 bits and of the paper's noise, of the faintest stroke."""
_BARE = 0.0005
"""Share of a picture up to which such strokes are none. Of 1,382 written notes of ten sets the least had .0053;
seven in ten of the 630 blank ones have less than a tenth of it."""
_REACH = 0.02
"""How far strokes reach out of the outline of their line, as a share of the note's side."""


def measure_ink(
    image: NDArray[np.uint8],
    mask: NDArray[np.uint8] | None = None,
    read: Sequence[Polygon] = (),
) -> Mapping[str, float]:
    """Figures about what stands out from the paper; the blank decision is made from them.

    Args:
        image: h x w x 3 BGR, a straightened note.
        mask: h x w, 255 on the paper.
        read: outlines of the lines that were read, in pixels of the image.

    Returns:
        `ink`: share of the inner paper that clearly differs from the paper around it;
        `ink_contrast`: how much the strongest 2 % differ, 0 to 1;
        `ink_thin`: share of that ink in strokes thin enough to be writing;
        `ink_crisp`: how steeply it ends, as a share of its contrast a pixel; left out without ink;
        `ink_noise`: how much the paper itself varies, 0 to 1;
        `ink_unread`: share of the inner paper that is ink outside all lines that were read.
    """
    size = _small(image)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    inner = np.full(size[::-1], 255, np.uint8)
    if mask is not None:
        inner = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    # The rim is left out; on the arm of a tick a rim as wide as a square's would leave nothing.
    depth = np.asarray(cv2.distanceTransform(np.pad(inner, 1), cv2.DIST_C, 3), np.float32)[
        1:-1, 1:-1
    ]
    rim = max(2, round(_RIM * float(depth.max())))
    inside = depth > rim
    if np.count_nonzero(inside) < 30:
        return dict.fromkeys(("ink", "ink_contrast", "ink_thin", "ink_noise", "ink_unread"), 0.0)
    # Beyond the paper the picture is painted smooth: noise is measured on the paper.
    differs = _difference(np.asarray(small, np.uint8))
    noise = float(np.median(differs[inside]))
    apart = _stands_out(differs, noise)
    strokes = _without_edges(_without_pins(apart, differs) & (inner > 0), depth, rim, differs)
    values = differs[inside & (strokes | ~apart)]
    ink = strokes & inside
    thick = cv2.erode(ink.astype(np.uint8), np.ones((7, 7), np.uint8))
    count = int(np.count_nonzero(ink))
    thin = 1 - min(1.0, np.count_nonzero(thick) * 4 / count) if count else 0.0
    return {
        **({"ink_crisp": _crispness(differs, ink)} if count else {}),
        "ink": count / max(1, values.size),
        "ink_contrast": min(1.0, float(np.percentile(values, 98)) / 100 if values.size else 0.0),
        "ink_thin": float(thin),
        "ink_noise": min(1.0, noise / 20),
        "ink_unread": _outside(ink, read, size[0] / image.shape[1]) / max(1, values.size),
    }


def _crispness(differs: NDArray[np.float32], ink: NDArray[np.bool_]) -> float:
    """Shadows and glare end softly, and pens do not."""
    smooth = np.asarray(cv2.GaussianBlur(differs, (0, 0), 1.0), np.float32)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    along = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    near = cv2.dilate(ink.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    slope = float(np.percentile(np.hypot(across, along)[near], 90))
    return slope / max(1.0, float(np.percentile(smooth[ink], 90)))


def _outside(ink: NDArray[np.bool_], read: Sequence[Polygon], scale: float) -> int:
    """How many pixels of the ink lie outside the lines, which are taken a little larger."""
    covered = np.zeros(ink.shape, np.uint8)
    for polygon in read:
        if len(polygon) >= 3:
            cv2.fillPoly(covered, [np.round(np.array(polygon) * scale).astype(np.int32)], 1)
    reach = 2 * round(_REACH * max(ink.shape)) + 1
    covered = np.asarray(cv2.dilate(covered, np.ones((reach, reach), np.uint8)), np.uint8)
    return int(np.count_nonzero(ink & (covered == 0)))


def has_ink(image: NDArray[np.uint8]) -> bool:
    """Whether anything but pins stands out from the paper; a faint stroke is enough.

    Args:
        image: h x w x 3 BGR.
    """
    differs = _difference(image)
    noise = float(np.median(differs))
    ink = _without_pins(_stands_out(differs, noise), differs)
    return bool(np.count_nonzero(ink) > _SPECKS * ink.size)


def is_bare(image: NDArray[np.uint8]) -> bool:
    """Whether so little stands out from the paper, pins included, that no line need be looked for.

    Args:
        image: h x w x 3 BGR.
    """
    small = cv2.resize(image, _small(image, _GLANCE), interpolation=cv2.INTER_AREA)
    differs = _difference(np.asarray(small, np.uint8))
    least, noises = _FAINT
    ink = differs > max(least, noises * float(np.median(differs)))
    return bool(np.count_nonzero(ink) <= _BARE * ink.size)


def _stands_out(differs: NDArray[np.float32], noise: float) -> NDArray[np.bool_]:
    """Where something stands out from the paper around it, whatever the colour of either."""
    return np.asarray(differs > max(12.0, 5 * noise))


def _without_edges(
    ink: NDArray[np.bool_], depth: NDArray[np.float32], rim: int, differs: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """What runs along the edge of the paper taken out: its own shadow, a strip of the board."""
    count, labels = cv2.connectedComponents(ink.astype(np.uint8))
    flat = labels.ravel()
    whole = np.maximum(np.bincount(flat, minlength=count), 1)
    outside = np.bincount(labels[depth <= rim], minlength=count) / whole
    far = np.bincount(flat, depth.ravel(), count) / whole / max(1.0, float(depth.max()))
    strength = np.bincount(flat, differs.ravel(), count) / whole
    deepest = np.zeros(count, np.float32)
    np.maximum.at(deepest, np.asarray(flat, np.intp), depth.ravel())
    # A strong stroke that runs from the rim far into the paper is drawn there.
    drawn = (deepest > _INNER * float(depth.max())) & (strength > _SHADE)
    edges = (outside > np.where(drawn, _MOST_OUTSIDE, _EDGE)) | (
        (far < _NEAR) & (strength < _SHADE)
    )
    return np.asarray(ink & ~edges[labels] & ~_foreign(np.asarray(labels, np.int32), depth))


def _foreign(labels: NDArray[np.int32], depth: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Pieces that lie broadly along the border and are wide: a corner of the board, of a note."""
    edge = (depth > 0) & (depth <= _REACH * max(labels.shape))  # the outmost pixels are painted
    foreign = np.zeros(labels.shape, bool)
    for number in np.unique(labels[edge & (labels > 0)]):
        own = labels == number
        solid = np.pad(own.astype(np.uint8), 1)
        across = 2 * float(cv2.distanceTransform(solid, cv2.DIST_L2, 3).max())
        # The end of a stroke touches the border no wider than the stroke is.
        _, _, w, h = cv2.boundingRect((own & edge).astype(np.uint8))
        broad = math.hypot(w, h) > _BROAD * across
        based = np.count_nonzero(own & edge) > _BASE * np.count_nonzero(own)
        if broad and based and across > _WIDE * max(labels.shape):
            foreign |= own
    return foreign


def _without_pins(ink: NDArray[np.bool_], differs: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Pins and magnets taken out, each with its shadow."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8))
    kept = ink.copy()
    for number in range(1, count):
        x, y, w, h, _ = (int(value) for value in stats[number])
        part = np.s_[y : y + h, x : x + w]
        pin = pin_in(labels[part] == number, differs[part], side=max(ink.shape))
        if pin is not None:
            kept[part] &= ~pin
    return kept


def _small(image: NDArray[np.uint8], side: int = _SIDE) -> tuple[int, int]:
    h, w = image.shape[:2]
    scale = side / max(h, w)
    return max(8, round(w * scale)), max(8, round(h * scale))


def _difference(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Greatest difference in a Lab channel from the paper around."""
    lab = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2LAB), (3, 3), 0)
    return apart_from_paper(np.asarray(lab, np.uint8), _AROUND * min(image.shape[:2]))
