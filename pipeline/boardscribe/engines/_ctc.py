"""Frame-by-frame letter probabilities: a recogniser's classes folded into a Latin alphabet.

Look-alikes (full-width forms, curly quotes) are added to the plain character they stand for;
characters that no Latin hand writes are left out, where a recogniser knows any.
Upper and lower case are decoded together and told apart afterwards: writers mix them freely,
and a beam that has to choose early splits its probability between two spellings of one word.
"""

from __future__ import annotations

import string
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["BULLET", "Alphabet", "greedy", "log_likelihood"]

BULLET = "□"
"""Stands for every drawn box, triangle and star: a bullet, not a letter."""
_KEPT = (
    string.digits
    + string.ascii_letters
    + string.punctuation
    + " £€¥°½¼¾×÷±²³•→←↑↓✓–□"
    + "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŒœŠšŽž"
)
_SAME = {
    "‘": "'", "’": "'", "′": "'", "`": "'", "´": "'", "“": '"', "”": '"', "″": '"', "—": "–",
    "―": "–", "‐": "-", "‑": "-", "−": "-", "·": "•", "∙": "•", "●": "•", "▪": "•", "…": ".",
    "，": ",", "。": ".", "、": ",", "：": ":", "；": ";", "！": "!", "？": "?", "（": "(",
    "）": ")", "【": "[", "】": "]", "～": "~", "｜": "|", "＋": "+", "－": "-", "＝": "=",
    "／": "/", "％": "%", "＆": "&", "＃": "#", "＠": "@", "．": ".", "￥": "¥", "✔": "✓",
    "√": "✓", "☑": "✓", "➔": "→", "➜": "→", "➡": "→", "⇒": "→", "⟶": "→", "✕": "×", "✖": "×",
    "〇": "O", "ー": "-", "一": "-", "丨": "|", "☐": "□", "口": "□", "ロ": "□", "△": "□", "▢": "□",
    "◻": "□", "■": "□", "▲": "□", "▽": "□", "◇": "□", "☆": "□", "★": "□",
}  # fmt: skip


class Alphabet:
    """Maps the recogniser's classes to the letters that are decoded.

    `letters[0]` is the CTC blank (the empty string); the rest are single characters, without
    case. `cased` gives, for each letter, the classes of its upper and its lower form.
    """

    def __init__(self, characters: Sequence[str]) -> None:
        """Fold the recogniser's alphabet.

        Args:
            characters: the character of each class, the blank (class 0) and the space (last
                class) included as the empty string and `" "`.
        """
        plain = [_plain(character) for character in characters]
        letters = sorted({p.lower() for p in plain if p is not None and len(p.lower()) == 1})
        self.letters: tuple[str, ...] = ("", *letters)
        index = {letter: i for i, letter in enumerate(self.letters)}
        self.index = index
        kept, target, upper = [0], [0], [False]
        for number, p in enumerate(plain):
            if number > 0 and p is not None and p.lower() in index:
                kept.append(number)
                target.append(index[p.lower()])
                upper.append(p != p.lower())
        # Sorted by letter, so that the classes of one letter lie side by side.
        order = np.argsort(np.array(target), kind="stable")
        self._kept = np.array(kept)[order]
        self._upper = np.array(upper)[order]
        self._starts = np.searchsorted(np.array(target)[order], np.arange(len(self.letters)))

    @property
    def kept(self) -> tuple[int, ...]:
        """Numbers of the classes that are decoded, ascending."""
        return tuple(sorted(self._kept.tolist()))

    def fold(
        self, posteriors: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Probabilities of the decoded letters.

        Args:
            posteriors: T x classes, each row a distribution.

        Returns:
            T x letters, renormalised, and T x letters, the part of each that is upper case.
        """
        kept = posteriors[:, self._kept]
        total = kept.sum(axis=1, keepdims=True)
        kept /= np.maximum(total, 1e-9)
        # Not a matrix product: its threads would compete with the other processes' work.
        folded: NDArray[np.float32] = np.add.reduceat(kept, self._starts, axis=1)
        uppers: NDArray[np.float32] = np.add.reduceat(kept * self._upper, self._starts, axis=1)
        return folded, uppers


def greedy(probabilities: NDArray[np.float32], letters: Sequence[str]) -> str:
    """The likeliest letter of each frame, repetitions and blanks removed."""
    best = probabilities.argmax(axis=1)
    out = []
    previous = 0
    for number in best:
        if number not in (0, previous):
            out.append(letters[number])
        previous = int(number)
    return "".join(out)


def log_likelihood(log_probabilities: NDArray[np.float64], labels: Sequence[int]) -> float:
    """Natural logarithm of the probability that the frames spell exactly these labels.

    The forward recursion of Graves et al., "Connectionist Temporal Classification" (ICML 2006).

    Args:
        log_probabilities: T x letters, class 0 is the blank.
        labels: class numbers without blanks.
    """
    frames = log_probabilities.shape[0]
    if frames == 0:
        return 0.0 if not labels else -np.inf
    extended = np.zeros(2 * len(labels) + 1, dtype=np.intp)
    extended[1::2] = labels
    skip = np.zeros(len(extended), dtype=bool)
    skip[3::2] = extended[3::2] != extended[1:-2:2]
    emissions = log_probabilities[:, extended]
    state = np.full(len(extended), -np.inf)
    state[:2] = emissions[0, :2]
    one = np.full(len(extended), -np.inf)
    two = np.full(len(extended), -np.inf)
    for row in emissions[1:]:
        one[1:] = state[:-1]
        two[2:] = np.where(skip[2:], state[:-2], -np.inf)
        state = np.logaddexp(np.logaddexp(state, one), two) + row
    return float(np.logaddexp.reduce(state[-2:]))


def _plain(character: str) -> str | None:
    if character in _SAME:
        character = _SAME[character]
    elif len(character) == 1 and 0xFF01 <= ord(character) <= 0xFF5E:
        character = chr(ord(character) - 0xFEE0)
    return character if character and character in _KEPT else None
