"""Writes what an update changed: a page a person reads in a minute, data, and the new record."""

from __future__ import annotations

import base64
import difflib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from boardscribe.files import write_whole
from boardscribe.record import _pages
from boardscribe.record._answers import WHICH_NOTE
from boardscribe.record.matching import Match
from boardscribe.record.model import ILLEGIBLE_WORD, PublishedNote
from boardscribe.record.updating import (
    Answer,
    Difference,
    EntryUpdate,
    NoteEvidence,
    Outcome,
    Update,
)
from boardscribe.records import Source

__all__ = ["changes_data", "write_changes"]

_CROP_SIDE = 480
"""Longest side of a crop on the page, in pixels: sharp at 240 CSS pixels on a dense screen."""
_FORMAT = 1
"""Version of `changes.json`; raised when a field changes its meaning."""


def write_changes(update: Update, workspace: Path, out: Path) -> Path:
    """Write the change report and the updated record.

    Args:
        update: what was found.
        workspace: the folder that the crops' paths are relative to; a path that leads out of it
            shows as a missing picture.
        out: folder to write `changes.html`, `changes.json` and `record.md` into.

    Returns:
        Path of the page. It needs no network and no other file.

    Raises:
        OSError: the folder cannot be written.
    """
    page = out / "changes.html"
    data = json.dumps(changes_data(update), ensure_ascii=False, indent=1, sort_keys=True)
    texts = {"record.md": update.text, "changes.json": data + "\n"}
    texts[page.name] = _page(update, workspace)
    for name, text in texts.items():
        # Lone surrogates (file names that are not UTF-8) cannot be written out.
        write_whole(out / name, text.encode("utf-8", "backslashreplace"), durable=False)
    return page


