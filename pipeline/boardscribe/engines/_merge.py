"""Several looks at one note to one text: line by line, the one worth more."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from boardscribe.engines._beam import DecodedWord
from boardscribe.engines._ctc import BULLET
from boardscribe.engines._looks import Look, Piece
from boardscribe.engines.base import EngineLine, EngineText, EngineWord
from boardscribe.lines import TextBox
from boardscribe.records import Polygon

__all__ = ["Choice", "choose", "combine", "take_sure_lines"]

_DOT = "•"
"""A bullet where a line begins; after a word it is the pin that the note hangs by."""
_ARROW = re.compile(r"[→←](?=\w)|\w(?=[→←])")
_FIRST_DASH = re.compile(r"^[-–](?=[^\W\d])|" + _ARROW.pattern)
_PARTED = re.compile(r"\S*[^\W\d_](?:(?<=[^\W\d_]{2})[/-] | [/-])[^\W\d_]\S*")
"""Two words with a slash or hyphen between that has a gap on one side; not `w/ team`."""
_STOP = re.compile(r"[,.:;]|[!?]+")
"""A sign that no gap stands before."""
_TWO_DOTS = re.compile(r"(?<!\.)\.\.$")
_DASHES = frozenset("-–")
_ROW = re.compile(r"([80ox])\1+")
_LIKE_BULLETS = frozenset({"a", "i", "0", "o", "d", "l", "u", "n", "j", "[", "]", "|", "()", "[]"})
_TRACE = 0.0003
"""Probability of a drawn box above which a letter beside clear bullets is one too."""
_CLEAR_TRACE = 0.002
_SURE_TRACE = 0.05
"""The same for a bullet that stands alone."""
_CLEAR_LINE = 0.85
_STRAY, _FEW_SIGNS = 0.72, 3
"""Mean letter probability below which a last line of so few letters is none. Of 184 short lines of
six sets of notes the true ones had .74 and more, drawings .01 to .76."""
_LEAST_SIGN = 0.03
"""Probability of a lone sign below which it is none: of 23 ampersands on six sets the true ones had .04 and
more, wrong ones .26 once and .003 to .03 four times."""
_SURE_LINE = 0.9
"""Mean letter probability above which a line of known words is not read again."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Of all looks at a note the one to go by for each line."""

    looks: Sequence[Look]
    """None of paper so bare that no line was looked for."""
    lines: list[tuple[list[Piece], Look]]
    said: list[str]
    """The text of each look, the most trusted first."""
    raw: str
    """What the recogniser alone says of the best look."""

    @property
    def pieces(self) -> list[Piece]:
        """All chosen pieces in reading order; what they say may be put right."""
        return [piece for line, _ in self.lines for piece in line]


def choose(looks: Sequence[Look]) -> Choice:
    """Take each line from the look that is worth more there.

    Args:
        looks: at one note, all decoded; the most trusted first.
    """
    if not looks:
        return Choice((), [], [], "")
    ranked = sorted(looks, key=lambda look: -look.worth)
    best = ranked[0]
    chosen = [(line, best) for line in best.lines]
    for other in ranked[1:]:
        if other.turns == best.turns:
            chosen = _better_lines(chosen, other)
    return Choice(looks, chosen, [_text(look) for look in ranked], _raw(best))


def combine(choice: Choice) -> EngineText:
    """The text of a note from the lines that were chosen for it."""
    lines = [_line(pieces, look) for pieces, look in choice.lines]
    kept = _without_bullets([line for line in lines if line is not None])
    kept = _with_dash(_without_strays(_without_drawings(kept)))
    text = EngineText(tuple(kept))
    others = dict.fromkeys((*choice.said, choice.raw))
    alternatives = tuple(t for t in others if t and t != text.text)
    features = _features(text, choice.pieces, choice.looks, choice.said)
    return EngineText(text.lines, alternatives, features)


