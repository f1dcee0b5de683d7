"""Maps of what each cell shows -> one mask a note.

Each cell of a note says where the centre of its note is. Cells that point to the same place
are one note, whether or not they touch another note of the same colour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe.segment._exchange import exchange
from boardscribe.segment._join import join
from boardscribe.segment._labels import cells_of
from boardscribe.segment._net import Maps

__all__ = ["Instance", "instances", "pieces"]

_NOTE: Final = 0.4
"""Cells above this probability may belong to a note."""
_BLUR: Final = 1.2
"""Cells that votes are spread over; more than they scatter, less than the smallest note."""
_LEAST_AREA: Final = 14
"""Cells of the smallest note."""
_ASTRAY: Final = 1.0
"""Cells that point farther past their centre than this, in sizes of the note, belong to none."""
_MARGIN: Final = 2
"""Empty cells around each mask."""
_APART: Final = 0.3
"""Centres closer than this share of the note's size are one."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One note as a mask within a box of the map, and what speaks for it."""

    left: int
    top: int
    mask: NDArray[np.uint8]
    """0 or 1, a cell a pixel; one connected piece without holes, two empty cells all around."""
    area: float
    """Cells."""
    features: tuple[float, ...]
    """See `_features`: what the confidence is computed from."""
    whole: float
    """Probability that nothing covers part of it."""
    shapes: tuple[float, ...]
    """Mean log-probability of each shape over its cells, in the order of `Shape`."""


def instances(maps: Maps) -> list[Instance]:
    """The notes of one photo, in no particular order."""
    labels, missed, count = pieces(maps)
    if count == 0:
        return []
    notes = exchange(join(maps, labels, count)[labels], maps.colour, count)
    return _relative(_masks(maps, notes, missed, count))


def pieces(maps: Maps) -> tuple[NDArray[np.int32], NDArray[np.float32], int]:
    """Cells that point to the same place, before those of one note are joined.

    Returns:
        The number of each cell's piece, H x W, 0 for none; how far from the piece's place each cell
        points, in sizes of the note; the number of pieces.
    """
    height, width = maps.note.shape
    labels = np.zeros((height, width), np.int32)
    missed = np.zeros((height, width), np.float32)
    rows, columns = np.nonzero(maps.note > _NOTE)
    if len(rows) == 0:
        return labels, missed, 0
    land_x = columns + maps.offset_x[rows, columns]
    land_y = rows + maps.offset_y[rows, columns]
    # Cells at the rim are the least sure of their note, cells in its middle the most.
    weight = maps.note[rows, columns] * (0.1 + maps.depth[rows, columns])
    size = maps.size[rows, columns]
    seeds, nearest = _seeds(land_x, land_y, weight, size, (height, width))
    if len(seeds) == 0:
        return labels, missed, 0
    cell_x = np.clip(np.rint(land_x), 0, width - 1).astype(np.intp)
    cell_y = np.clip(np.rint(land_y), 0, height - 1).astype(np.intp)
    number = nearest[cell_y, cell_x]
    miss = np.hypot(land_x - seeds[number, 0], land_y - seeds[number, 1]) / np.maximum(size, 1)
    labels[rows, columns] = np.where(miss < _ASTRAY, number + 1, 0)
    missed[rows, columns] = miss
    return labels, missed, len(seeds)


