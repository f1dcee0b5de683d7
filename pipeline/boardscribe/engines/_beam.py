"""Letter probabilities to text: a CTC beam search that knows words.

The search is the prefix beam of Hannun et al., "First-Pass Large Vocabulary Continuous Speech
Recognition using Bi-Directional Recurrent DNNs" (2014), with one addition for handwriting on
notes: words that remain unknown are tried against their nearest dictionary words by the exact
probability of the line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from boardscribe.engines._ctc import BULLET, Alphabet, greedy, log_likelihood
from boardscribe.language import Language

__all__ = ["Decoded", "DecodedWord", "Spelling", "decode"]

_WIDTH = 4
_LANGUAGE_WEIGHT = 0.5
_WORD_BONUS = 3.0
_RESCORE_WEIGHT = 0.7
_CLOSED, _QUOTED = 1.5, 1.0
"""What a bracket that was never opened costs, or an apostrophe that quotes but half; a quotation mark without
a partner, which may be on the next line."""
_LEAST_LETTER = 1e-3
_LETTERS_A_FRAME = 8
_FLOOR = 1e-6


@dataclass(frozen=True, slots=True)
class DecodedWord:
    """A word of a decoded line."""

    text: str
    characters: tuple[float, ...]
    known: bool
    log_word: float
    frames: tuple[int, int] = (0, 0)
    """First and last step of the line at which its letters were seen."""
    drawn: float = 0.0
    """Greatest probability of a drawn box or triangle where its first letter was seen."""
    bond: float = 0.0
    """How much likelier it is beside its neighbours than by itself, natural logarithm."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded line."""

    words: tuple[DecodedWord, ...]
    raw: str
    """The likeliest letter of each frame: what the recogniser alone would have said."""
    log_probability: float
    """Of this very text under the letter probabilities, natural logarithm."""
    margin: float
    """How much likelier than the second best text with what language says, logarithm."""
    struck: bool = False
    """Words that were struck out have been taken from it."""
    letters: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)
    """What it was decoded from: T x letters, see `decode`."""
    uppers: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)

    @property
    def text(self) -> str:
        """The words joined by single spaces."""
        return " ".join(word.text for word in self.words)


def decode(
    probabilities: NDArray[np.float32],
    uppers: NDArray[np.float32],
    alphabet: Alphabet,
    language: Language,
) -> Decoded:
    """The best text of one line.

    Args:
        probabilities: T x letters, rows sum to 1, letter 0 is the blank.
        uppers: T x letters, the upper-case part of each probability.
        alphabet: what the letters are.
        language: what words are likely.
    """
    raw = " ".join(greedy(probabilities, alphabet.letters).split())
    beams = _search(probabilities, alphabet, language)
    logs = _logs(probabilities)
    candidates: dict[str, tuple[float, float]] = {}
    for text in {raw, *beams[:3]}:
        _add(candidates, text, logs, alphabet, language)
    likeliest = max(candidates, key=lambda t: (candidates[t][1], t))
    ends = [
        _respell(start, candidates, logs, alphabet, language) for start in _starts(likeliest, raw)
    ]
    best = max(ends, key=lambda t: (candidates[t][1], t))
    log_probability, score = candidates[best]
    others = [other for text, (_, other) in candidates.items() if text != best]
    margin = min(score - max(others, default=-math.inf), 20.0)
    words = _words(best, probabilities, uppers, alphabet, language)
    return Decoded(
        words=words,
        raw=raw,
        log_probability=min(0.0, log_probability),
        margin=margin,
        letters=probabilities,
        uppers=uppers,
    )


def _starts(likeliest: str, raw: str) -> list[str]:
    """Texts whose words are tried against the dictionary.

    Two misread words may have become one in the likeliest; each by itself is like a word.
    """
    return [likeliest] if len(raw.split()) == len(likeliest.split()) else [likeliest, raw]


