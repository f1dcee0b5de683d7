"""Which confidence is enough: thresholds chosen by a promise about the error they let through.

The promise: of the texts accepted without review, at most `target_error` are wrong, and that is
so with probability `target_confidence` over the notes that happened to be there for choosing.
The method is Learn then Test (Angelopoulos, Bates, Candes, Jordan, Lei, "Learn then Test:
Calibrating Predictive Algorithms to Achieve Risk Control", Annals of Applied Statistics 19(2),
2025; arXiv:2110.01052): fixed-sequence testing from several starts, with exact binomial tests.
`docs/decisions/0008-confidence.md` says what it assumes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from boardscribe.options import DecideOptions

__all__ = [
    "Acceptance",
    "Evidence",
    "Judged",
    "Threshold",
    "acceptance_in_force",
    "choose_threshold",
    "format_acceptance",
    "highest_error",
]

Judged = tuple[tuple[float, bool], ...]
"""Confidence of each note or word, and whether it was right."""

_ALLOWED_WRONG = (0, 1, 3, 10)
"""Each start is the fewest notes that can pass with this many wrong ones. A start with none
allowed reaches a promise with the fewest notes; the later ones forgive an early mistake."""
_CERTAIN_WORD = 0.8
"""Marking every word would tell nobody where to look."""
_RANKS = 200
"""Most thresholds tried from one start; a finer sequence gains nothing."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Notes whose truth is known, never used in fitting the model that gave the confidences."""

    text: Judged = ()
    """Notes read as text: right where the whole text is, but for case and spaces."""
    blank: Judged = ()
    """Notes read as blank: right where there is no writing."""
    word: Judged = ()
    """One word of each note: words of one note are right or wrong together."""
    engines: tuple[str, ...] = ()
    """The engines that read these notes; nothing is promised for others."""
    source: str = ""
    """Where the notes came from, in words."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A least confidence, and why it is that."""

    least: float | None
    """Accepted from this confidence on; None where nothing can be accepted."""
    reason: str
    """In words that a person can read."""
    judged: int = 0
    """Notes it was chosen on, accepted or not; 0 for one that a person set."""
    accepted: int = 0
    """Of those, the ones it accepts."""
    wrong: int = 0
    """Of the accepted ones, those that are wrong."""

    def accepts(self, confidence: float) -> bool:
        """Whether so sure a reading needs nobody."""
        return self.least is not None and confidence >= self.least


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The thresholds in force."""

    text: Threshold
    blank: Threshold
    word: Threshold
    """What is promised of the words that are not shown as uncertain."""
    engines: tuple[str, ...] | None = None
    """Engines whose confidence the thresholds were chosen for; None means any."""

    @property
    def certain_word(self) -> float:
        """Words below this confidence are shown as uncertain, promise or not."""
        return _CERTAIN_WORD if self.word.least is None else self.word.least

    def covers(self, engine: str) -> bool:
        """Whether anything is promised for what this engine reads."""
        return self.engines is None or engine in self.engines


def acceptance_in_force(options: DecideOptions, evidence: Evidence) -> Acceptance:
    """The thresholds that options and evidence lead to.

    A threshold that the options state outright is taken as it is, with no promise; the others
    are chosen from the evidence.
    """
    chosen = {
        "text": options.accept,
        "blank": options.accept_blank,
        "word": options.certain_word,
    }
    thresholds = {
        kind: _stated(value, name)
        if value is not None
        else choose_threshold(
            getattr(evidence, kind),
            target_error=options.target_error,
            target_confidence=options.target_confidence,
        )
        for (kind, value), name in zip(
            chosen.items(), ("accept", "accept_blank", "certain_word"), strict=True
        )
    }
    # Who states a threshold vouches for the engine, too.
    engines = None if options.accept is not None else evidence.engines
    return Acceptance(**thresholds, engines=engines)


def choose_threshold(judged: Judged, *, target_error: float, target_confidence: float) -> Threshold:
    """The lowest confidence from which on at most `target_error` are wrong.

    From each start, ever more of the surest notes are tested, until a test fails: that the share
    of wrong ones among all such notes exceeds `target_error` must be refuted by the binomial
    distribution at level (1 - `target_confidence`) / number of starts. The starts depend on the
    targets alone, never on what was right.

    Args:
        judged: notes like those that will be accepted, each with its confidence and whether it
            was right. A confidence from a model that saw the note in fitting promises too much.
        target_error: greatest share of wrong ones among the accepted, 0 to 1.
        target_confidence: how sure that must be, 0 to 1.

    Returns:
        The threshold; `least` is None where the notes are too few or too often wrong.

    Example:
        >>> surest = tuple((0.99 - i / 1000, True) for i in range(80))
        >>> rest = tuple((0.5 - i / 1000, False) for i in range(80))
        >>> chosen = choose_threshold(surest + rest, target_error=0.05, target_confidence=0.9)
        >>> chosen.accepted, chosen.wrong, round(chosen.least, 3)
        (80, 0, 0.911)
    """
    promise = f"at most {_share(target_error)} wrong, {_share(target_confidence)} sure"
    level = (1 - target_confidence) / len(_ALLOWED_WRONG)
    ranked = sorted(judged, key=lambda pair: -pair[0])
    wrong_among = [0]
    for _, right in ranked:
        wrong_among.append(wrong_among[-1] + (not right))
    best = 0
    for allowed in _ALLOWED_WRONG:
        start = _fewest(allowed, target_error, level)
        for count in _ranks(ranked, start):
            if _binomial_cdf(wrong_among[count], count, target_error) > level:
                break
            best = max(best, count)
    if not best:
        fewest = _fewest(0, target_error, level)
        why = (
            f"only {len(ranked)} checked notes, and {fewest} are the fewest for a promise of"
            if len(ranked) < fewest
            else f"the {len(ranked)} checked notes do not support"
        )
        return Threshold(None, f"nothing is accepted: {why} {promise}", len(ranked))
    least = ranked[best - 1][0]
    return Threshold(least, f"{promise}, by {len(ranked)} checked notes", len(ranked), best,
                     wrong_among[best])  # fmt: skip


def highest_error(wrong: int, count: int, *, confidence: float) -> float:
    """The greatest error rate that so few wrong ones leave possible, 0 to 1.

    The one-sided exact limit of Clopper and Pearson (Biometrika 26, 1934).
    """
    if wrong >= count:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if _binomial_cdf(wrong, count, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def format_acceptance(acceptance: Acceptance, options: DecideOptions) -> list[str]:
    """The thresholds in force, one line each, with why they are that."""
    confidence = options.target_confidence
    lines = [
        f"  texts   {_described(acceptance.text, confidence)}",
        f"  blank   {_described(acceptance.blank, confidence)}",
        f"  words   shown as uncertain below {acceptance.certain_word:.2f}"
        + ("" if acceptance.word.least is not None else " (nothing is promised of the others)"),
    ]
    if acceptance.engines is not None:
        lines.append(f"  engines {', '.join(acceptance.engines) or 'none'}")
    return lines


def _described(threshold: Threshold, confidence: float) -> str:
    if threshold.least is None:
        return threshold.reason
    if not threshold.judged:
        return f"accepted from confidence {threshold.least:.2f} on, {threshold.reason}"
    bound = highest_error(threshold.wrong, threshold.accepted, confidence=confidence)
    return (
        f"accepted from confidence {threshold.least:.2f} on: {threshold.reason}, "
        f"{threshold.accepted} of them so sure and {threshold.wrong} of those wrong "
        f"(at most {100 * bound:.1f} % by the binomial limit)"
    )


def _stated(value: float, name: str) -> Threshold:
    return Threshold(value, f"set by {name} in boardscribe.toml")


def _ranks(ranked: Sequence[tuple[float, bool]], start: int) -> list[int]:
    """Numbers of surest notes to test, from `start` on; notes of equal confidence go together."""
    ends = [
        count
        for count in range(start, len(ranked) + 1)
        if count == len(ranked) or ranked[count - 1][0] > ranked[count][0]
    ]
    step = max(1, len(ends) // _RANKS)
    return ends[::step]


def _fewest(wrong: int, error: float, level: float) -> int:
    """Fewest notes of which so many may be wrong that an error rate of `error` is refuted."""
    low, high = wrong, 2 * (wrong + 1)
    while _binomial_cdf(wrong, high, error) > level:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if _binomial_cdf(wrong, middle, error) > level:
            low = middle
        else:
            high = middle
    return high


def _binomial_cdf(successes: int, trials: int, probability: float) -> float:
    """Probability of at most so many successes."""
    if probability <= 0:
        return 1.0
    if probability >= 1:
        return float(successes >= trials)
    log_p, log_q = math.log(probability), math.log1p(-probability)
    top = math.lgamma(trials + 1)
    return min(
        1.0,
        math.fsum(
            math.exp(
                top
                - math.lgamma(k + 1)
                - math.lgamma(trials - k + 1)
                + k * log_p
                + (trials - k) * log_q
            )
            for k in range(successes + 1)
        ),
    )


def _share(value: float) -> str:
    return f"{100 * value:g} %"
