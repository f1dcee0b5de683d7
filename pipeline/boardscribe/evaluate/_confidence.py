"""Whether confidence means what it says: calibration, ranking, and what acceptance lets through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bin", "CoveragePoint", "Reliability", "reliability"]

_BINS = 10
_FINE = 100
"""Points of the fine curve of risk over coverage."""
_RISKS = (0.01, 0.02, 0.05, 0.1)


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """Accepting the surest `coverage` of the notes lets `risk` of them through wrong."""

    coverage: float
    threshold: float
    """Confidence of the least sure note accepted."""
    risk: float


@dataclass(frozen=True, slots=True)
class Bin:
    """The notes whose confidence lies in one tenth."""

    notes: int
    mean_confidence: float
    right: float
    """Share that is right."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """Measures of confidence against being right; None where there is nothing to measure."""

    notes: int
    right: float | None
    """Share that is right."""
    mean_confidence: float | None
    ece_width: float | None
    """Expected calibration error over ten bins of equal width."""
    ece_mass: float | None
    """The same over ten bins of equally many notes."""
    brier: float | None
    auroc: float | None
    """Chance that a right note has more confidence than a wrong one."""
    curve: tuple[CoveragePoint, ...]
    """Risk at each tenth of coverage."""
    coverage_at_risk: tuple[tuple[float, float], ...]
    """For each risk, the greatest coverage that stays within it."""
    bins: tuple[Bin, ...] = ()
    """Tenths of confidence that hold notes, lowest first: the reliability diagram."""
    fine_curve: tuple[tuple[float, float], ...] = ()
    """Coverage and risk, from few notes to all."""


def reliability(confidences: Sequence[float], right: Sequence[bool]) -> Reliability:
    """Measure confidences (0 to 1) of texts against whether each is right."""
    count = len(confidences)
    if count == 0:
        return Reliability(0, None, None, None, None, None, None, (), ())
    given = np.asarray(confidences, dtype=np.float64)
    truth = np.asarray(right, dtype=np.float64)
    # Best first; notes of equal confidence are accepted or refused together.
    order = np.argsort(-given, kind="stable")
    given, truth = given[order], truth[order]
    width = np.minimum((given * _BINS).astype(np.int64), _BINS - 1)
    mass = np.arange(count) * _BINS // count
    return Reliability(
        notes=count,
        right=float(truth.mean()),
        mean_confidence=float(given.mean()),
        ece_width=_ece(given, truth, width),
        ece_mass=_ece(given, truth, mass),
        brier=float(np.mean((given - truth) ** 2)),
        auroc=_auroc(given, truth),
        curve=tuple(_point(given, truth, tenth / 10) for tenth in range(1, 11)),
        coverage_at_risk=tuple((risk, _coverage(given, truth, risk)) for risk in _RISKS),
        bins=tuple(
            Bin(int(own.sum()), float(given[own].mean()), float(truth[own].mean()))
            for tenth in range(_BINS)
            if (own := width == tenth).any()
        ),
        fine_curve=_fine(given, truth),
    )


def _fine(
    given: NDArray[np.float64], truth: NDArray[np.float64]
) -> tuple[tuple[float, float], ...]:
    wrong = np.cumsum(1 - truth) / np.arange(1, len(truth) + 1)
    ends = np.flatnonzero(np.append(given[:-1] > given[1:], True))
    chosen = ends[np.unique(np.linspace(0, len(ends) - 1, min(_FINE, len(ends))).astype(int))]
    return tuple((float((at + 1) / len(truth)), float(wrong[at])) for at in chosen)


def _ece(given: NDArray[np.float64], truth: NDArray[np.float64], bins: NDArray[np.int64]) -> float:
    gaps = np.zeros(_BINS)
    np.add.at(gaps, bins, given - truth)
    return float(np.abs(gaps).sum() / len(given))


def _auroc(given: NDArray[np.float64], truth: NDArray[np.float64]) -> float | None:
    good, bad = given[truth == 1], given[truth == 0]
    if not len(good) or not len(bad):
        return None
    above = (good[:, None] > bad[None, :]).sum() + 0.5 * (good[:, None] == bad[None, :]).sum()
    return float(above / (len(good) * len(bad)))


def _point(
    given: NDArray[np.float64], truth: NDArray[np.float64], coverage: float
) -> CoveragePoint:
    threshold = float(given[max(0, round(coverage * len(given)) - 1)])
    accepted = given >= threshold
    return CoveragePoint(
        coverage=float(accepted.mean()),
        threshold=threshold,
        risk=float(1 - truth[accepted].mean()),
    )


def _coverage(given: NDArray[np.float64], truth: NDArray[np.float64], risk: float) -> float:
    wrong = np.cumsum(1 - truth) / np.arange(1, len(truth) + 1)
    # Only where the next note has less confidence can a threshold be drawn.
    ends = np.append(given[:-1] > given[1:], True)
    within = np.flatnonzero(ends & (wrong <= risk + 1e-12))
    return float((within[-1] + 1) / len(truth)) if len(within) else 0.0