@dataclass(frozen=True, slots=True)
class Spelling:
    """How probable other texts are for a line that is decoded already."""

    alphabet: Alphabet
    language: Language

    def log_probability(self, text: str, decoded: Decoded) -> float:
        """Natural logarithm under the letter probabilities; -inf where a sign is not decoded."""
        if decoded.letters is None or any(sign not in self.alphabet.index for sign in text):
            return -math.inf
        return _log_probability(text, _logs(decoded.letters), self.alphabet)

    def respelled(self, decoded: Decoded, text: str, gain: float) -> Decoded:
        """The line with another text.

        Args:
            decoded: with its letters.
            text: lower case, of letters that are decoded.
            gain: how much likelier the line is with it, logarithm.
        """
        if decoded.letters is None or decoded.uppers is None:
            raise ValueError("a line without its letter probabilities cannot be respelled")
        return replace(
            decoded,
            words=_words(text, decoded.letters, decoded.uppers, self.alphabet, self.language),
            log_probability=min(0.0, self.log_probability(text, decoded)),
            margin=min(gain, decoded.margin),
        )


def _search(
    probabilities: NDArray[np.float32], alphabet: Alphabet, language: Language
) -> list[str]:
    """Texts by their probability and their words, best first."""
    letters = alphabet.letters
    # For each prefix: probability that it ends in a blank, and that it ends in its last letter.
    beams: dict[str, tuple[float, float]] = {"": (1.0, 0.0)}
    shares: dict[str, float] = {"": 0.0}
    for row in probabilities:
        blank = float(row[0])
        if blank > 0.999:
            beams = {p: ((b + n) * blank, 0.0) for p, (b, n) in beams.items()}
            continue
        order = np.argpartition(-row[1:], _LETTERS_A_FRAME)[:_LETTERS_A_FRAME] + 1
        seen = [(letters[i], float(row[i])) for i in order if row[i] > _LEAST_LETTER]
        grown: dict[str, list[float]] = {}
        for prefix, (ends_blank, ends_letter) in beams.items():
            both = ends_blank + ends_letter
            entry = grown.setdefault(prefix, [0.0, 0.0])
            entry[0] += both * blank
            last = prefix[-1:]
            for letter, p in seen:
                if letter == last:
                    entry[1] += ends_letter * p
                    gain = ends_blank * p
                else:
                    gain = both * p
                if letter == " " and last in ("", " "):
                    continue
                longer = prefix + letter
                grown.setdefault(longer, [0.0, 0.0])[1] += gain
        ranked = []
        for prefix, (ends_blank, ends_letter) in grown.items():
            total = ends_blank + ends_letter
            if total <= 0:
                continue
            share = shares.get(prefix)
            if share is None:
                share = shares[prefix] = _finished_words(prefix, language)
            ranked.append((math.log(total) + share, prefix, ends_blank, ends_letter))
        ranked.sort(reverse=True)
        scale = max(1e-300, *(item[2] + item[3] for item in ranked[:_WIDTH]))
        beams = {p: (b / scale, n / scale) for _, p, b, n in ranked[:_WIDTH]}
    final = [
        (math.log(max(b + n, 1e-300)) + _language_share(p, language), p)
        for p, (b, n) in beams.items()
    ]
    return [" ".join(text.split()) for _, text in sorted(final, reverse=True)]


def _finished_words(prefix: str, language: Language) -> float:
    done, space, _ = prefix.rpartition(" ")
    return _language_share(done, language) if space else 0.0


def _language_share(text: str, language: Language) -> float:
    words = text.split()
    share = sum(_LANGUAGE_WEIGHT * language.log_probability(word) + _WORD_BONUS for word in words)
    return share - _unpaired(text, words)


def _unpaired(text: str, words: Sequence[str]) -> float:
    """What quotation marks and brackets cost that have no partner on the line, logarithm.

    A bracket may be opened here and closed on the next line, but not the other way about.
    """
    depth = lost = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            depth, lost = 0, lost + 1
    opened = sum(word.startswith("'") for word in words)
    closed = sum(word.endswith("'") and not word.endswith("s'") for word in words)
    return _CLOSED * lost + _QUOTED * (text.count('"') % 2) + _CLOSED * (opened != closed)


def _add(
    candidates: dict[str, tuple[float, float]],
    text: str,
    logs: NDArray[np.float64],
    alphabet: Alphabet,
    language: Language,
) -> None:
    if text in candidates:
        return
    frames = _log_probability(text, logs, alphabet)
    candidates[text] = (frames, frames + _language_share(text, language))