def changes_data(update: Update) -> dict[str, object]:
    """The change report as plain data: what `changes.json` holds."""
    return {
        "format": _FORMAT,
        "counts": {
            "applied": update.count(Outcome.APPLIED),
            "doubtful": update.count(Outcome.DOUBTFUL),
            "open": update.count(Outcome.OPEN),
            "differences": len(update.differences),
            "missing": len(update.missing),
            "unlisted": len(update.unlisted),
        },
        "entries": [_entry_data(entry) for entry in update.entries],
        "differences": [
            {
                "kind": difference.kind,
                "heading": difference.heading,
                "stated": difference.stated,
                "found": difference.found,
                "entry": difference.entry.note if difference.entry else None,
                "confidence": round(difference.confidence, 4),
                "evidence": _evidence_data(difference.evidence),
            }
            for difference in update.differences
        ],
        "missing": [
            {"entry": note.note, "line": note.entry.line, "text": note.entry.text}
            for note in update.missing
        ],
        "unlisted": [_evidence_data(note) for note in update.unlisted],
        "matches": [_match_data(match) for match in update.matches],
        "problems": list(update.record.problems),
    }


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a text as the page shows it."""

    text: str
    kind: str = ""
    """`""`, `mark`, `fill`, `fill guess` or `differs`."""


@dataclass(frozen=True, slots=True)
class _Card:
    """One entry as the page shows it."""

    entry: EntryUpdate
    before: tuple[_Part, ...]
    after: tuple[_Part, ...]
    reasons: tuple[str, ...]
    crop: str | None

    @property
    def asks_which_note(self) -> bool:
        """Whether somebody has to say which note the entry is."""
        return not set(WHICH_NOTE).isdisjoint(self.reasons)


@dataclass(frozen=True, slots=True)
class _DifferenceCard:
    """One disagreement as the page shows it."""

    difference: Difference
    stated: tuple[_Part, ...]
    found: tuple[_Part, ...]
    crop: str | None


def _page(update: Update, workspace: Path) -> str:
    cards = [_card(entry, workspace) for entry in update.entries]
    differences = [_difference_card(d, workspace) for d in update.differences]
    return _pages.render(
        "changes.html",
        update=update,
        applied=[card for card in cards if card.entry.outcome is Outcome.APPLIED],
        doubtful=[card for card in cards if card.entry.outcome is Outcome.DOUBTFUL],
        open=[card for card in cards if card.entry.outcome is Outcome.OPEN],
        serious=[card for card in differences if card.difference.kind != "spelling"],
        spelling=[card for card in differences if card.difference.kind == "spelling"],
        missing=[
            (update.record.sections[note.section].heading, note.entry) for note in update.missing
        ],
        unlisted=[(note, _crop(note, workspace)) for note in update.unlisted],
        counts={outcome.value: update.count(outcome) for outcome in Outcome},
        who=_who,
        kinds=_KINDS,
    )


_KINDS = {
    "words": "other words",
    "spelling": "other spelling",
    "writing": "writing or blank",
    "type": "other type",
    "heading": "other board",
    "count": "count",
}


def _card(entry: EntryUpdate, workspace: Path) -> _Card:
    return _Card(
        entry,
        tuple(_parts(entry, None)),
        tuple(_parts(entry, entry.answers)),
        tuple(dict.fromkeys(a.reason for a in entry.answers if a.reason)),
        _crop(entry.evidence, workspace),
    )


def _parts(entry: EntryUpdate, answers: tuple[Answer, ...] | None) -> Iterator[_Part]:
    """The published text with its gaps marked, or with the answers in their places."""
    text = entry.published.entry.text
    position = 0
    for answer in entry.answers:
        yield _Part(text[position : answer.span[0]])
        if answers is None or answer.outcome is Outcome.OPEN:
            yield _Part(answer.mark, "mark")
        else:
            inserted = answer.inserted
            lead = inserted[: len(inserted) - len(inserted.lstrip())]
            yield _Part(lead)
            kind = "fill" if answer.outcome is Outcome.APPLIED else "fill guess"
            yield _Part(inserted.strip() or "(nothing more)", kind)
            yield _Part(inserted[len(inserted.rstrip()) :] if inserted.strip() else "")
        position = answer.span[1]
    yield _Part(text[position:])


def _difference_card(difference: Difference, workspace: Path) -> _DifferenceCard:
    crop = _crop(difference.evidence, workspace)
    stated, found = difference.stated, difference.found
    if difference.kind not in ("words", "spelling"):
        return _DifferenceCard(difference, (_Part(stated),), (_Part(found),), crop)
    one, other = stated.split(), found.split()
    left: list[_Part] = []
    right: list[_Part] = []
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        style = "" if kind == "equal" else "differs"
        left += (_Part(" ".join(one[a:b]), style), _Part(" "))
        right += (_Part(" ".join(other[c:d]), style), _Part(" "))
    return _DifferenceCard(difference, tuple(left), tuple(right), crop)


def _who(evidence: NoteEvidence) -> str:
    """Who or what read a note, in words."""
    if evidence.source is Source.MACHINE:
        # Versions are in the data; a reader of the page wants to know who, not which build.
        engines = sorted({name.partition(" ")[0] for name in evidence.engines} - {"combined"})
        return f"read by machine ({', '.join(engines)})" if engines else "read by machine"
    people = "a person" if evidence.source is Source.PERSON else "several people"
    return f"read by {people} ({evidence.decided_by})"


def _crop(evidence: NoteEvidence | None, workspace: Path) -> str | None:
    """A crop as a data address, small enough to send; None where it is missing."""
    if evidence is None or not evidence.crop:
        return None
    root = workspace.resolve()
    try:
        path = (root / evidence.crop).resolve()
        if not path.is_relative_to(root):
            return None
        with Image.open(path) as image:
            image.draft("RGB", (_CROP_SIDE, _CROP_SIDE))
            small = image.convert("RGB")
        small.thumbnail((_CROP_SIDE, _CROP_SIDE))
        buffer = io.BytesIO()
        # Saved anew: no metadata of the photograph comes along.
        small.save(buffer, "JPEG", quality=72, optimize=True)
    except (
        OSError,
        ValueError,
        RuntimeError,
        UnidentifiedImageError,
        Image.DecompressionBombError,
    ):
        return None
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def _entry_data(entry: EntryUpdate) -> dict[str, object]:
    return {
        "entry": entry.published.note,
        "line": entry.published.entry.line,
        "heading": entry.heading,
        "type": entry.label,
        "outcome": entry.outcome.value,
        "before": entry.published.entry.text,
        "after": _plain(entry),
        "match": _match_data(entry.match),
        "answers": [
            {
                "gap": answer.mark,
                "start": answer.span[0],
                "end": answer.span[1],
                "fill": answer.fill,
                "outcome": answer.outcome.value,
                "confidence": round(answer.confidence, 4),
                "reason": answer.reason,
            }
            for answer in entry.answers
        ],
        "evidence": _evidence_data(entry.evidence),
    }


def _plain(entry: EntryUpdate) -> str:
    """The entry with its sure answers; other gaps as `[illeg.]`."""
    parts: list[str] = []
    position = 0
    text = entry.published.entry.text
    for answer in entry.answers:
        applied = answer.outcome is Outcome.APPLIED
        parts += (
            text[position : answer.span[0]],
            answer.inserted if applied else ILLEGIBLE_WORD,
        )
        position = answer.span[1]
    return "".join((*parts, text[position:]))


def _match_data(match: Match) -> dict[str, object]:
    entry: PublishedNote | None = match.entry
    return {
        "entry": entry.note if entry else None,
        "note_id": match.note_id,
        "confidence": round(match.confidence, 4),
        "runner_up": (
            {"note_id": match.runner_up[0], "confidence": round(match.runner_up[1], 4)}
            if match.runner_up
            else None
        ),
        "log_odds": {key: round(value, 3) for key, value in match.evidence.items()},
    }


def _evidence_data(evidence: NoteEvidence | None) -> dict[str, object] | None:
    if evidence is None:
        return None
    return {
        "note_id": evidence.note_id,
        "board": evidence.board,
        "meaning": evidence.meaning,
        "text": evidence.text,
        "legibility": evidence.legibility.value,
        "status": evidence.status.value,
        "source": evidence.source.value,
        "decided_by": evidence.decided_by,
        "decided_at": evidence.decided_at,
        "confidence": round(evidence.confidence, 4),
        "reason": evidence.reason,
        "sighting_id": evidence.sighting_id,
        "photo": evidence.photo,
        "photo_sha256": evidence.photo_sha256,
        "polygon": [list(point) for point in evidence.polygon],
        "crop": evidence.crop,
        "engines": list(evidence.engines),
        "photos": evidence.photos,
    }
