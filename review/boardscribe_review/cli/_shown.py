"""What the commands of review show."""

from __future__ import annotations

from boardscribe._console import audit_text, safe, table
from boardscribe.progress import ReviewProgress

__all__ = ["progress_text", "safe"]


def progress_text(found: ReviewProgress) -> str:
    """How review goes, for a person."""
    if not found.asked:
        return "Nobody was asked yet. Run: boardscribe review push --workspace DIR"
    rows = [
        ("notes", f"{found.done} done, {found.left} left, of {found.asked} asked about"),
        ("open", f"{found.open_tasks} questions{_kinds(found)}"),
        (
            "answers",
            f"{found.answers} applied, {found.skipped} skipped, {found.unusable} unusable, "
            f"{found.deleted} deleted",
        ),
        ("readers", str(found.readers)),
        ("time", _time(found)),
        ("agreement", _agreement(found.agreement, found.agreement_notes)),
        (
            "outline",
            f"{found.new_outline} need a new one ({found.to_split} of them to be split), "
            f"{found.rejected} are no notes",
        ),
        ("audit", audit_text(found.audit)),
    ]
    parts = [table(rows), "", "Boards"]
    parts.append(
        table(
            [
                (
                    safe(board.board) if board.board is not None else "(no board)",
                    f"{board.asked - board.left} done, {board.left} left"
                    + ("" if board.agreement is None else f", agreement {board.agreement:.0%}"),
                )
                for board in found.boards
            ]
        )
    )
    return "\n".join(parts)


def _kinds(found: ReviewProgress) -> str:
    parts = ", ".join(f"{count} {kind}" for kind, count in found.by_kind.items())
    return f" ({parts})" if parts else ""


def _time(found: ReviewProgress) -> str:
    parts = []
    if found.seconds is not None:
        minutes = found.seconds * found.open_tasks / 60
        parts.append(f"{found.seconds:.0f} s a question (median), about {minutes:.0f} min left")
    if found.per_hour is not None:
        parts.append(f"{found.per_hour:.0f} answers an hour of work")
    return "; ".join(parts) or "not known yet"


def _agreement(share: float | None, notes: int) -> str:
    if share is None:
        return "no note was read by two people yet"
    return f"{share:.0%} of places alike, in {notes} notes that two or more people read"