def _seeds(
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    weight: NDArray[np.float32],
    size: NDArray[np.float32],
    shape: tuple[int, int],
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Places that many cells point to, (n, 2), and the number of the nearest one everywhere."""
    height, width = shape
    column = np.clip(np.rint(x), 0, width - 1).astype(np.intp)
    row = np.clip(np.rint(y), 0, height - 1).astype(np.intp)
    flat = row * width + column
    cells = height * width
    votes = np.bincount(flat, weight / np.maximum(size, 2) ** 2, cells)
    sizes = np.bincount(flat, weight * size / np.maximum(size, 2) ** 2, cells)
    # Each vote counts relative to its note's area: a small note is as sure as a large one.
    blurred, summed = (
        np.asarray(cv2.GaussianBlur(m.reshape(shape).astype(np.float32), (0, 0), _BLUR))
        for m in (votes, sizes)
    )
    highest = cv2.dilate(blurred, np.ones((3, 3), np.uint8))
    rows, columns = np.nonzero((blurred >= highest) & (blurred > 1e-4))
    strength = blurred[rows, columns]
    extent = summed[rows, columns] / strength
    # A vote map is as wide as its note is large; compare total votes, not heights of peaks.
    order = np.argsort(-strength * np.maximum(extent, 4) ** 1.0)
    places = np.stack([columns, rows], axis=1)[order]
    reach = _APART * extent[order]
    kept: list[int] = []
    free = np.ones(len(order), bool)
    for k in range(len(order)):
        if free[k]:
            kept.append(int(order[k]))
            away = ((places - places[k]) ** 2).sum(axis=1)
            free &= away >= np.maximum(reach, reach[k]) ** 2
    seeds = np.stack([columns[kept], rows[kept]], axis=1).astype(np.float32)
    ground = np.ones(shape, np.uint8)
    ground[rows[kept], columns[kept]] = 0
    if len(kept) == 0:
        return seeds, np.zeros(shape, np.int32)
    _, label = cv2.distanceTransformWithLabels(
        ground, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    lookup = np.zeros(int(label.max()) + 1, np.int32)
    lookup[label[rows[kept], columns[kept]]] = np.arange(len(kept))
    return seeds, lookup[label]


def _relative(found: list[Instance]) -> list[Instance]:
    """Adds the last feature: how much smaller a note is than the photo's others."""
    if not found:
        return []
    areas = np.array([instance.area for instance in found])
    sure = np.array([instance.features[1] * instance.features[4] for instance in found])
    order = np.argsort(areas)
    share = np.cumsum(sure[order]) / max(float(sure.sum()), 1e-6)
    middle = areas[order][int(np.searchsorted(share, 0.5))]
    return [
        replace(instance, features=(*instance.features, min(0.0, float(np.log(a / middle)))))
        for instance, a in zip(found, areas, strict=True)
    ]


def _masks(
    maps: Maps, labels: NDArray[np.int32], missed: NDArray[np.float32], count: int
) -> list[Instance]:
    """One cleaned mask a label; those too small to be a note are left out."""
    # A margin spares every mask the question whether it touches the border.
    labels = _padded(labels)
    missed, note, edge, size, depth, whole, odd = (
        np.asarray(_padded(layer), np.float32)
        for layer in (missed, maps.note, maps.edge, maps.size, maps.depth, maps.whole, maps.odd)
    )
    # Where the photo ends no paper does: no outline is to be seen there.
    ends = np.ones(labels.shape, bool)
    ends[_MARGIN + 1 : -_MARGIN - 1, _MARGIN + 1 : -_MARGIN - 1] = False
    found = []
    for label, (y, x) in enumerate(cells_of(labels, count), start=1):
        if len(y) < _LEAST_AREA:
            continue
        top, left = int(y.min()) - _MARGIN, int(x.min()) - _MARGIN
        window = slice(top, int(y.max()) + _MARGIN + 1), slice(left, int(x.max()) + _MARGIN + 1)
        own = labels[window] == label
        mask = _clean(own.astype(np.uint8), edge[window], note[window] * depth[window])
        area = int(mask.sum())
        if area < _LEAST_AREA:
            continue
        inside = mask > 0
        rim = _rim(mask) > 0
        seen = rim & ~ends[window]
        voted = inside & own
        features = _features(
            area=area,
            note=float(note[window][inside].mean()),
            missed=float(missed[window][voted].mean()) if voted.any() else 1.0,
            size=float(np.sqrt(area) / max(1.0, _ranked(size[window][inside], 0.5))),
            edge=float(np.minimum(edge[window][seen if seen.any() else rim] * 1.2, 1).mean()),
            depth=_ranked(depth[window][inside], 0.95),
            odd=float(odd[window][inside].mean()),
        )
        found.append(
            Instance(
                left=left - _MARGIN,
                top=top - _MARGIN,
                mask=mask,
                area=float(area),
                features=features,
                whole=float(whole[window][inside].mean()),
                shapes=_shapes(maps.shapes, mask, top - _MARGIN, left - _MARGIN),
            )
        )
    return found


def _shapes(
    logits: NDArray[np.float32], mask: NDArray[np.uint8], top: int, left: int
) -> tuple[float, ...]:
    height, width = logits.shape[1:]
    rows, columns = np.nonzero(mask)
    # Neighbours say the same: some hundred cells tell as much as all.
    step = 1 + len(rows) // 400
    rows, columns = rows[::step] + top, columns[::step] + left
    seen = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    own = logits[:, rows[seen], columns[seen]]
    own = own - own.max(axis=0)
    own -= np.log(np.exp(own).sum(axis=0))
    return tuple(float(value) for value in own.mean(axis=1))


def _padded(layer: NDArray[Any]) -> NDArray[Any]:
    margins = (_MARGIN,) * 4
    return np.asarray(cv2.copyMakeBorder(layer, *margins, cv2.BORDER_CONSTANT, value=0))


def _ranked(values: NDArray[np.float32], share: float) -> float:
    """The value that so large a share does not exceed."""
    at = int(share * (len(values) - 1))
    return float(np.partition(values, at)[at])


def _clean(
    mask: NDArray[np.uint8], edge: NDArray[np.float32], middle: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """One piece without holes and frayed ends, that does not run on beyond an outline."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    smooth = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, cross), np.uint8)
    core = smooth * (edge < 0.5)
    count, pieces = cv2.connectedComponents(core.astype(np.uint8), connectivity=4)
    if count > 2:
        weight = np.bincount(pieces.ravel(), (middle * core).ravel())
        best = (pieces == int(weight.argmax())).astype(np.uint8)
        block = np.ones((3, 3), np.uint8)
        grown = np.asarray(cv2.dilate(best, block, iterations=2), np.uint8) & smooth
        # Pieces that an outline of some width takes off are no matter, what lies behind one is.
        if grown.sum() < 0.88 * smooth.sum():
            smooth = np.asarray(cv2.dilate(best, block), np.uint8) & smooth
    return _largest_filled(smooth)


def _features(
    *,
    area: float,
    note: float,
    missed: float,
    size: float,
    edge: float,
    depth: float,
    odd: float,
) -> tuple[float, ...]:
    """What tells a whole note from a scrap, two notes taken as one, or something else.

    log area; how sure its cells are that this is paper; how far apart the places are that they
    point to; log of its size over the size they expect; how much of the rim looks like an
    outline; how sure the middle is to be a middle; how odd its shape is. `_relative` adds one more.
    """
    return (float(np.log(area)), note, missed, abs(float(np.log(size))), edge, depth, odd)


def _largest_filled(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(mask)
    if contours:
        largest = max(contours, key=cv2.contourArea)
        cv2.drawContours(filled, [largest], -1, 1, cv2.FILLED)
    return filled


def _rim(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(mask - cv2.erode(mask, np.ones((3, 3), np.uint8)))
