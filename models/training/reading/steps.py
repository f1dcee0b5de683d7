"""What training the recogniser and training the line detector have in common."""

from __future__ import annotations

import math
import queue as queues
import threading
import time
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["Feed", "advance", "prepared", "rate_at"]

_WARM_UP = 0.04
"""Share of the time in which the rate rises."""
_AVERAGE = 0.998


_Batch = TypeVar("_Batch")


class Feed(Generic[_Batch]):
    """Takes batches from the workers ahead of time."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.waited = 0.0
        """Seconds for which the network waited for batches."""
        self._ready: queues.Queue[_Batch] = queues.Queue(4)
        threading.Thread(target=self._fill, daemon=True).start()

    def _fill(self) -> None:
        while True:
            self._ready.put(self._source.get())

    def until(self, last: float) -> Iterator[tuple[_Batch, float]]:
        """Batches up to a moment of the monotonic clock, each with the share of the time gone."""
        began = time.monotonic()
        while (now := time.monotonic()) < last:
            batch = self._ready.get(timeout=300)
            self.waited += time.monotonic() - now
            yield batch, (now - began) / (last - began)


def prepared(pictures: np.ndarray, device: torch.device) -> Tensor:
    """N x h x w x 3 bytes to N x 3 x h x w, -1 to 1; grey padding to 0 nearly."""
    moved = torch.from_numpy(pictures).to(device, non_blocking=True)
    return moved.permute(0, 3, 1, 2).float().mul_(2 / 255).sub_(1)


def rate_at(done: float) -> float:
    """Factor on the rate: up in the warm-up, then down along a cosine."""
    if done < _WARM_UP:
        return max(0.02, done / _WARM_UP)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (done - _WARM_UP) / (1 - _WARM_UP)))


def advance(
    module: nn.Module,
    average: nn.Module,
    optimiser: torch.optim.Optimizer,
    value: Tensor,
    *,
    rate: float,
    count: int,
    clip: float,
) -> None:
    """One step down a loss.

    Args:
        module: the network.
        average: the running average of its weights, which follows.
        optimiser: of the network.
        value: the loss.
        rate: of learning.
        count: how many steps were taken before: the average begins short.
        clip: greatest norm of the gradient.
    """
    optimiser.zero_grad(set_to_none=True)
    value.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(module.parameters(), clip)
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.step()
    keep = min(_AVERAGE, (1 + count) / (10 + count))
    with torch.no_grad():
        torch._foreach_lerp_(list(average.parameters()), list(module.parameters()), 1 - keep)
