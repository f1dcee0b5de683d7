"""Two notes or more in one outline -> an outline each.

People mark such notes; the cut is found where the picture shows an edge between like pieces, or
is given as a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe._geometry import clockwise, polygon_of, to_array
from boardscribe.errors import InputError
from boardscribe.records import Polygon

__all__ = ["Line", "drawn", "split"]

_SIDE: Final = 480
"""Longest side in pixels of the picture that is cut."""
_MARGIN: Final = 8
_COLOUR: Final = 0.6
"""How much a difference of colour counts against one of place, when like pieces are looked for."""
_CORE: Final = 0.55
"""A piece is sure where it is at least this deep, of its greatest depth."""
_LEAST: Final = 0.08
"""Share of the whole that a piece must have."""
_COLOURS: Final = ((40, 20, 200), (200, 80, 20), (20, 140, 20), (160, 20, 160))


@dataclass(frozen=True, slots=True)
class Line:
    """A straight cut, in pixels of the photo."""

    first: tuple[float, float]
    second: tuple[float, float]


def split(
    image: NDArray[np.uint8], outline: Polygon, *, pieces: int = 2, cut: Line | None = None
) -> tuple[Polygon, ...]:
    """Cut an outline into pieces.

    Args:
        image: the upright photo, BGR, H x W x 3.
        outline: in pixels of the photo.
        pieces: how many notes it holds; 2 where a line is given.
        cut: where to cut; found in the picture where None.

    Returns:
        Outlines in pixels of the photo, clockwise, left to right.

    Raises:
        InputError: the pieces found are no notes, or the line does not meet the outline.
    """
    points = to_array(outline)
    left, top = np.floor(points.min(axis=0)).astype(int) - _MARGIN
    right, bottom = np.ceil(points.max(axis=0)).astype(int) + _MARGIN
    left, top = max(0, left), max(0, top)
    part = image[top : max(top + 1, bottom), left : max(left + 1, right)]
    scale = min(1.0, _SIDE / max(part.shape[:2]))
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    origin = np.array([left, top], np.float64)
    mask = np.zeros(small.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint((points - origin) * scale).astype(np.int32)], 1)
    if cut is None:
        labels = _by_edges(np.asarray(small, np.uint8), mask, pieces)
    else:
        labels = _by_line(mask, (np.array([cut.first, cut.second]) - origin) * scale)
        pieces = 2
    found = []
    for label in range(1, pieces + 1):
        contour = _contour((labels == label).astype(np.uint8))
        if contour is None or cv2.contourArea(contour) < _LEAST * mask.sum():
            raise InputError(
                "the outline cannot be cut so: a piece would be too small for a note",
                remedy="Give the line between the notes with --cut, or another number of --pieces.",
            )
        found.append(clockwise(polygon_of(contour.reshape(-1, 2) / scale + origin)))
    return tuple(sorted(found, key=lambda one: min((x, y) for x, y in one)))


def drawn(image: NDArray[np.uint8], outlines: tuple[Polygon, ...]) -> bytes:
    """A JPEG that shows the pieces where they are, for a person to look at."""
    points = np.concatenate([to_array(one) for one in outlines])
    room = 0.15 * float(np.ptp(points, axis=0).max())
    left, top = np.maximum(0, np.floor(points.min(axis=0) - room)).astype(int)
    right, bottom = np.ceil(points.max(axis=0) + room).astype(int)
    part = image[top:bottom, left:right]
    scale = 900 / max(part.shape[:2])
    shown = np.ascontiguousarray(cv2.resize(part, None, fx=scale, fy=scale))
    for number, outline in enumerate(outlines):
        line = np.rint((to_array(outline) - [left, top]) * scale).astype(np.int32)
        cv2.polylines(shown, [line], True, (255, 255, 255), 7, cv2.LINE_AA)
        cv2.polylines(shown, [line], True, _COLOURS[number % len(_COLOURS)], 3, cv2.LINE_AA)
    _, data = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, 88])
    return data.tobytes()


def _by_edges(image: NDArray[np.uint8], mask: NDArray[np.uint8], pieces: int) -> NDArray[np.int32]:
    """Labels 1 to `pieces`: like pieces first, then the edge between their middles.

    Source: marker-controlled watershed (Meyer 1992), with markers from k-means over place and
    colour.
    """
    rows, columns = np.nonzero(mask)
    smooth = cv2.medianBlur(image, 9)
    lab = cv2.cvtColor(smooth, cv2.COLOR_BGR2LAB)[rows, columns].astype(np.float32)
    size = float(np.sqrt(len(rows)))
    place = np.stack([columns, rows], axis=1).astype(np.float32) / size
    # Hue rather than brightness: a shadow falls across a note, a colour does not.
    values = np.concatenate([place, _COLOUR * lab[:, 1:] / 40], axis=1).astype(np.float32)
    cv2.setRNGSeed(1)  # the same cut every time
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 50, 1e-4)
    _, number, _ = cv2.kmeans(values, pieces, np.zeros(0), stop, 5, cv2.KMEANS_PP_CENTERS)
    markers = np.zeros(mask.shape, np.int32)
    for label in range(pieces):
        own = np.zeros(mask.shape, np.uint8)
        own[rows[number[:, 0] == label], columns[number[:, 0] == label]] = 1
        depth = cv2.distanceTransform(own, cv2.DIST_L2, 5)
        markers[depth >= _CORE * max(1.0, float(depth.max()))] = label + 1
    outside = cv2.dilate(mask, np.ones((5, 5), np.uint8)) == 0
    markers[outside] = pieces + 1
    labels = cv2.watershed(cv2.GaussianBlur(image, (0, 0), 1.5), markers)
    result: NDArray[np.int32] = np.where(mask > 0, labels, 0).astype(np.int32)
    return result


def _by_line(mask: NDArray[np.uint8], ends: NDArray[np.float64]) -> NDArray[np.int32]:
    """Labels 1 and 2: the two sides of a line."""
    (x, y), (x2, y2) = ends
    rows, columns = np.indices(mask.shape)
    side = (columns - x) * (y2 - y) - (rows - y) * (x2 - x)
    result: NDArray[np.int32] = np.where(mask > 0, np.where(side < 0, 1, 2), 0).astype(np.int32)
    return result


def _contour(mask: NDArray[np.uint8]) -> NDArray[np.int32] | None:
    """The outline of the largest piece, smoothed a little; None where there is none."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    whole = cv2.morphologyEx(
        cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel), cv2.MORPH_OPEN, kernel
    )
    contours, _ = cv2.findContours(whole, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    largest = max(contours, key=cv2.contourArea)
    found = np.asarray(cv2.approxPolyDP(largest, 1.2, True), np.int32)
    return found if len(found) >= 3 else None
