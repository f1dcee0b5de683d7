"""Pictures of boards with one note marked, for the questions that show it.

Small, and made once for each sighting: a thousand questions about one board need its preview
only once.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe.files import write_whole
from boardscribe.records import Polygon
from boardscribe.snapshot import PhotoEntry, SightingEntry, Snapshot

__all__ = ["context_path", "draw_contexts", "marked"]

_LONGEST = 720
"""Longest side in pixels: enough to see where on the board the note is, and its neighbours."""
_QUALITY = 72
_THREADS = 4
_DARK, _LIGHT = (40, 20, 200), (255, 255, 255)


def context_path(sighting_id: str) -> str:
    """Where the picture of a sighting on its board is, relative to the workspace."""
    return f"review/context/{sighting_id[:2]}/{sighting_id}.jpg"


def draw_contexts(
    workspace: Path,
    snapshot: Snapshot,
    wanted: Iterable[tuple[str, str]],
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Write the pictures that are missing.

    Args:
        workspace: its folder.
        snapshot: of it.
        wanted: sighting id, and path of its picture relative to the workspace.
        progress: told how many were seen to.

    Returns:
        How many were written. One whose photo has no preview is left out.
    """
    photos = {entry.photo.sha256: entry for entry in snapshot.photos}
    seen = {s.sighting_id: s for note in snapshot.notes for s in note.sightings}
    todo: dict[str, list[tuple[SightingEntry, Path]]] = defaultdict(list)
    for sighting_id, place in wanted:
        target = workspace / place
        if sighting_id in seen and not target.is_file():
            sighting = seen[sighting_id]
            todo[sighting.photo_sha256].append((sighting, target))

    def draw(sha256: str) -> int:
        board = _board(workspace, photos.get(sha256))
        if board is None:
            return 0
        image, scale = board
        for sighting, target in todo[sha256]:
            write_whole(target, marked(image, sighting.detection.polygon, scale), durable=False)
        return len(todo[sha256])

    written = 0
    # Threads are enough: OpenCV and the disk do the work, and neither holds the interpreter.
    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
        for sha256, number in zip(todo, pool.map(draw, todo), strict=True):
            written += number
            progress(len(todo[sha256]))
    return written


def marked(image: NDArray[np.uint8], polygon: Polygon, scale: float) -> bytes:
    """A JPEG of the board with the note outlined, light within dark so that it shows anywhere.

    Args:
        image: h x w x 3, BGR.
        polygon: of the note in pixels of the photo.
        scale: pixels of the image per pixel of the photo.
    """
    shown = image.copy()
    points = np.round(np.array(polygon) * scale).astype(np.int32).reshape(-1, 1, 2)
    width = max(2, round(max(image.shape[:2]) / 240))
    cv2.polylines(shown, [points], True, _LIGHT, 3 * width, cv2.LINE_AA)
    cv2.polylines(shown, [points], True, _DARK, width, cv2.LINE_AA)
    _, data = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes()


def _board(workspace: Path, entry: PhotoEntry | None) -> tuple[NDArray[np.uint8], float] | None:
    """The photo's preview, small, and its pixels per pixel of the photo."""
    if entry is None or entry.preview is None:
        return None
    path = workspace / entry.preview
    if not path.resolve().is_relative_to(workspace.resolve()) or not path.is_file():
        return None
    image = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        return None
    factor = min(1.0, _LONGEST / max(image.shape[:2]))
    if factor < 1:
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(image, dtype=np.uint8), entry.preview_scale * factor
