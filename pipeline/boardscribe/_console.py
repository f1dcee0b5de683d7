"""What the command line shows: summaries and tables. Plain text, safe to print."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from boardscribe.doctor import Finding
from boardscribe.progress import AuditResult, audit_result
from boardscribe.records import Legibility
from boardscribe.run import RunSummary
from boardscribe.snapshot import Failure, Snapshot

__all__ = [
    "audit_text",
    "findings_text",
    "safe",
    "status_data",
    "status_text",
    "summary_text",
    "table",
]


def safe(text: str) -> str:
    """Text from outside for a terminal: control characters are shown, never sent."""
    return "".join(
        f"\\x{ord(char):02x}" if unicodedata.category(char) in ("Cc", "Cs", "Cf") else char
        for char in text
    )


def table(rows: Sequence[tuple[str, str]]) -> str:
    """Labels and values in two columns."""
    width = max((len(label) for label, _ in rows), default=0)
    return "\n".join(f"  {label:<{width}}  {value}" for label, value in rows)


def _counts(counter: Counter[str]) -> str:
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {safe(name)}" for name, count in ordered) or "none"


def _failures(failures: Sequence[Failure]) -> list[str]:
    lines = []
    for failure in failures:
        lines.append(f"  {safe(failure.name)}: {failure.reason}: {safe(failure.message)}")
        if failure.remedy:
            lines.append(f"    {safe(failure.remedy)}")
    return lines


def summary_text(summary: RunSummary, page: Path | None) -> str:
    """What a run did, for the end of `transcribe`."""
    rows = [
        ("photos", f"{summary.photos} ({summary.done} worked on, {summary.skipped} up to date)"),
        ("boards", str(summary.boards)),
        ("notes", f"{sum(summary.by_meaning.values())} ({_counts(summary.by_meaning)})"),
        ("accepted", str(summary.accepted)),
        ("to review", str(summary.review)),
        ("reviewed", str(summary.reviewed)),
        ("blank", str(summary.blank)),
        ("failed", str(len(summary.failed))),
        ("time", _duration(summary.seconds)),
    ]
    parts = ["", "Summary", table(rows)]
    if summary.failed:
        parts += ["", "Failed", *_failures(summary.failed)]
    passed_over = [failure for failure in summary.failures if failure.severity != "failed"]
    if passed_over:
        parts += ["", "Passed over", *_failures(passed_over)]
    if page is not None:
        parts += ["", f"Report: {page}"]
    return "\n".join(parts)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def status_data(snapshot: Snapshot) -> dict[str, Any]:
    """Where a workspace stands, as plain data."""
    notes = list(snapshot.counted())
    names = {board.board_id: board.name for board in snapshot.boards}
    boards = [
        {
            "board": names.get(board_id) if board_id is not None else None,
            "notes": len(mine),
            "by_meaning": dict(sorted(Counter(note.meaning for note in mine).items())),
            "by_status": dict(sorted(Counter(note.status.value for note in mine).items())),
        }
        for board_id in [*(board.board_id for board in snapshot.boards), None]
        if (mine := [note for note in notes if note.board_id == board_id]) or board_id is not None
    ]
    return {
        "title": snapshot.title,
        "photos": len(snapshot.photos),
        "notes": len(notes),
        "doubtful": len(snapshot.notes) - len(notes),
        "by_meaning": dict(sorted(snapshot.by_meaning().items())),
        "by_status": dict(sorted(snapshot.by_status().items())),
        "by_legibility": dict(
            sorted(Counter(note.transcription.legibility.value for note in notes).items())
        ),
        "boards": boards,
        "to_split": [note.note_id for note in snapshot.to_split()],
        "review": _review_data(snapshot),
        "failures": [
            {
                "name": failure.name,
                "reason": failure.reason,
                "message": failure.message,
                "remedy": failure.remedy,
                "severity": failure.severity,
            }
            for failure in snapshot.failures
        ],
    }


def _review_data(snapshot: Snapshot) -> dict[str, Any]:
    """What the random sample says of the notes accepted without review."""
    found = audit_result(snapshot)
    return {
        "error_rate": found.rate,
        "interval_95": [found.low, found.high],
        "drawn": found.drawn,
        "answered": found.answered,
        "wrong": found.wrong,
    }


def audit_text(found: AuditResult) -> str:
    """The measured error of what was accepted without review, for a person."""
    if not found.drawn:
        return "none drawn yet: boardscribe review push --audit 5%"
    if found.rate is None:
        return f"{found.drawn} notes drawn, none answered yet"
    return (
        f"{found.rate:.1%} wrong of what was accepted without review "
        f"({found.wrong} of {found.answered} answered; 95 % interval "
        f"{found.low:.1%} to {found.high:.1%}; {found.drawn} drawn)"
    )


def status_text(snapshot: Snapshot) -> str:
    """Where a workspace stands, for a person."""
    notes = list(snapshot.counted())
    blank = sum(note.transcription.legibility is Legibility.BLANK for note in notes)
    rows = [
        ("photos", str(len(snapshot.photos))),
        ("boards", str(len(snapshot.boards))),
        ("notes", f"{len(notes)} ({_counts(snapshot.by_meaning())})"),
        ("status", _counts(snapshot.by_status())),
        ("blank", str(blank)),
        ("doubtful", f"{len(snapshot.notes) - len(notes)} (may not be notes; not counted)"),
        ("audit", audit_text(audit_result(snapshot))),
        ("failed", str(len(snapshot.failures))),
    ]
    parts = [safe(snapshot.title), table(rows), ""]
    board_rows = [
        (
            safe(board["board"]) if board["board"] is not None else "(no board)",
            f"{board['notes']} notes: {_counts(Counter(board['by_status']))}",
        )
        for board in status_data(snapshot)["boards"]
    ]
    if board_rows:
        parts += ["Boards", table(board_rows)]
    if snapshot.to_split():
        names = {board.board_id: board.name for board in snapshot.boards}
        parts += ["", "To be split (boardscribe split NOTE)"]
        parts.append(
            table(
                [
                    (note.note_id, safe(names.get(note.board_id or "", "(no board)")))
                    for note in snapshot.to_split()
                ]
            )
        )
    if snapshot.failures:
        parts += ["", "Failed", *_failures(snapshot.failures)]
    return "\n".join(parts)


_SIGNS = {"ok": "ok", "optional": "--", "problem": "!!"}


def findings_text(findings: Sequence[Finding]) -> str:
    """The examination of `doctor`, grouped, with the command that helps under each gap."""
    lines: list[str] = []
    group = None
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        if finding.group != group:
            group = finding.group
            lines += ["", group.capitalize()] if lines else [group.capitalize()]
        detail = safe(finding.detail)
        lines.append(
            f"  {_SIGNS[finding.level]}  {finding.name:<{width}}  {finding.version:<12}  {detail}".rstrip()
        )
        if finding.remedy and finding.level != "ok":
            lines.append(f"      {'':<{width}}{finding.remedy}")
    return "\n".join(lines)
