"""From what a person typed and chose to a checked answer, or to why it cannot be one.

An answer that contradicts itself is reported, never guessed at: it is kept, the note is asked
again, and nothing is applied.
"""

from __future__ import annotations

import re
import unicodedata

from boardscribe.marks import ILLEGIBLE, certain, uncertain
from boardscribe.records import Shape
from boardscribe.review import Answer, Kind, RawAnswer, StoredTask, TaskAnswers, Verdict

__all__ = ["LONGEST", "check", "normalised", "problem"]

LONGEST = 4000
"""Characters; more is not on a note, but pasted by mistake."""

_WORDLESS = {
    Verdict.ILLEGIBLE: "says that nothing can be read",
    Verdict.BLANK: "says that there is no writing",
    Verdict.HIDDEN: "says that the writing is hidden",
    Verdict.NOT_A_NOTE: "says that it is not a note",
}

_ILLEGIBLE = re.compile(
    r"\[\s*(?:illeg(?:\.|ible)?|unreadable|unclear|\.{2,}|…+|\?+)\s*\]", re.IGNORECASE
)
_DOUBT = re.compile(r"\[\s*\?\s*([^\[\]?]+?)\s*\??\s*\]|\[\s*([^\[\]?]+?)\s*\?\s*\]")
_AFTER = re.compile(r"(\w[^\s\[\]]*)\[\?\]")
_SPACES = re.compile(r"[^\S\n]+")
_JOINERS = frozenset("\u200c\u200d")
"""Invisible, but part of words in some scripts and of emoji."""
_WHOLE = {
    Verdict.BLANK: re.compile(r"\[\s*(?:blank|no text|no writing|empty)\s*\]", re.IGNORECASE),
    Verdict.ILLEGIBLE: re.compile(r"(?:\[illeg\.\]\s*)+"),
    Verdict.HIDDEN: re.compile(r"\[\s*(?:hidden|cut off|covered)\s*\]", re.IGNORECASE),
    Verdict.NOT_A_NOTE: re.compile(r"\[\s*(?:not a note|no note)\s*\]", re.IGNORECASE),
}
"""Marks that stand for a whole note, for people who type instead of choosing."""


def normalised(text: str) -> str:
    r"""A text as people meant it: one spelling of each mark, no stray spaces, no hidden signs.

    >>> normalised("ask [ Illegible ]  about\r\n[? the trees ?] maybe[?]\u200b")
    'ask [illeg.] about\n[?the?] [?trees?] [?maybe?]'
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.replace("\u2028", "\n").replace("\u2029", "\n").replace("\t", " ")
    text = "".join(
        char
        for char in text
        if char == "\n" or char in _JOINERS or unicodedata.category(char) not in ("Cc", "Cf", "Cs")
    )
    text = _AFTER.sub(lambda match: uncertain(match[1]), text)
    text = _ILLEGIBLE.sub(ILLEGIBLE, text)
    text = _DOUBT.sub(
        lambda match: " ".join(uncertain(word) for word in (match[1] or match[2]).split()), text
    )
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    return "\n".join(line for line in lines if line)


def problem(item: TaskAnswers, task: StoredTask | None, raw: RawAnswer) -> str:
    """Why an answer must not be applied, in words for a person; empty for a good one.

    Args:
        item: what the queue gave.
        task: the task of this id; None where it is not ours.
        raw: the answer.
    """
    if task is None:
        return f"it answers {item.task_id!r}, which is no question of this workspace"
    found = check(task, raw)
    return found if isinstance(found, str) else ""


def check(task: StoredTask, raw: RawAnswer) -> Answer | str:
    """The answer, checked and normalised, or why there is none.

    Args:
        task: the question.
        raw: an answer that was not skipped.
    """
    try:
        return _checked(task, raw)
    except _UnusableError as error:
        return str(error)


class _UnusableError(Exception):
    """Why an answer cannot be applied."""


def _checked(task: StoredTask, raw: RawAnswer) -> Answer:
    asks, shown = task.task.asks, task.task.content
    if raw.text is not None and len(raw.text) > LONGEST:
        raise _UnusableError(f"its text has {len(raw.text)} characters; {LONGEST} are allowed")
    if raw.board_id is not None and raw.board_id not in {board.board_id for board in shown.boards}:
        raise _UnusableError(f"it names the unknown board {raw.board_id!r}")
    text = normalised(raw.text or "")
    changed = raw.text is not None and text != normalised(shown.text)
    verdict = _verdict(raw.verdict, text)
    shape = _shape(raw.shape)
    if verdict in (None, Verdict.NOTE) and text and (Kind.TEXT in asks or changed):
        # The text is the choice: nobody changes a text that cannot be read.
        verdict = Verdict.READABLE
    if verdict is None:
        raise _UnusableError("no choice was made")
    text = _text(verdict, text, changed=changed, asked=Kind.TEXT in asks)
    verdict = _by_marks(verdict, text)
    about_note = verdict in (Verdict.NOT_A_NOTE, Verdict.TWO_NOTES, Verdict.WRONG_OUTLINE)
    if verdict is Verdict.NOTE and Kind.TEXT in asks:
        raise _UnusableError("it says nothing about the text")
    if shape is None and Kind.SHAPE in asks and not about_note:
        raise _UnusableError("it says nothing about the shape")
    return Answer(
        reader=raw.reader,
        verdict=verdict,
        text=text,
        shape=None if about_note else shape,
        board_id=raw.board_id,
        answered_at=raw.updated_at,
        seconds=raw.seconds,
    )


def _verdict(chosen: str | None, text: str) -> Verdict | None:
    """The choice; what a mark for the whole note says where none was made."""
    if chosen is None or not chosen.strip():
        return next((verdict for verdict, mark in _WHOLE.items() if mark.fullmatch(text)), None)
    try:
        return Verdict(chosen.strip().lower().replace(" ", "_"))
    except ValueError:
        raise _UnusableError(f"it has the unknown choice {chosen!r}") from None


def _shape(chosen: str | None) -> Shape | None:
    if chosen is None or not chosen.strip():
        return None
    try:
        return Shape(chosen.strip().lower())
    except ValueError:
        raise _UnusableError(f"it has the unknown shape {chosen!r}") from None


def _text(verdict: Verdict, text: str, *, changed: bool, asked: bool) -> str:
    """The text that goes with a choice."""
    mark = _WHOLE.get(verdict)
    if mark is not None and mark.fullmatch(text):
        changed = False
    if verdict in _WORDLESS:
        if changed and text:
            raise _UnusableError(f"it {_WORDLESS[verdict]}, but has a new text")
        return ""
    if verdict not in (Verdict.READABLE, Verdict.PARTLY):
        return ""
    if not text:
        if asked or changed:
            what = "all can be read" if verdict is Verdict.READABLE else "a part can be read"
            raise _UnusableError(f"it says that {what}, but the text is empty")
        return ""
    if verdict is Verdict.PARTLY and ILLEGIBLE not in text and certain(text) == text:
        # Which word it is nobody knows; that there is one must not be lost.
        return f"{text} {ILLEGIBLE}"
    return text


def _by_marks(verdict: Verdict, text: str) -> Verdict:
    """A choice brought into line with the marks in the text: they say it word by word."""
    if verdict not in (Verdict.READABLE, Verdict.PARTLY):
        return verdict
    words = text.split()
    if not words:
        return Verdict.NOTE
    if all(word == ILLEGIBLE for word in words):
        return Verdict.ILLEGIBLE
    return Verdict.PARTLY if ILLEGIBLE in text else Verdict.READABLE
