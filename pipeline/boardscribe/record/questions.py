"""Doubtful answers kept as questions for people, beside the imported record.

`record update` writes them, `review push` reads them: a note that would answer a gap is asked about
although its text needs nobody otherwise. They are replaced as a whole by each update.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from boardscribe.files import write_whole

__all__ = ["Proposal", "read_questions", "write_questions"]

_FILE = Path("record") / "questions.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Proposal:
    """A doubtful answer, as a question for the review queue. All texts are hostile."""

    note_id: str
    entry: str
    """Place of the entry in the record, `section.group.entry`."""
    published: str
    """What the record says, gaps included."""
    proposed: str
    """The same with every proposed answer in its place."""
    confidence: float
    reason: str


def write_questions(workspace: Path, proposals: Iterable[Proposal]) -> Path:
    """Keep the questions of an update in place of those before; returns the file.

    Raises:
        OSError: the workspace cannot be written.
    """
    path = workspace / _FILE
    data = {"format": _FORMAT, "questions": [asdict(one) for one in proposals]}
    text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write_whole(path, text.encode("utf-8", "backslashreplace"))
    return path


def read_questions(workspace: Path) -> Mapping[str, Proposal]:
    """The questions of the newest update by note id; none where there was none.

    A file that is damaged or of a newer version gives none: an update writes it again.
    """
    try:
        data = json.loads((workspace / _FILE).read_text(encoding="utf-8"))
        if data["format"] != _FORMAT:
            return {}
        found = [Proposal(**one) for one in data["questions"]]
    except (OSError, ValueError, TypeError, KeyError):
        return {}
    return {one.note_id: one for one in found}