def _logs(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    logs: NDArray[np.float64] = np.log(np.maximum(probabilities, _FLOOR)).astype(np.float64)
    return logs


def _log_probability(text: str, logs: NDArray[np.float64], alphabet: Alphabet) -> float:
    labels = [alphabet.index[letter] for letter in text]
    return log_likelihood(logs, labels)


def _respell(
    text: str,
    candidates: dict[str, tuple[float, float]],
    logs: NDArray[np.float64],
    alphabet: Alphabet,
    language: Language,
) -> str:
    """Try near dictionary words for each unknown one; keep what makes the line more probable."""
    words = text.split()
    for i, word in enumerate(words):
        if language.knows(word):
            continue
        options = {}
        for near in language.near(word):
            if not all(letter in alphabet.index for letter in near):
                continue
            changed = " ".join([*words[:i], near, *words[i + 1 :]])
            _add(candidates, changed, logs, alphabet, language)
            gain = _RESCORE_WEIGHT * (
                language.log_probability(near) - language.log_probability(word)
            )
            options[near] = candidates[changed][0] + gain
        if not options:
            continue
        best = max(options, key=lambda w: (options[w], w))
        if options[best] > candidates[" ".join(words)][0]:
            words[i] = best
    return " ".join(words)


def _words(
    text: str,
    probabilities: NDArray[np.float32],
    uppers: NDArray[np.float32],
    alphabet: Alphabet,
    language: Language,
) -> tuple[DecodedWord, ...]:
    labels = [alphabet.index[letter] for letter in text]
    frames = _align(_logs(probabilities), labels)
    words = []
    position = 0
    for word in text.split():
        chances, upper = [], []
        for offset, letter in enumerate(word):
            own = frames[position + offset]
            label = alphabet.index[letter]
            top = max(own, key=lambda t: probabilities[t, label]) if own else None
            chance = float(probabilities[top, label]) if top is not None else 0.0
            chances.append(chance)
            upper.append(float(uppers[top, label]) / chance if top is not None and chance else 0.0)
        seen = [t for own in frames[position : position + len(word)] for t in own]
        words.append(
            DecodedWord(
                _case(word, upper),
                tuple(chances),
                language.knows(word),
                language.log_probability(word),
                (min(seen, default=0), max(seen, default=0)),
                _drawn(frames[position], probabilities, alphabet),
            )
        )
        position += len(word) + 1
    return tuple(words)


def _drawn(frames: list[int], probabilities: NDArray[np.float32], alphabet: Alphabet) -> float:
    box = alphabet.index.get(BULLET)
    if box is None or not frames:
        return 0.0
    around = probabilities[max(0, min(frames) - 2) : max(frames) + 3, box]
    return float(around.max())


def _case(word: str, upper: list[float]) -> str:
    """Case letter by letter, then evened out: a word is all capitals, capitalised or small."""
    letters = [i for i, letter in enumerate(word) if letter.isalpha()]
    if not letters:
        return word
    share = sum(upper[i] for i in letters) / len(letters)
    first = letters[0]
    if len(letters) == 1:
        return word.upper() if upper[first] > 0.5 else word
    if share > 0.6 or (share > 0.5 and upper[first] > 0.5 and len(letters) == 2):
        return word.upper()
    if upper[first] > 0.5:
        return word[:first] + word[first].upper() + word[first + 1 :]
    return word


def _align(logs: NDArray[np.float64], labels: list[int]) -> list[list[int]]:
    """Frames of each label on the likeliest path that spells the labels."""
    frames = logs.shape[0]
    if not labels or frames == 0:
        return [[] for _ in labels]
    extended = np.zeros(2 * len(labels) + 1, dtype=np.intp)
    extended[1::2] = labels
    skip = np.zeros(len(extended), dtype=bool)
    skip[3::2] = extended[3::2] != extended[1:-2:2]
    emissions = logs[:, extended]
    state = np.full(len(extended), -np.inf)
    state[:2] = emissions[0, :2]
    steps = np.zeros(emissions.shape, dtype=np.int8)
    for t in range(1, frames):
        moves = np.full((3, len(extended)), -np.inf)
        moves[0] = state
        moves[1, 1:] = state[:-1]
        moves[2, 2:] = np.where(skip[2:], state[:-2], -np.inf)
        steps[t] = moves.argmax(axis=0)
        state = moves.max(axis=0) + emissions[t]
    place = len(extended) - 1 if state[-1] >= state[-2] else len(extended) - 2
    owned: list[list[int]] = [[] for _ in labels]
    for t in range(frames - 1, -1, -1):
        if place % 2:
            owned[place // 2].append(t)
        place -= int(steps[t, place])
    return owned
