"""What English looks like: how likely a word is, alone and after another, and what is spelt nearly the same.

Word frequencies come with symspellpy (MIT): 82,000 English words, American and British, and 242,000
pairs of words. A user's own words (names, project terms) are added as if they were common.
"""

from __future__ import annotations

import copy
import importlib.resources
import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from symspellpy import SymSpell, Verbosity

__all__ = ["Language", "core_of"]

_FILE = "frequency_dictionary_en_82_765.txt"
_PAIRS_FILE = "frequency_bigramdictionary_en_243_342.txt"
_CORPUS = 1_024_908_267_229
"""Words in the corpus that the frequencies were counted in (Google Web Trillion)."""
_OWN_COUNT = 20_000_000
"""Count given to a user's own word: as common as `meeting`, far above a rare word."""
_PAIR_SHARE = 0.7
"""Of what a word's neighbour says of it; the rest is how common the word is by itself."""
_UNPAIRED = 0.5
"""What is left of a word's own probability after one that it was not seen to follow."""
_NEARBY_SHARE = 0.3
"""Of what the other notes of a board say of a word; the rest is what English says."""
_NEARBY_EDITS = 0.4
"""Changes to a word's spelling, as a share of its letters, that make it one of those."""
_EDGES = "\"'()[]{}<>.,;:!?*•□-–_~^`|/\\#=+&→←"
_SIGNS = frozenset("&+-=–→•")
_PARTS = re.compile(r"[-–/_+&,.:;=→()]+")
_AMID = re.compile(r"[^\W\d_]\d+[^\W\d_]")
"""A digit between letters, as no word or number has it."""
_LOOK_ALIKE = {
    "0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "bg", "7": "ft", "8": "be",
    "9": "g",
}  # fmt: skip
"""Letters that are read as a digit."""
_WAYS = 32
"""Spellings that are tried of a word with digits amid its letters."""
_ENDINGS = ("'s", "s'", "'re", "'ve", "'ll", "'d", "n't", "'m")
_FIRST_WORDS = {"can't": "can", "shan't": "shall", "won't": "will"}
"""Of contractions that are not their first word and an ending."""
_CONTRACTED = 2.5
"""How much rarer a contraction is than its first word, logarithm; the corpus hardly has any."""
_CONTRACTIONS = (
    *("can't", "won't", "don't", "doesn't", "didn't", "isn't", "aren't", "wasn't", "weren't"),
    *("couldn't", "wouldn't", "shouldn't", "haven't", "hasn't", "hadn't", "mustn't", "needn't"),
    *("i'm", "i've", "we've", "you're", "you've", "they're", "they've", "that's", "what's"),
)
"""Those that are no other word without their apostrophe, which is easily lost."""
_UNMARKED = {word.replace("'", ""): word for word in _CONTRACTIONS}
_UNMARKED_RARER = 5.0
"""How much rarer `dont` is than `don't`, logarithm."""
_HYPHEN = 1.0
"""How much rarer `back-up` is than `backup`, logarithm; and once more, than `back up`."""
_LONG, _VERY_LONG = 9, 12
"""Letters of a misread word from which three and four changes to its spelling are tried."""


