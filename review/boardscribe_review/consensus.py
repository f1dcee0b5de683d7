"""One text from what several people read, with machines as weak voters.

Words are aligned, then each place is decided by Bayes' rule: a reader who is right with
probability a gives the word written the weight a, and each of K other words (1 - a) / K. What people
agree on is hardly ever moved by a machine: its vote counts less than any person's, because people
saw its text before they wrote theirs. It breaks ties.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from boardscribe.marks import ILLEGIBLE, uncertain
from boardscribe.records import Legibility, Reading
from boardscribe_review.alignment import Slot, Token, align, tokens

__all__ = ["PRIOR_ACCURACY", "Consensus", "agreement", "merge"]

PRIOR_ACCURACY = 0.9
"""Share of words that a reader of whom nothing is known gets right."""
_MACHINE_AT_MOST = 0.5
_WRONG_WORDS = 4.0
"""K: bad handwriting misleads people alike, so two who err write the same once in K times."""
_SURE = 0.85
"""A word that two people wrote alike stands where it is right with this probability. Readers of
whom little is known reach it two against one; known careless ones need one more."""


@dataclass(frozen=True, slots=True)
class Consensus:
    """What several readings amount to."""

    text: str
    """Words that were not agreed on are marked, see `open_words`."""
    legibility: Legibility
    confidence: float
    """Probability that all of it is right, 0 to 1."""
    open_words: int
    """Places where people do not agree enough; none where it rests on one reader alone."""


@dataclass(frozen=True, slots=True)
class _Vote:
    token: Token | None
    accuracy: float
    person: bool


@dataclass(frozen=True, slots=True)
class _Place:
    token: Token | None
    """What won, in the spelling of most; None for no word."""
    chance: float
    supporters: int
    """People who wrote it."""
    illegible: bool
    rivals: int = 0
    """People who wrote the strongest other word."""

    def is_open(self, needed: int) -> bool:
        """Too few people wrote it, as many wrote something else, or it may well be wrong."""
        if self.illegible or needed < 2:
            return False
        return self.supporters < needed or self.rivals >= self.supporters or self.chance < _SURE


def merge(
    texts: Mapping[str, str],
    readings: Sequence[Reading] = (),
    *,
    accuracy: Mapping[str, float] | None = None,
) -> Consensus:
    """One text from those of one or more people.

    Args:
        texts: by reader, normalised, with their marks.
        readings: what machines read; of a kind with the same text only one counts.
        accuracy: share of words that each reader gets right, where it is known.

    Returns:
        The text; for one reader alone, what they wrote.
    """
    known = accuracy or {}
    people = sorted(texts)
    machines = _distinct(readings)
    written = [tokens(texts[reader]) for reader in people]
    read = [tokens(reading.text) for reading in machines]
    slots = align([*written, *read], first=len(people))
    places = [
        _place(
            [
                _Vote(slot[i], known.get(reader, PRIOR_ACCURACY), person=True)
                for i, reader in enumerate(people)
            ]
            + [
                _Vote(slot[len(people) + i], _machine_accuracy(reading), person=False)
                for i, reading in enumerate(machines)
                if tokens_of(slot, len(people) + i)
            ]
        )
        for slot in slots
    ]
    needed = min(2, len(people))
    kept = [place for place in places if place.token is not None]
    words = [_shown(place, needed, alone=len(people) == 1) for place in kept]
    text = "".join(
        ("\n" if place.token is not None and place.token.breaks and index else " " if index else "")
        + word
        for index, (place, word) in enumerate(zip(kept, words, strict=True))
    )
    gaps = sum(word == ILLEGIBLE for word in words)
    if words and gaps == len(words):
        legibility = Legibility.ILLEGIBLE
    else:
        legibility = Legibility.PARTLY if gaps else Legibility.READABLE
    return Consensus(
        text=text,
        legibility=legibility,
        confidence=math.exp(sum(math.log(max(place.chance, 1e-6)) for place in places)),
        open_words=sum(place.is_open(needed) for place in places),
    )


def tokens_of(slot: Slot, index: int) -> bool:
    """Whether a machine has anything to say in a place: one that read nothing there abstains."""
    token = slot[index]
    return token is not None and bool(token.key)


def agreement(texts: Sequence[str]) -> float:
    """How far readers agree, 0 to 1: the mean over pairs of the share of places alike.

    >>> agreement(["more time", "more thyme"])
    0.5
    """
    if len(texts) < 2:
        return 1.0
    slots = align([tokens(text) for text in texts])
    if not slots:
        return 1.0
    alike = total = 0
    for slot in slots:
        keys = [token.key if token is not None else None for token in slot]
        counts = Counter(keys)
        alike += sum(number * (number - 1) for number in counts.values())
        total += len(keys) * (len(keys) - 1)
    return alike / total


def _distinct(readings: Sequence[Reading]) -> list[Reading]:
    """Machines that say different things: the combined reading repeats one of the others."""
    found: dict[str, Reading] = {}
    for reading in readings:
        if reading.text and reading.legibility in (Legibility.READABLE, Legibility.PARTLY):
            found.setdefault(reading.text, reading)
    return list(found.values())


def _machine_accuracy(reading: Reading) -> float:
    words = [word.confidence for line in reading.lines for word in line.words]
    mean = sum(words) / len(words) if words else 0.0
    return min(_MACHINE_AT_MOST, max(0.15, mean))


def _place(votes: Sequence[_Vote]) -> _Place:
    """Decide one place. A person's `[illeg.]` says that there is a word, not which."""
    spoken = [vote for vote in votes if vote.token is None or vote.token.key]
    people = [vote for vote in votes if vote.person]
    if not any(vote.person and vote.token is not None and vote.token.key for vote in votes):
        # Nobody but machines would put a word here: people saw its text and took it out.
        unread = [vote.token for vote in people if vote.token is not None]
        if 2 * len(unread) > len(people) or (unread and len(people) == len(unread)):
            return _Place(unread[0], 1.0, len(unread), illegible=True)
        share = (len(people) - len(unread)) / max(1, len(people))
        return _Place(None, max(0.5, share), len(people) - len(unread), illegible=False)
    keys = sorted(
        {vote.token.key if vote.token is not None else "" for vote in spoken if vote.person}
    )
    scores = {key: sum(_weight(vote, key) for vote in spoken) for key in keys}
    # None of the words written is right: then it is one of K others.
    unseen = math.log(_WRONG_WORDS) + sum(_weight(vote, None) for vote in spoken)
    best = max(keys, key=lambda key: (scores[key], key))
    highest = max(*scores.values(), unseen)
    total = sum(math.exp(score - highest) for score in [*scores.values(), unseen])
    people_for = Counter(
        vote.token.key if vote.token is not None else "" for vote in spoken if vote.person
    )
    return _Place(
        token=_spelling(spoken, best) if best else None,
        chance=math.exp(scores[best] - highest) / total,
        supporters=people_for[best],
        illegible=False,
        rivals=max((people_for[key] for key in keys if key != best), default=0),
    )


