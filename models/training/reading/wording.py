"""What simulated hands write: words by how common they are, numbers, signs, put together by chance.

Usage: PYTHONPATH=models python models/training/reading/wording.py OUT.txt
"""

from __future__ import annotations

import argparse
import importlib.resources
import math
import re
from pathlib import Path

import numpy as np

__all__ = ["Wording"]

_FILE = "frequency_dictionary_en_82_765.txt"
_COMMON = 25_000
"""Words taken from the dictionary, commonest first."""
_WORKSHOP = (
    "MVP UX UI API KPI KPIs OKR Q1 Q2 Q3 Q4 R&D FAQ PDF IT HR NGO CC-BY DIY A4 CEO CTO PO PM QA CRM "
    "CMS SQL AWS AI ML 2nd 1st 3rd 24/7 e.g. i.e. etc. vs vs. w/ b/c mins hrs asap TBC TBD WIP OK "
    "onboarding stakeholders stakeholder workflow workflows backlog standup retro hackathon config "
    "app apps DevOps signup wiki wifi usability personas persona sprint sprints kanban scrum "
    "roadmap prototype prototypes feedback deliverables epic epics milestone user-centred "
    "co-design facilitator brainstorm storyboard crowdfunding fundraise coworking flipchart "
    "programme colour behaviour organise organisation realise recognise prioritise centre theatre "
    "favour labour neighbour neighbours licence practise catalogue dialogue analyse travelling "
    "modelling cancelled grey tyre cheque enquiry learnt spelt whilst behaviours prioritised "
    "visualise summarise optimise customise minimise apologise specialised utilise emphasise "
    "don't can't won't isn't it's we're they're I'm I'd we'll who's what's let's doesn't didn't "
    "that's there's you're you'll couldn't wouldn't shouldn't haven't hasn't aren't"
)
_GLUE = (
    "the a to of and for in with is not we our on more need how what who can make no be by all "
    "better have it as at or from this are too new use get up out so do if I you they my"
)
_ENDS = (*("",) * 14, "?", "?", "!", ".", ".", ",", ":", "...", "?!", "!!", ";")


class Wording:
    """Draws lines of text."""

    def __init__(self, path: Path) -> None:
        """Load the words.

        Args:
            path: one word and its weight a line, as `main` writes them.
        """
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        self._words = [word for word, _ in rows]
        self._sums = np.cumsum([float(weight) for _, weight in rows])
        self._workshop = _WORKSHOP.split()
        self._glue = _GLUE.split()

    def line(self, rng: np.random.Generator, *, most: int = 34) -> str:
        """One line of at most `most` signs."""
        kind = rng.random()
        if kind < 0.08:
            return self._number(rng)
        count = int(rng.choice([1, 2, 3, 4, 5, 6, 7], p=[0.38, 0.29, 0.17, 0.08, 0.04, 0.02, 0.02]))
        words = [self._item(rng) for _ in range(count)]
        if rng.random() < 0.1:
            place = int(rng.integers(len(words)))
            left, right = (("(", ")"), ('"', '"'), ("'", "'"), ("[", "]"))[
                int(rng.choice(4, p=[0.55, 0.25, 0.15, 0.05]))
            ]
            side = rng.random()
            if side < 0.8:
                words[place] = left + words[place]
            if side > 0.2:
                words[-1] += right
        text = " ".join(words)
        if rng.random() < 0.12:
            start = ("- ", "-", "• ", "* ", "+ ", "→ ", "□ ", "> ", "– ", "✓ ")
            shares = [0.4, 0.1, 0.14, 0.06, 0.06, 0.1, 0.05, 0.03, 0.04, 0.02]
            text = start[int(rng.choice(10, p=shares))] + text
        elif rng.random() < 0.04:
            text = f"{rng.integers(1, 30)}{('.', ')', ':')[int(rng.integers(3))]} {text}"
        text += _ENDS[int(rng.integers(len(_ENDS)))]
        return _cut(text, most)

    def _item(self, rng: np.random.Generator) -> str:
        kind = rng.random()
        if kind < 0.22:
            return self._glue[int(rng.integers(len(self._glue)))]
        if kind < 0.82:
            return self._word(rng)
        if kind < 0.88:
            return self._workshop[int(rng.integers(len(self._workshop)))]
        if kind < 0.91:
            return (
                self._word(rng)
                + ("-", "/", "-", "'s", "/", "+", "_")[int(rng.integers(7))]
                + (self._word(rng) if rng.random() < 0.8 else "")
            )
        if kind < 0.94:
            return ("&", "+", "→", "=", "-", "–", "/", "&", "&", "<", ">", "×", "@", "#")[
                int(rng.integers(14))
            ]
        if kind < 0.97:
            return self._number(rng)
        # Letters by chance: names and abbreviations that no dictionary has.
        size = int(rng.integers(1, 8))
        made = "".join(chr(97 + int(c)) for c in rng.integers(0, 26, size))
        return made.upper() if size < 4 or rng.random() < 0.3 else made.capitalize()

    def _word(self, rng: np.random.Generator) -> str:
        place = int(np.searchsorted(self._sums, rng.random() * self._sums[-1]))
        word = self._words[min(place, len(self._words) - 1)]
        return word.capitalize() if rng.random() < 0.12 else word

    @staticmethod
    def _number(rng: np.random.Generator) -> str:
        value = int(10 ** rng.uniform(0, 3.3))
        return (
            f"{value}",
            f"{value}",
            f"{value % 100}%",
            f"£{value}",
            f"${value}k",
            f"{value % 24}:{value % 60:02}",
            f"{value % 31 + 1}/{value % 12 + 1}",
            f"{value % 30}.{value % 10}",
            f"{value % 9 + 1}x",
            f"#{value % 100}",
            f"20{value % 100:02}",
            f"{value % 90}-{value % 90 + 5}",
            f"{value % 9 + 1}.",
            f"{value:,}",
            f"€{value}",
            f"~{value}",
        )[int(rng.integers(16))]


def _cut(text: str, most: int) -> str:
    while len(text) > most and " " in text:
        text = text[: text.rindex(" ")]
    return text[:most]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    wanted = parser.parse_args()
    source = importlib.resources.files("symspellpy") / _FILE
    rows = []
    for line in source.read_text(encoding="utf-8-sig").splitlines()[:_COMMON]:
        word, count = line.split()
        if re.fullmatch(r"[a-z']+", word) and (len(word) > 1 or word in "ai"):
            # The square root: rare words are what has to be read letter by letter.
            rows.append(f"{word}\t{math.sqrt(float(count)) / 1000:.1f}")
    wanted.out.write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{len(rows)} words")


if __name__ == "__main__":
    main()
