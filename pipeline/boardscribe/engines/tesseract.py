"""Tesseract, where the program is installed: weak on handwriting, good on printed headings.

Lines of all notes are stacked into tall pages, so that one process reads many of them.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import cv2
import numpy as np
import pytesseract
from numpy.typing import NDArray

from boardscribe.engines._networks import Detector
from boardscribe.engines._strips import Strip, cut_strips, texts_of
from boardscribe.engines.base import EngineInfo, EngineText, EngineWord
from boardscribe.errors import EngineError, MissingComponentError
from boardscribe.options import ReadOptions

__all__ = ["Tesseract", "create", "describe"]

_INSTALL = "sudo apt-get install tesseract-ocr   (macOS: brew install tesseract)"
_HEIGHT = 48
_GAP = 40
_PAGE_LINES = 40
_TIMEOUT = 120
_ONE_THREAD = threading.Lock()


class Tesseract:
    """Tesseract's LSTM engine on lines found by the text detector."""

    name = "tesseract"

    def __init__(self, options: ReadOptions) -> None:
        del options
        program = _program_version()
        if not program:
            raise MissingComponentError(
                "the engine `tesseract` needs the program tesseract, which is not installed",
                remedy=f"Run `{_INSTALL}`.",
            )
        self.version = f"1+tesseract{program}"
        self._detector = Detector()

    def read(self, crops: Sequence[NDArray[np.uint8]]) -> tuple[EngineText, ...]:
        """See `boardscribe.engines.Engine`.

        Raises:
            EngineError: the program failed or took longer than two minutes for a page.
        """
        strips = list(cut_strips(self._detector, crops, height=_HEIGHT))
        read = []
        for start in range(0, len(strips), _PAGE_LINES):
            page = strips[start : start + _PAGE_LINES]
            read += [
                (strip, words, 0.0) for strip, words in zip(page, _read_page(page), strict=True)
            ]
        return texts_of(len(crops), read)


def create(options: ReadOptions) -> Tesseract:
    """Entry point of the group `boardscribe.engines`."""
    return Tesseract(options)


def describe() -> EngineInfo:
    """What `boardscribe doctor` says about this engine."""
    program = _program_version()
    if program:
        return EngineInfo(Tesseract.name, f"1+tesseract{program}", available=True)
    return EngineInfo(
        Tesseract.name,
        "",
        available=False,
        missing="the program tesseract is not installed",
        install=_INSTALL,
    )


def _program_version() -> str:
    if shutil.which(pytesseract.pytesseract.tesseract_cmd) is None:
        return ""
    try:
        return str(pytesseract.get_tesseract_version()).split()[0]
    except (pytesseract.TesseractNotFoundError, OSError, SystemExit):
        return ""


@contextmanager
def _single_thread() -> Iterator[None]:
    """Tesseract's own threads make it slower; pytesseract passes this process's environment."""
    with _ONE_THREAD:
        before = os.environ.get("OMP_THREAD_LIMIT")
        os.environ["OMP_THREAD_LIMIT"] = "1"
        try:
            yield
        finally:
            if before is None:
                del os.environ["OMP_THREAD_LIMIT"]
            else:
                os.environ["OMP_THREAD_LIMIT"] = before


def _dark_on_light(strip: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey, dark ink on light paper, full contrast."""
    grey = strip.max(axis=2)
    paper = cv2.GaussianBlur(grey, (0, 0), 24)
    flat = np.clip(grey.astype(np.float32) / np.maximum(paper, 1) * 200, 0, 255)
    low, high = np.percentile(flat, (1, 90))
    stretched = np.clip((flat - low) / max(float(high - low), 1.0) * 255, 0, 255)
    if np.median(stretched) < 128:
        stretched = 255 - stretched
    return np.asarray(stretched, dtype=np.uint8)


def _read_page(strips: Sequence[Strip]) -> list[tuple[EngineWord, ...]]:
    pictures = [_dark_on_light(strip.picture) for strip in strips]
    width = max(picture.shape[1] for picture in pictures) + 2 * _GAP
    step = _HEIGHT + _GAP
    page = np.full((step * len(strips) + _GAP, width), 255, np.uint8)
    for row, picture in enumerate(pictures):
        top = _GAP + row * step
        page[top : top + _HEIGHT, _GAP : _GAP + picture.shape[1]] = picture
    try:
        with _single_thread():
            data = pytesseract.image_to_data(
                page,
                lang="eng",
                config="--oem 1 --psm 6 --dpi 150",
                output_type=pytesseract.Output.DICT,
                timeout=_TIMEOUT,
            )
    except (pytesseract.TesseractError, RuntimeError) as error:
        raise EngineError(
            f"tesseract failed: {error}",
            remedy="Run `tesseract --list-langs`: `eng` must be among them.",
        ) from error
    rows: list[list[tuple[int, EngineWord]]] = [[] for _ in strips]
    for text, chance, left, top, height in zip(
        data["text"], data["conf"], data["left"], data["top"], data["height"], strict=True
    ):
        word = "".join(str(text).split())
        probability = float(chance) / 100
        if not word or probability < 0:
            continue
        row = min(len(strips) - 1, max(0, int((top + height / 2 - _GAP / 2) // step)))
        characters = tuple(min(1.0, max(0.0, probability)) for _ in word)
        rows[row].append((int(left), EngineWord(word, characters)))
    return [tuple(word for _, word in sorted(row, key=lambda item: item[0])) for row in rows]
