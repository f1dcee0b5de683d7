"""The engine that reads nothing: for finding and sorting notes without their texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from boardscribe.engines.base import EngineInfo, EngineText
from boardscribe.options import ReadOptions

__all__ = ["Null", "create", "describe"]


class Null:
    """Reads nothing; its notes count as not attempted, not as blank."""

    name = "null"
    version = "1"

    def read(self, crops: Sequence[NDArray[np.uint8]]) -> tuple[EngineText, ...]:
        """See `boardscribe.engines.Engine`."""
        return tuple(EngineText() for _ in crops)


def create(options: ReadOptions) -> Null:
    """Entry point of the group `boardscribe.engines`."""
    del options
    return Null()


def describe() -> EngineInfo:
    """What `boardscribe doctor` says about this engine."""
    return EngineInfo(Null.name, Null.version, available=True)
