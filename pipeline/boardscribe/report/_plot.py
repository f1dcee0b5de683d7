"""The plot of how review went, as numbers that the template draws in SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from boardscribe.progress import Moment

__all__ = ["HEIGHT", "WIDTH", "Plot", "plot"]

WIDTH, HEIGHT = 600, 180
"""Of the plot's area in units of the drawing; labels lie outside."""
_LABELS = 4


@dataclass(frozen=True, slots=True)
class Plot:
    """Two lines over time: questions asked, questions answered."""

    asked: str
    """Path data of the upper line."""
    answered: str
    area: str
    """Path data of the surface under the lower line."""
    across: tuple[tuple[float, str, str], ...]
    """Place, label and `text-anchor` of the moments named below the plot."""
    up: tuple[tuple[float, int], ...]
    """Place and number of the lines across it."""


def plot(course: Sequence[Moment]) -> Plot | None:
    """Lay out a course; None where there is nothing to draw."""
    highest = max((moment.asked for moment in course), default=0)
    if len(course) < 2 or not highest:
        return None
    step = _round_step(highest)
    top = step * math.ceil(highest / step)
    xs = [WIDTH * index / (len(course) - 1) for index in range(len(course))]

    def path(values: Sequence[int]) -> str:
        points = [(x, HEIGHT - HEIGHT * value / top) for x, value in zip(xs, values, strict=True)]
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)

    answered = path([moment.answered for moment in course])
    return Plot(
        asked=path([moment.asked for moment in course]),
        answered=answered,
        area=f"{answered}V{HEIGHT}H0Z",
        across=_across(course, xs),
        up=tuple((HEIGHT - HEIGHT * number / top, number) for number in range(step, top + 1, step)),
    )


def _round_step(highest: int) -> int:
    """A step of 1, 2 or 5 with so many zeros that two to four steps reach the highest."""
    power = int(10 ** max(0, math.floor(math.log10(highest)) - 1))
    return next(
        step
        for step in (p * f for p in (power, 10 * power) for f in (1, 2, 5))
        if highest / step <= _LABELS
    )


def _across(course: Sequence[Moment], xs: Sequence[float]) -> tuple[tuple[float, str, str], ...]:
    count = min(_LABELS, len(course))
    places = sorted({round(i * (len(course) - 1) / (count - 1)) for i in range(count)})
    whole_days = all(moment.at[11:16] == "00:00" for moment in course)
    shown = []
    for place in places:
        moment = datetime.fromisoformat(course[place].at)
        label = moment.strftime("%Y-%m-%d" if whole_days else "%m-%d %H:%M")
        anchor = "start" if place == 0 else "end" if place == len(course) - 1 else "middle"
        shown.append((round(xs[place], 1), label, anchor))
    return tuple(shown)
