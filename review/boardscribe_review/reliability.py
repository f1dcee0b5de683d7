"""How far readers can be trusted, from the words that several of them read.

The one-coin model of A. P. Dawid and A. M. Skene, "Maximum likelihood estimation of observer
error-rates using the EM algorithm", Applied Statistics 28(1), 1979: a reader gets a share `a` of
all words right, and errs in one of K ways otherwise. With two or three readers a note and open
sets of words a full confusion matrix cannot be estimated; one number a reader can.

The numbers weigh votes and go nowhere else: no export, no report, no table ranks people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from boardscribe_review.alignment import align, tokens
from boardscribe_review.consensus import PRIOR_ACCURACY

__all__ = ["accuracies", "estimate"]

Votes = Sequence[tuple[str, str]]
"""Reader and what they wrote in one place."""

_PRIOR_WORDS = 20.0
"""The prior counts as much as so many words."""
_WRONG_WORDS = 4.0
_ROUNDS = 50
_STILL = 1e-4


def accuracies(notes: Iterable[Mapping[str, str]]) -> dict[str, float]:
    """Share of words that each reader gets right, as far as overlap tells.

    Args:
        notes: texts by reader; those with a single reader say nothing and are passed over.

    Returns:
        By reader, 0 to 1; a reader without overlap is left out.
    """
    places: list[Votes] = []
    for texts in notes:
        if len(texts) < 2:
            continue
        readers = sorted(texts)
        for slot in align([tokens(texts[reader]) for reader in readers]):
            places.append(
                [
                    (reader, token.key if token is not None else "")
                    for reader, token in zip(readers, slot, strict=True)
                    if token is None or token.key
                ]
            )
    return estimate([votes for votes in places if len(votes) > 1])


def estimate(places: Sequence[Votes]) -> dict[str, float]:
    """Accuracy of each reader by expectation maximisation.

    Args:
        places: the votes in each place, two or more.
    """
    readers = {reader for votes in places for reader, _ in votes}
    found = dict.fromkeys(sorted(readers), PRIOR_ACCURACY)
    for _ in range(_ROUNDS):
        right: dict[str, float] = defaultdict(float)
        total: dict[str, float] = defaultdict(float)
        for votes in places:
            chances = _posterior(votes, found)
            for reader, word in votes:
                right[reader] += chances[word]
                total[reader] += 1
        new = {
            reader: (right[reader] + PRIOR_ACCURACY * _PRIOR_WORDS) / (total[reader] + _PRIOR_WORDS)
            for reader in found
        }
        moved = max((abs(new[reader] - found[reader]) for reader in found), default=0.0)
        found = new
        if moved < _STILL:
            break
    return found


def _posterior(votes: Votes, accuracy: Mapping[str, float]) -> dict[str, float]:
    """Chance of each word written that it is right; the rest is that none is."""
    scores = {}
    none = 1.0
    for reader, _ in votes:
        none *= (1 - accuracy[reader]) / _WRONG_WORDS
    for word in {word for _, word in votes}:
        score = 1.0
        for reader, said in votes:
            a = accuracy[reader]
            score *= a if said == word else (1 - a) / _WRONG_WORDS
        scores[word] = score
    # Any of K other words may be right where none is.
    whole = sum(scores.values()) + none * _WRONG_WORDS
    return {word: score / whole for word, score in scores.items()}