def take_sure_lines(look: Look, first: Look) -> None:
    """Take over lines that the first look read beyond doubt: no need to read them again.

    Args:
        look: found, not yet read.
        first: an earlier look at the same note, read.
    """
    scale = first.scale / look.scale
    lines = []
    for line in look.lines:
        place = _extent(line, look.scale)
        before = [own for own in first.lines if _same(place, _extent(own, first.scale))]
        rivals = [
            other
            for other in look.lines
            if before and _same(_extent(before[0], first.scale), _extent(other, look.scale))
        ]
        alone = len(before) == 1 and len(rivals) == 1
        if (
            alone
            and _is_sure(before[0])
            and not _reaches_beyond(place, _extent(before[0], first.scale))
        ):
            taken = (TextBox(p.box.corners * scale, p.box.score) for p in before[0])
            lines.append([Piece(box, p.decoded) for box, p in zip(taken, before[0], strict=True)])
        else:
            lines.append(line)
    look.lines = lines


def _reaches_beyond(
    place: tuple[float, float, float, float], before: tuple[float, float, float, float]
) -> bool:
    """The line is longer than it seemed: a first or last word was missed."""
    slack = 0.4 * (before[3] - before[1])
    return place[0] < before[0] - slack or place[2] > before[2] + slack


def _is_sure(line: Sequence[Piece]) -> bool:
    words = [word for piece in line if piece.decoded for word in piece.decoded.words]
    chances = [chance for word in words for chance in word.characters]
    return bool(chances and all(word.known for word in words) and np.mean(chances) > _SURE_LINE)


def _better_lines(
    chosen: list[tuple[list[Piece], Look]], other: Look
) -> list[tuple[list[Piece], Look]]:
    """Replace a line where the other look has one line at the same place that is worth more."""
    result = []
    for pieces, look in chosen:
        place = _extent(pieces, look.scale)
        rivals = [line for line in other.lines if _same(place, _extent(line, other.scale))]
        mates = [
            line
            for line, mine in chosen
            if rivals and _same(_extent(line, mine.scale), _extent(rivals[0], other.scale))
        ]
        if len(rivals) == 1 and len(mates) == 1 and _worth(rivals[0]) > _worth(pieces):
            result.append((rivals[0], other))
        else:
            result.append((pieces, look))
    return result


def _worth(line: Sequence[Piece]) -> float:
    return sum(piece.worth for piece in line)


