"""Files of line pictures with their texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["MARGIN", "WIDE_HEIGHT", "Line", "load", "save"]

MARGIN = 0.4
"""Surroundings kept on each side of a line for training, in heights of the line."""
WIDE_HEIGHT = 72


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A piece of a line of writing."""

    name: str
    """`photo:note:line:piece:view`."""
    board: str
    text: str
    """What is written there; empty where that is not known."""
    strip: NDArray[np.uint8]
    """48 x w x 3, BGR: what the recogniser is given."""
    wide: NDArray[np.uint8]
    """72 x w x 3, BGR: the same with surroundings, in colour, from the largest picture."""


def save(path: Path, lines: Sequence[Line]) -> None:
    """Keep lines in one file."""
    blobs: list[bytes] = []  # WebP above 100 is lossless
    for line in lines:
        # What is without a text is never read, only trained on: the wide picture is enough.
        strip = line.strip if line.text else line.strip[:, :8]
        blobs.append(cv2.imencode(".webp", strip, [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes())
        blobs.append(cv2.imencode(".jpg", line.wide, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
    np.savez_compressed(
        path,
        names=np.array([line.name for line in lines]),
        boards=np.array([line.board for line in lines]),
        texts=np.array([line.text for line in lines]),
        pixels=np.frombuffer(b"".join(blobs), np.uint8),
        lengths=np.array([len(blob) for blob in blobs], np.int64),
    )


def load(path: Path) -> list[Line]:
    """Lines that `save` kept."""
    data = np.load(path)
    ends = np.cumsum(data["lengths"])
    pixels = data["pixels"]
    pictures = [
        np.asarray(cv2.imdecode(pixels[end - length : end], cv2.IMREAD_COLOR), np.uint8)
        for end, length in zip(ends.tolist(), data["lengths"].tolist(), strict=True)
    ]
    rows = zip(data["names"], data["boards"], data["texts"], strict=True)
    return [
        Line(str(name), str(board), str(text), pictures[2 * i], pictures[2 * i + 1])
        for i, (name, board, text) in enumerate(rows)
    ]