class Language:
    """Probabilities of words, without regard to case."""

    def __init__(self, lexicon: Iterable[str] = ()) -> None:
        """Load the dictionary.

        Args:
            lexicon: a user's own words; an entry of several words is taken apart.
        """
        self._near = SymSpell(max_dictionary_edit_distance=2, prefix_length=6)
        folder = importlib.resources.files("symspellpy")
        with importlib.resources.as_file(folder / _FILE) as file:
            self._near.load_dictionary(str(file), 0, 1, encoding="utf-8")
        with importlib.resources.as_file(folder / _PAIRS_FILE) as file:
            self._near.load_bigram_dictionary(str(file), 0, 2, encoding="utf-8")
        for word in _own_words(lexicon):
            self._near.create_dictionary_entry(word, _OWN_COUNT)
        for word, count in _NOTES_WORDS.items():
            if word not in self._near.words:
                self._near.create_dictionary_entry(word, count)
        self._log = {word: math.log(count / _CORPUS) for word, count in self._near.words.items()}
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in self._log:
            self._by_length[len(word)].append(word)
        self._cache: dict[str, tuple[float, bool]] = {}
        self._nearby: dict[str, float] = {}

    def beside(self, words: Mapping[str, int]) -> Language:
        """The same language on a board whose other notes have these words: they are likelier there.

        A cache of what was said lately (Kuhn and De Mori, 1990, "A cache-based natural language
        model for speech recognition").

        Args:
            words: in lower case, without signs at their ends, and how often there.
        """
        own = copy.copy(self)
        total = sum(words.values())
        own._nearby = {word: count / total for word, count in words.items()}
        return own

    def knows(self, word: str) -> bool:
        """The word, less punctuation at its ends, is in the dictionary (or is a number)."""
        return self._cached(word)[1]

    def log_probability(self, word: str) -> float:
        """Natural logarithm of how likely the word is in English; unknown words get little.

        Numbers and lone signs get a middling value: they are common on notes, rare in books.
        """
        return self._cached(word)[0]

    def log_after(self, word: str, before: str) -> float:
        """Natural logarithm of how likely the word is after another one ("" at the beginning).

        Pairs and single words are mixed, so that no word is impossible (Jelinek and Mercer, 1980).
        """
        usual = self._log_after(word, before)
        if not self._nearby:
            return usual
        share = _NEARBY_SHARE * self._nearby.get(core_of(word), 0.0)
        return math.log((1 - _NEARBY_SHARE) * math.exp(usual) + share)

    def _log_after(self, word: str, before: str) -> float:
        alone = self.log_probability(word)
        if core_of(word) in _MONTHS_WRITTEN and self.expected(before):
            return math.log(_MONTH_SHARE + math.exp(alone))
        (first, _), (second, rarer) = (_paired(w) for w in (before, word))
        pairs = self._near.bigrams.get(f"{first} {second}", 0) if first and second else 0
        if not pairs:
            return alone + math.log(_UNPAIRED)
        # Pairs are listed of words that are not: the pair itself is then the least count there is.
        share = math.exp(-rarer) * pairs / max(pairs, self._near.words.get(first, 0))
        return math.log(_PAIR_SHARE * share + (1 - _PAIR_SHARE) * math.exp(alone))

    def expected(self, before: str) -> tuple[str, ...]:
        """Words that a word calls for after it: months after a day of the month."""
        return _MONTHS if _DAY.fullmatch(core_of(before)) else ()

    def near(self, word: str, *, limit: int = 12) -> tuple[str, ...]:
        """Words spelt nearly like this one: the other notes', then the dictionary's, nearest first.

        Of equally near ones the commonest is first; punctuation at both ends is kept. Empty for
        short words, where nearly everything is near.
        """
        core = word.strip(_EDGES)
        if len(core) < 3 or not any(c.isalpha() for c in core) or len(core) > 24:
            return ()
        start = word.index(core)
        head, tail = word[:start], word[start + len(core) :]
        own = core.lower()
        contracted = (_UNMARKED[own],) if own in _UNMARKED else ()
        terms = dict.fromkeys((*contracted, *self._near_by(own), *self._respelt(own, limit)))
        if _AMID.search(own):
            for spelt in _without_digits(own):
                exact = [spelt] if spelt in self._log else []
                terms |= dict.fromkeys([*exact, *self._respelt(spelt, limit)])
        terms |= dict.fromkeys(self._far(own, limit))
        return tuple(head + term + tail for term in terms if term != own)

    def _near_by(self, word: str) -> list[str]:
        """Words of the other notes that this one may be."""
        most = {other: int(_NEARBY_EDITS * len(other)) for other in self._nearby}
        return [other for other in most if Levenshtein.distance(word, other) <= most[other]]

    def _respelt(self, word: str, limit: int) -> list[str]:
        distance = 1 if len(word) < 5 else 2
        found = self._near.lookup(
            word, Verbosity.ALL, max_edit_distance=distance, transfer_casing=False
        )
        return [item.term for item in found[:limit] if item.distance > 0]

    def _far(self, word: str, limit: int) -> list[str]:
        """What a long word may be that is misread in more letters than `_respelt` looks for."""
        if len(word) < _LONG or word in self._log or not word.isalpha():
            return []
        most = 3 if len(word) < _VERY_LONG else 4
        # Letters are lost more often than seen where there are none.
        lengths = range(len(word) - most + 1, len(word) + most + 1)
        like = itertools.chain.from_iterable(self._by_length.get(n, ()) for n in lengths)
        distance: Any = Levenshtein.distance
        found = process.extract(word, like, scorer=distance, score_cutoff=most, limit=limit)
        return [term for term, _, _ in found]

    def _cached(self, word: str) -> tuple[float, bool]:
        known = self._cache.get(word)
        if known is None:
            if len(self._cache) > 200_000:
                self._cache.clear()
            known = self._cache[word] = self._score(word)
        return known

    def _score(self, word: str) -> tuple[float, bool]:
        core = core_of(word)
        if not core:
            if word.strip("()[]") == "&":
                return -4.0, True  # on notes as common as `and`
            common = -5.0 if word in _SIGNS else -9.0
            return common - 1.5 * max(0, len(word) - 1), True
        known = [self._log[core]] if core in self._log else []
        first, rarer = _first_word(core)
        known += [self._log[first] - rarer] if first in self._log else []
        if known:
            return max(known), True
        if any(c.isdigit() for c in core):
            return _score_number(core)
        return self._score_parts(core)

    def _score_parts(self, core: str) -> tuple[float, bool]:
        parts = [part for part in _PARTS.split(core) if part]
        if len(parts) < 2:
            return _score_unknown(core)
        scores = [self._score(part) for part in parts]
        apart = sum(score for score, _ in scores) - 1.0
        compound = self._score_compound(parts) if "-" in core or "–" in core else -math.inf
        return max(apart, compound), compound > apart or all(known for _, known in scores)

    def _score_compound(self, parts: Sequence[str]) -> float:
        """Of `back-up`: as `backup` is written, and as `back` goes with `up`."""
        joined = self._log.get("".join(parts), -math.inf) - _HYPHEN
        pairs = self._near.bigrams.get(" ".join(parts), 0)
        return max(joined, math.log(pairs / _CORPUS) - 2 * _HYPHEN if pairs else -math.inf)


