"""One to one assignment: the best one, and how probable each pair is over all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["best_pairs", "pair_probabilities"]


def best_pairs(value: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pairs of rows and columns, each used at most once, whose sum of values is greatest.

    Pairs worth nothing or less are left out. The Hungarian method with potentials, O(n^2 m).

    Args:
        value: rows x columns; what a pair is worth.

    Returns:
        (row, column) in the order of rows.
    """
    if value.shape[0] > value.shape[1]:
        return sorted((row, column) for column, row in best_pairs(value.T))
    rows, columns = value.shape
    if not rows:
        return []
    # Not to pair is always possible: a pair below nothing costs as much as nothing.
    cost = -np.maximum(value, 0.0)
    potential_row = np.zeros(rows + 1)
    potential_column = np.zeros(columns + 1)
    owner = np.zeros(columns + 1, np.int64)  # row + 1 of each column; column 0 is the root
    for row in range(1, rows + 1):
        owner[0] = row
        least = np.full(columns + 1, np.inf)
        before = np.zeros(columns + 1, np.int64)
        done = np.zeros(columns + 1, bool)
        column = 0
        while True:
            done[column] = True
            current = owner[column]
            free = np.flatnonzero(~done[1:]) + 1
            reduced = cost[current - 1, free - 1] - potential_row[current] - potential_column[free]
            better = reduced < least[free]
            least[free[better]] = reduced[better]
            before[free[better]] = column
            following = free[np.argmin(least[free])]
            delta = least[following]
            used = np.flatnonzero(done)
            potential_row[owner[used]] += delta
            potential_column[used] -= delta
            least[free] -= delta
            column = following
            if owner[column] == 0:
                break
        while column:
            owner[column] = owner[before[column]]
            column = before[column]
    pairs = [(int(owner[c]) - 1, c - 1) for c in range(1, columns + 1) if owner[c]]
    return sorted((row, column) for row, column in pairs if value[row, column] > 0)


def pair_probabilities(
    weight: NDArray[np.float64],
    row_alone: NDArray[np.float64],
    column_alone: NDArray[np.float64],
    *,
    rounds: int = 300,
) -> NDArray[np.float64]:
    """How probable each pair is, where every row and column is paired once or left alone.

    Belief propagation over the pairs (the monomer-dimer model): each row tells each column how
    free the other columns leave it, and the other way round, until the messages settle.

    Args:
        weight: rows x columns; odds of a pair against leaving both alone.
        row_alone: odds of leaving each row alone; more than nothing.
        column_alone: odds of leaving each column alone; more than nothing.
        rounds: messages at most.

    Returns:
        rows x columns; no row or column sums to more than 1.
    """
    to_column: NDArray[np.float64] = np.ones_like(weight)
    to_row: NDArray[np.float64] = np.ones_like(weight)
    for _ in range(rounds):
        heard = weight * to_row
        others = heard.sum(axis=1, keepdims=True) - heard
        following = 1.0 / (row_alone[:, None] + np.maximum(others, 0.0))
        heard = weight * following
        others = heard.sum(axis=0, keepdims=True) - heard
        answer = 1.0 / (column_alone[None, :] + np.maximum(others, 0.0))
        settled = np.allclose(following, to_column, rtol=1e-3) and np.allclose(
            answer, to_row, rtol=1e-3
        )
        # Half a step: the messages of a loop of alike pairs would swing for ever.
        to_column = np.sqrt(to_column * following)
        to_row = np.sqrt(to_row * answer)
        if settled:
            break
    odds = weight * to_column * to_row
    shares = odds / (1.0 + odds)
    shares = shares / np.maximum(1.0, shares.sum(axis=1, keepdims=True))
    result: NDArray[np.float64] = shares / np.maximum(1.0, shares.sum(axis=0, keepdims=True))
    return result
