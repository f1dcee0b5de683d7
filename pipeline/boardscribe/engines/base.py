"""What an OCR engine is: pictures of notes in, text with confidences out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from boardscribe.records import Polygon

__all__ = ["FAILED", "Engine", "EngineInfo", "EngineLine", "EngineText", "EngineWord"]

FAILED = "failed"
"""Feature of an `EngineText` that is no reading: the engine could not do this note."""


@dataclass(frozen=True, slots=True)
class EngineWord:
    """One word as an engine read it."""

    text: str
    characters: tuple[float, ...]
    """Probability of each character, 0 to 1, as the engine gives it (not calibrated)."""
    features: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """What else the engine knows about the word, for calibration."""


@dataclass(frozen=True, slots=True)
class EngineLine:
    """One line as an engine read it."""

    words: tuple[EngineWord, ...]
    polygon: Polygon = ()
    """Outline in crop pixels; empty where the engine gives none."""
    log_probability: float = 0.0
    """Natural logarithm of the probability the engine gives the whole line."""

    @property
    def text(self) -> str:
        """The words joined by single spaces."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class EngineText:
    """All that an engine read on one crop; no lines means that it saw no writing."""

    lines: tuple[EngineLine, ...] = ()
    alternatives: tuple[str, ...] = ()
    """Other texts the engine thought of, best first, without the chosen one."""
    features: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """What else the engine knows about the note, for calibration."""

    @property
    def text(self) -> str:
        """The lines joined by newlines."""
        return "\n".join(line.text for line in self.lines)


class Engine(Protocol):
    """An OCR engine. Loaded once a process, then called with the notes of photo after photo.

    One whose model writes text freely, and so may invent it, says `generative = True`: what it
    reads goes to review unless another engine read something like it.
    """

    name: str
    """As used in `[read] engines` of `boardscribe.toml`."""
    version: str
    """Changes whenever the same picture may give another text."""

    def read(self, crops: Sequence[NDArray[np.uint8]]) -> tuple[EngineText, ...]:
        """Read straightened crops (h x w x 3 BGR each); one result a crop, in order.

        They are the notes of one photo: what is clear on one may help to read another.
        """
        ...


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """One line of `boardscribe doctor`."""

    name: str
    version: str
    """Empty where the engine is not usable."""
    available: bool
    weights: tuple[tuple[str, str], ...] = ()
    """File name and SHA-256 of each weight file."""
    missing: str = ""
    """What is missing; empty where nothing is."""
    install: str = ""
    """The command that installs it."""
    niche: bool = False
    """For few: where it is missing, only `doctor` says so."""
