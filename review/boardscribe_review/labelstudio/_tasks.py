"""Between the records of the seam and Label Studio's JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from boardscribe.records import Legibility
from boardscribe.review import Kind, RawAnswer, ReviewTask, TaskContent, Verdict
from boardscribe_review.labelstudio import _screen

__all__ = ["MODEL", "is_placeholder", "placeholder", "raw_answer", "task_json"]

MODEL = "boardscribe"
"""`model_version` of every prediction: Label Studio shows those of the project's version only.
The true engine and version are in the task's data."""

_QUESTIONS = {
    Kind.NOTE: "Is this one note?",
    Kind.SHAPE: "Which shape has this note?",
    Kind.TEXT: "What does it say?",
}
_COPIES = 10
"""Copies of one note beyond this many are all last in the queue."""


def task_json(task: ReviewTask, *, crop: str, context: str) -> dict[str, Any]:
    """A task as Label Studio imports it.

    Args:
        task: the question.
        crop: address of the note's picture.
        context: address of the picture of the board with the note marked.
    """
    content = task.content
    filled = _prefilled(task)
    return {
        "data": {
            "task_id": task.task_id,
            "crop": crop,
            "context": context,
            "question": _question(task),
            "place": _place(content),
            "help": _help(content),
            "boards": _boards(content),
            # To tell later what a person changed, and what read it.
            "prefilled": filled,
            "machine_version": content.machine_version,
        },
        "predictions": [
            {"model_version": MODEL, "score": _score(task), "result": _results(task, filled)}
        ],
    }


def raw_answer(
    annotation: Mapping[str, Any], prefilled: Mapping[str, Any], *, reader: str
) -> RawAnswer:
    """What one person answered.

    Args:
        annotation: as Label Studio gives it.
        prefilled: from the task's data.
        reader: the e-mail address of the account.
    """
    said = _values(annotation.get("result") or ())
    text = _text(said, _screen.TEXT)
    shape, board = _chosen(said, _screen.SHAPE), _chosen(said, _screen.BOARD)
    verdict = next(
        (
            chosen
            for control in (_screen.VERDICT, _screen.NOTE, _screen.OUTLINE)
            if (chosen := _chosen(said, control)) is not None
        ),
        None,
    )
    changed = tuple(
        name
        for name, now, before in (
            ("text", text, prefilled.get("text")),
            ("shape", shape, prefilled.get("shape")),
            ("board", board, prefilled.get("board")),
        )
        if now is not None and now != before
    )
    if "text" in changed and text and verdict == prefilled.get("verdict"):
        # The machine took it for blank, and a person typed what it says: that is the choice.
        verdict = None
    if verdict is None and _screen.OUTLINE in said.get(_screen.PARTS, ()):
        # Asked for the shape alone; who answers that says that it is a note.
        verdict = Verdict.NOTE.value
    return RawAnswer(
        answer_id=str(annotation["id"]),
        reader=reader,
        created_at=_utc(annotation["created_at"]),
        updated_at=_utc(annotation["updated_at"]),
        verdict=verdict,
        text=text,
        shape=shape,
        board_id=board,
        comment=_text(said, _screen.COMMENT) or "",
        skipped=bool(annotation.get("was_cancelled")),
        seconds=annotation.get("lead_time"),
        changed=changed,
        payload=dict(annotation),
    )


def placeholder() -> list[dict[str, Any]]:
    """Result of the answer that takes a task out of everybody's queue."""
    return [_choice(_screen.PARTS, [_screen.WITHDRAWN])]


def is_placeholder(annotation: Mapping[str, Any]) -> bool:
    """Whether an annotation is `placeholder`, not a person's answer."""
    said = _values(annotation.get("result") or ())
    return list(said.get(_screen.PARTS, ())) == [_screen.WITHDRAWN]


def _question(task: ReviewTask) -> str:
    question = _QUESTIONS[task.kind]
    return f"{question} The readers before you disagree." if task.for_editor else question