def core_of(word: str) -> str:
    """The word in lower case, without signs at its ends."""
    return word.lower().strip(_EDGES)


def _score_number(core: str) -> tuple[float, bool]:
    if _AMID.search(core):
        return _score_unknown(core)  # a digit amid letters is a misread letter
    letters = sum(c.isalpha() for c in core)
    return -10.0 - 1.0 * letters, letters <= 2


def _score_unknown(core: str) -> tuple[float, bool]:
    return -15.0 - 1.3 * len(core), False


_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_MONTHS_WRITTEN = frozenset({*_MONTHS, *(month[:3] for month in _MONTHS), "sept"})
_DAY = re.compile(r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?")
_MONTH_SHARE = 0.02
"""How likely each month is after a day; pairs were counted without numbers."""
_NOTES_WORDS = dict.fromkeys(
    (
        *("ui", "ux", "api", "apis", "url", "poc", "mvp", "po", "kpi", "kpis", "okr", "okrs"),
        *("roi", "todo", "faq", "pdf", "ai", "ml", "qa", "hr", "crm", "cms", "devops", "signup"),
        *("onboarding", "stakeholder", "stakeholders", "workflow", "workflows", "wiki", "wifi"),
        *("usability", "backlog", "standup", "retro", "hackathon", "config", "app", "apps", "eg"),
        *("ie", "etc", "vs", "incl", "asap", "tbc", "tbd", "wip", "ok", "sme", "smes", "saas"),
        *("e2e", "b2b", "b2c", "p2p", "w3c", "aws", "sql", "repo", "repos", "infra", "prod", "dev"),
        *("crowdfunding", "fundraise", "coworking", "flipchart", "flipcharts", "polytunnel"),
        *("notetaker", "notetakers", "notetaking", "whiteboard", "icebreaker", "kickoff"),
        *("roadmap", "breakout", "offsite", "btw", "fyi", "tba", "bau", "uat", "sla", "raci"),
        *("swot", "comms", "mgmt", "mtg", "mtgs", "dept", "depts", "approx", "reqs", "req"),
    ),
    5_000_000,
)
"""What people write on notes and books did not, when the words were counted."""


def _without_digits(word: str) -> Iterable[str]:
    """What the word is if its digits are letters; few of the many ways for one with many digits."""
    ways = (_LOOK_ALIKE.get(sign, sign) for sign in word)
    return ("".join(way) for way in itertools.islice(itertools.product(*ways), _WAYS))


def _paired(word: str) -> tuple[str, float]:
    """The word as it stands in pairs, and how much rarer it is itself, logarithm.

    An ampersand is an `and`; what stands beside a contraction stands beside its first word, too.
    """
    if word in ("&", "+"):
        return "and", 0.0
    core = core_of(word)
    first, rarer = _first_word(core)
    return (first, rarer) if first else (core, 0.0)


def _first_word(core: str) -> tuple[str, float]:
    """Of a contraction (or genitive), and how much rarer that is, logarithm; "" of other words."""
    if core in _UNMARKED:
        first, rarer = _first_word(_UNMARKED[core])
        return first, rarer + _UNMARKED_RARER
    if core in _FIRST_WORDS:
        return _FIRST_WORDS[core], _CONTRACTED
    ending = next((ending for ending in _ENDINGS if core.endswith(ending)), "")
    return (core.removesuffix(ending), _CONTRACTED) if ending else ("", 0.0)


def _own_words(lexicon: Iterable[str]) -> Iterable[str]:
    for entry in lexicon:
        for word in entry.lower().split():
            if core := word.strip(_EDGES):
                yield core
