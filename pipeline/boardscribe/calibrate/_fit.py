"""Logistic regression with a Gaussian prior, by Newton's method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from boardscribe.confidence import Logistic, standardised

__all__ = ["fit_logistic", "refit"]

_STRENGTH = 10.0
"""Precision of the prior of a refitted weight: about what ten clear examples are worth."""


def fit_logistic(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    *,
    precision: float,
    weight: NDArray[np.float64] | None = None,
    centre: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """The most probable coefficients of a logistic model.

    Args:
        x: n x k, standardised figures.
        y: n, 1 where it was right.
        precision: of the Gaussian prior of each weight; the intercept has next to none.
        weight: n, how much each row counts; one each where None.
        centre: 1 + k, where the prior lies, intercept first; zero where None.

    Returns:
        1 + k coefficients, intercept first.
    """
    design = np.column_stack([np.ones(len(x)), x])
    counts = np.ones(len(x)) if weight is None else weight
    start = np.zeros(design.shape[1]) if centre is None else centre
    theta = start.copy()
    ridge = np.diag([1e-4, *[precision] * x.shape[1]])

    def cost(at: NDArray[np.float64]) -> float:
        logits = design @ at
        away = at - start
        loss = counts @ (np.logaddexp(0.0, logits) - y * logits)
        return float(loss + 0.5 * away @ ridge @ away)

    now = cost(theta)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(design @ theta, -30, 30)))
        gradient = design.T @ (counts * (p - y)) + ridge @ (theta - start)
        hessian = (design * (counts * p * (1 - p))[:, None]).T @ design + ridge
        step = np.linalg.solve(hessian, gradient)
        # Newton's step overshoots where the start is far off: half as far until it helps.
        while (then := cost(theta - step)) > now and np.abs(step).max() > 1e-9:
            step = step / 2
        theta, now = theta - step, then
        if np.abs(step).max() < 1e-8:
            break
    return theta


def refit(model: Logistic, rows: Sequence[Mapping[str, float]], right: Sequence[bool]) -> Logistic:
    """A model moved towards what new examples say, and no further than they can carry it.

    The prior lies at the old weights, so that a figure which the examples tell nothing about
    keeps its weight.
    """
    names = [name for name, *_ in model.terms]
    x = np.array([[standardised(row, term) for term in model.terms] for row in rows], np.float64)
    old = np.array([model.intercept, *(weight for _, weight, _, _ in model.terms)])
    theta = fit_logistic(
        x.reshape(len(rows), len(names)),
        np.asarray(right, np.float64),
        precision=_STRENGTH,
        centre=old,
    )
    return Logistic(
        round(float(theta[0]), 4),
        tuple(
            (name, round(float(weight), 4), middle, spread)
            for weight, (name, _, middle, spread) in zip(theta[1:], model.terms, strict=True)
        ),
    )