def _extent(line: Sequence[Piece], scale: float) -> tuple[float, float, float, float]:
    points = np.concatenate([piece.box.corners for piece in line]) * scale
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def _same(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    across = min(a[3], b[3]) - max(a[1], b[1])
    along = min(a[2], b[2]) - max(a[0], b[0])
    least = min(a[3] - a[1], b[3] - b[1])
    return across > 0.5 * least and along > 0.3 * min(a[2] - a[0], b[2] - b[0])


def _text(look: Look) -> str:
    texts = (" ".join(p.decoded.text for p in line if p.decoded) for line in look.lines)
    return "\n".join(text for text in texts if text)


def _raw(look: Look) -> str:
    texts = (" ".join(p.decoded.raw for p in line if p.decoded) for line in look.lines)
    return "\n".join(text for text in texts if text)


def _line(pieces: Sequence[Piece], look: Look) -> EngineLine | None:
    words: list[EngineWord] = []
    total = 0.0
    for piece in pieces:
        if piece.decoded is None:
            continue
        total += piece.decoded.log_probability
        for word in piece.decoded.words:
            if not word.text.strip(BULLET) or _hardly_seen(word):
                continue
            if words and word.text == _DOT:
                continue
            features = {
                "known": float(word.known),
                "log_word": word.log_word,
                "margin": piece.decoded.margin,
                "score": piece.box.score,
                "drawn": word.drawn,
                "bond": word.bond,
            }
            keep = [i for i, letter in enumerate(word.text) if letter != BULLET]
            text = "".join(word.text[i] for i in keep)
            words.append(EngineWord(text, tuple(word.characters[i] for i in keep), features))
    if not words:
        return None
    return EngineLine(_set_apart(words), _outline(pieces, look.scale), total)


def _hardly_seen(word: DecodedWord) -> bool:
    """A sign by itself that language put there rather than ink."""
    alone = not any(letter.isalnum() for letter in word.text)
    return alone and min(word.characters) < _LEAST_SIGN


def _set_apart(words: Sequence[EngineWord]) -> tuple[EngineWord, ...]:
    """Arrows, and a dash before a line's first word, as words of their own.

    A lone dash between words is a dash, not a hyphen: the recogniser cannot tell the two.
    """
    result: list[EngineWord] = []
    for number, word in enumerate(words):
        pattern = _ARROW if number else _FIRST_DASH
        start = 0
        for end in [match.end() for match in pattern.finditer(word.text)] + [len(word.text)]:
            if end > start:
                part = EngineWord(
                    word.text[start:end], tuple(word.characters[start:end]), word.features
                )
                result.append(part)
                start = end
    for number in range(1, len(result)):
        before, dash = result[number - 1], result[number]
        if dash.text == "-" and before.text[-1:].isalpha():
            result[number] = EngineWord("–", dash.characters, dash.features)
    return tuple(_three_dots(word) for word in _joined(result))


def _three_dots(word: EngineWord) -> EngineWord:
    """Of the three dots that trail a word one is easily lost; nobody means two."""
    if not _TWO_DOTS.search(word.text):
        return word
    return EngineWord(f"{word.text}.", (*word.characters, word.characters[-1]), word.features)


def _joined(words: Sequence[EngineWord]) -> list[EngineWord]:
    """Words with no gap before a comma, or at a slash or hyphen that has none on its other side: `and /or`.

    Several dashes before words are a list in one line: `tea -coffee -milk`.
    """
    result: list[EngineWord] = []
    several = sum(word.text.startswith("-") for word in words) > 1
    for word in words:
        before = result[-1] if result else None
        if before is None or (several and word.text.startswith("-")):
            result.append(word)
        elif _PARTED.fullmatch(f"{before.text} {word.text}") or (
            _STOP.fullmatch(word.text) and before.text[-1:].isalnum()
        ):
            result[-1] = _one_word(before, word)
        else:
            result.append(word)
    return result


def _one_word(first: EngineWord, second: EngineWord) -> EngineWord:
    """Two words as one; it is as well known as the less known of them."""
    least = {name: min(value, second.features[name]) for name, value in first.features.items()}
    return EngineWord(first.text + second.text, first.characters + second.characters, least)


def _without_bullets(lines: list[EngineLine]) -> list[EngineLine]:
    """Drop a drawn check box or triangle that was read as a letter at the start of lines.

    A true `I` or `a` is no box at all to the recogniser; of a drawn one there is always a trace.
    """
    traces = [_bullet_trace(line) for line in lines]
    several = sum(trace > 0 for trace in traces) > 1 and max(traces) > _CLEAR_TRACE
    least = _TRACE if several else _SURE_TRACE
    return [
        EngineLine(line.words[1:], line.polygon, line.log_probability) if trace > least else line
        for line, trace in zip(lines, traces, strict=True)
    ]


def _bullet_trace(line: EngineLine) -> float:
    if len(line.words) < 2 or line.words[0].text.lower() not in _LIKE_BULLETS:
        return 0.0
    return line.words[0].features.get("drawn", 0.0)


def _without_drawings(lines: list[EngineLine]) -> list[EngineLine]:
    """Drop rows of rings, crosses or heads (`8888`) beside lines that have words."""
    rows = [bool(_ROW.fullmatch(line.text.lower())) for line in lines]
    if not any(rows) or not any(len(word.text) > 2 for line in lines for word in line.words):
        return lines
    kept = [line for line, row in zip(lines, rows, strict=True) if not row]
    return kept or lines


def _without_strays(lines: list[EngineLine]) -> list[EngineLine]:
    """Drop a last line of a few doubtful signs below clear ones: strokes of a drawing."""
    if len(lines) < 2 or not any(_mean_letter(line) >= _CLEAR_LINE for line in lines[:-1]):
        return lines
    signs = sum(letter.isalnum() for letter in lines[-1].text)
    stray = signs <= _FEW_SIGNS and _mean_letter(lines[-1]) < _STRAY
    return lines[:-1] if stray else lines


def _with_dash(lines: list[EngineLine]) -> list[EngineLine]:
    """Where one later line alone begins with a dash it goes on from the line above: that is no list."""
    begun = [number for number, line in enumerate(lines) if line.words[0].text in _DASHES]
    if len(begun) != 1 or begun[0] == 0 or not lines[begun[0] - 1].text[-1:].isalpha():
        return lines
    line = lines[begun[0]]
    dash = replace(line.words[0], text="–")
    lines[begun[0]] = replace(line, words=(dash, *line.words[1:]))
    return lines


def _mean_letter(line: EngineLine) -> float:
    return float(np.mean([chance for word in line.words for chance in word.characters]))


def _outline(pieces: Sequence[Piece], scale: float) -> Polygon:
    """One box around the pieces of a line, in crop pixels."""
    if len(pieces) == 1:
        corners = pieces[0].box.corners
    else:
        every = np.concatenate([piece.box.corners for piece in pieces]).astype(np.float32)
        corners = np.asarray(cv2.boxPoints(cv2.minAreaRect(every)), np.float64)
    return tuple((float(x * scale), float(y * scale)) for x, y in corners.tolist())


def _features(
    text: EngineText, pieces: Sequence[Piece], looks: Sequence[Look], said: Sequence[str]
) -> dict[str, float]:
    words = [word for line in text.lines for word in line.words]
    chances = [c for word in words for c in word.characters]
    if not chances:
        return {"letters": 0.0, "boxes": float(len(pieces)), "struck": _struck(pieces)}
    decoded = [p.decoded for p in pieces if p.decoded and p.decoded.text]
    per_letter = [d.log_probability / max(1, len(d.text)) for d in decoded]
    unknown = sum(not word.features["known"] for word in words)
    return {
        "letters": float(len(chances)),
        "boxes": float(len(decoded)),
        "words": float(len(words)),
        "mean_letter": sum(chances) / len(chances),
        "log_min_letter": math.log(max(min(chances), 1e-6)),
        "mean_log": sum(per_letter) / len(per_letter),
        "worst_log": min(per_letter),
        "margin": min(d.margin for d in decoded),
        "unknown": float(unknown),
        "unknown_share": unknown / len(words),
        "under_half": float(sum(c < 0.5 for c in chances)),
        "under_seven": float(sum(c < 0.7 for c in chances)),
        "mean_word": sum(word.features["log_word"] for word in words) / len(words),
        "box_score": min(p.box.score for p in pieces),
        "best_box": max(p.box.score for p in pieces),
        "looks": float(len(looks)),
        "struck": _struck(pieces),
        "turned": float(any(look.turns for look in looks)),
        "views_agree": _agreement(text.text, said),
    }


def _struck(pieces: Sequence[Piece]) -> float:
    return float(any(piece.decoded is not None and piece.decoded.struck for piece in pieces))


def _agreement(text: str, others: Sequence[str]) -> float:
    """Mean share of letters on which the looks agree with the text; 1 for a single look."""
    plain = " ".join(text.lower().split())
    shares = []
    for other in others:
        theirs = " ".join(other.lower().replace(BULLET, "").split())
        longest = max(len(plain), len(theirs), 1)
        shares.append(1 - min(1.0, Levenshtein.distance(plain, theirs) / longest))
    return sum(shares) / len(shares)
