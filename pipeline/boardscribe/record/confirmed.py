"""What people said about matches: this entry is that note, or is not.

Kept beside the imported record. An answer holds for as long as the entry at its place says what it
said when the answer was given: another record, imported in its place, asks anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType

from boardscribe.errors import InputError
from boardscribe.files import write_whole
from boardscribe.record.model import PublishedNote, PublishedRecord

__all__ = ["Confirmed", "confirm", "read_confirmed"]

_FILE = Path("record") / "confirmed.json"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Answers that hold for a record."""

    notes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Note id by place of the entry: they belong together."""
    never: frozenset[tuple[str, str]] = frozenset()
    """Place of an entry and note id: they do not."""


def read_confirmed(workspace: Path, record: PublishedRecord) -> Confirmed:
    """The answers that hold for this record.

    Raises:
        InputError: the file that keeps them is damaged.
    """
    texts = {note.note: note.entry.text for note in record.notes()}
    kept = [one for one in _read(workspace) if texts.get(one.entry) == one.text]
    return Confirmed(
        MappingProxyType({one.entry: one.note_id for one in kept if one.same}),
        frozenset((one.entry, one.note_id) for one in kept if not one.same),
    )


def confirm(
    workspace: Path, record: PublishedRecord, entry: str, note_id: str, *, same: bool
) -> PublishedNote:
    """Keep that an entry is a note, or is not; a later answer replaces an earlier one.

    Args:
        workspace: its folder.
        record: the imported record.
        entry: place of the entry, as the change report names it.
        note_id: the note.
        same: whether they belong together.

    Returns:
        The entry.

    Raises:
        InputError: the record has no such entry, or the file that keeps answers is damaged.
    """
    found = next((note for note in record.notes() if note.note == entry), None)
    if found is None:
        raise InputError(
            f"the record has no entry {entry!r}",
            remedy="The change report and changes.json name entries, such as 4.1.2.",
        )
    # A note is one entry's: a new pair ends the pairs that either was in.
    kept = [
        one
        for one in _read(workspace)
        if (one.entry, one.note_id) != (entry, note_id)
        and not (same and one.same and (one.entry == entry or one.note_id == note_id))
    ]
    kept.append(_Said(entry, found.entry.text, note_id, same))
    kept.sort(key=lambda one: (one.entry, one.note_id))
    text = (
        json.dumps([asdict(one) for one in kept], ensure_ascii=False, indent=1, sort_keys=True)
        + "\n"
    )
    write_whole(workspace / _FILE, text.encode("utf-8", "backslashreplace"))
    return found


@dataclass(frozen=True, slots=True)
class _Said:
    """One answer as it is kept."""

    entry: str
    text: str
    """What the entry said then."""
    note_id: str
    same: bool


def _read(workspace: Path) -> list[_Said]:
    path = workspace / _FILE
    try:
        return [_Said(**one) for one in json.loads(path.read_text(encoding="utf-8"))]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"{path} is damaged: {error}",
            remedy="Put it back from a backup, or remove it to answer its questions again.",
        ) from error