def _place(content: TaskContent) -> str:
    names = {board.board_id: board.name for board in content.boards}
    board = names.get(content.board_id or "")
    return " · ".join(part for part in (board, content.photo) if part) or "Where it is"


def _help(content: TaskContent) -> str:
    """Lines between the text and what can be chosen instead; the style keeps them apart."""
    lines = []
    if content.doubtful_words:
        lines.append(f"Look closely at: {', '.join(content.doubtful_words)}")
    if content.alternatives:
        others = " / ".join(" ⏎ ".join(text.splitlines()) for text in content.alternatives)
        lines.append(f"Others read: {others}")
    lines.append("Write [illeg.] for a word that cannot be read. If there is no text, choose:")
    return "\n".join(lines)


def _boards(content: TaskContent) -> list[dict[str, str]]:
    """Choices of the heading; two boards of one name stay apart by their number."""
    seen: dict[str, int] = {}
    rows = []
    for board in content.boards:
        seen[board.name] = seen.get(board.name, 0) + 1
        again = f" ({seen[board.name]})" if seen[board.name] > 1 else ""
        rows.append({"value": f"{board.name}{again}", "alias": board.board_id})
    return rows


def _prefilled(task: ReviewTask) -> dict[str, str | None]:
    content = task.content
    blank = content.legibility is Legibility.BLANK and not content.text
    known = {board.board_id for board in content.boards}
    return {
        "text": content.text if Kind.TEXT in task.asks else None,
        "verdict": Verdict.BLANK.value if blank and Kind.TEXT in task.asks else None,
        "shape": content.shape.value,
        "board": content.board_id if content.board_id in known else None,
    }


def _results(task: ReviewTask, filled: Mapping[str, str | None]) -> list[dict[str, Any]]:
    parts = [
        part for part, kind in ((_screen.NOTE, Kind.NOTE), (_screen.TEXT, Kind.TEXT))
        if kind in task.asks
    ]  # fmt: skip
    results = [_choice(_screen.PARTS, parts or [_screen.OUTLINE])]
    if filled["text"]:
        results.append(
            {
                "from_name": _screen.TEXT,
                "to_name": _screen.CROP,
                "type": "textarea",
                "value": {"text": [filled["text"]]},
            }
        )
    results += [
        _choice(control, [chosen])
        for control, chosen in (
            (_screen.VERDICT, filled["verdict"]),
            (_screen.SHAPE, filled["shape"]),
            (_screen.BOARD, filled["board"]),
        )
        if chosen is not None
    ]
    return results


def _choice(control: str, chosen: Sequence[str]) -> dict[str, Any]:
    return {
        "from_name": control,
        "to_name": _screen.CROP,
        "type": "choices",
        "value": {"choices": list(chosen)},
    }


def _score(task: ReviewTask) -> float:
    """Label Studio shows the lowest first: the most useful, and first copies before second ones.

    Nobody can be kept from the second copy of what he answered himself, but so he meets it late,
    and another reader may have had it by then.
    """
    turn = min(task.copy - 1, _COPIES - 1) + (1.0 - task.priority)
    return round(turn / _COPIES, 6)


def _values(results: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """What was chosen or typed, by control."""
    said = {}
    for result in results:
        value = result.get("value")
        if not isinstance(value, Mapping):
            continue  # such as a relation; kept in the raw answer
        found = value.get("choices", value.get("text"))
        if isinstance(found, str):
            found = [found]
        if isinstance(found, list):
            said[str(result.get("from_name"))] = [str(item) for item in found]
    return said


def _chosen(said: Mapping[str, Sequence[str]], control: str) -> str | None:
    return next(iter(said.get(control, ())), None)


def _text(said: Mapping[str, Sequence[str]], control: str) -> str | None:
    """The text; `""` where it was cleared, None where there was no such part."""
    if control in said:
        return "\n".join(said[control])
    if control == _screen.TEXT and _screen.TEXT in said.get(_screen.PARTS, ()):
        return ""
    return None


def _utc(moment: str) -> str:
    return moment.replace("Z", "+00:00")
