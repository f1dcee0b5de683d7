"""A recalibration in words and figures, for a terminal."""

from __future__ import annotations

from boardscribe.acceptance import format_acceptance
from boardscribe.calibrate._recalibrate import Recalibration
from boardscribe.evaluate import Reliability
from boardscribe.options import DecideOptions

__all__ = ["format_recalibration"]

_NAMES = {"text": "text is right", "word": "word is right", "writing": "there is writing"}


def format_recalibration(found: Recalibration, options: DecideOptions) -> str:
    """What was learnt, model by model, and what is accepted now."""
    lines = [f"Learnt from {found.examples} notes that people decided", ""]
    head = ("", "examples", "right", "mean confidence", "ECE", "Brier", "AUROC")
    rows: list[tuple[str, ...]] = [head]
    for change in found.changes:
        rows.append((_NAMES[change.name], str(change.examples), *_cells(change.before)))
        if change.refitted:
            rows.append(("  fitted anew", "", *_cells(change.after)))
        else:
            rows.append((f"  {change.reason}", *[""] * (len(head) - 1)))
    widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
    widths[0] = max(len(row[0]) for row in rows if row[1] or row[0].startswith("  fitted"))
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    lines += ["", "Before", *format_acceptance(found.before, options)]
    lines += ["", "Now", *format_acceptance(found.after, options)]
    return "\n".join(lines)


def _cells(measured: Reliability) -> tuple[str, ...]:
    return tuple(
        "-" if value is None else f"{value:.3f}"
        for value in (
            measured.right,
            measured.mean_confidence,
            measured.ece_width,
            measured.brier,
            measured.auroc,
        )
    )