def _weight(vote: _Vote, key: str | None) -> float:
    """Log-likelihood of a vote where `key` is right; None: a word that nobody wrote."""
    said = vote.token.key if vote.token is not None else ""
    right = min(0.99, max(0.05, vote.accuracy))
    if vote.token is not None and vote.token.uncertain:
        right *= 0.7
    return math.log(right) if said == key else math.log((1 - right) / _WRONG_WORDS)


def _spelling(votes: Sequence[_Vote], key: str) -> Token:
    """The form that most people wrote, then the machine's, then the first of the best reader."""
    written = [vote for vote in votes if vote.token is not None and vote.token.key == key]
    forms: Counter[str] = Counter()
    for vote in written:
        assert vote.token is not None
        forms[vote.token.text] += 2 if vote.person else 1
    most = forms.most_common(1)[0][1]
    best = max(
        (vote for vote in written if vote.token is not None and forms[vote.token.text] == most),
        key=lambda vote: (vote.person, vote.accuracy),
    )
    assert best.token is not None
    people = [vote.token for vote in written if vote.person and vote.token is not None]
    breaks = sum(token.breaks for token in people) * 2 > len(people)
    doubted = all(token.uncertain for token in people)
    return Token(best.token.text, key, doubted, breaks)


def _shown(place: _Place, needed: int, *, alone: bool) -> str:
    assert place.token is not None
    if place.illegible:
        return ILLEGIBLE
    in_dispute = not alone and place.is_open(needed)
    return uncertain(place.token.text) if place.token.uncertain or in_dispute else place.token.text
