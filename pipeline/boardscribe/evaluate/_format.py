"""An evaluation as plain text for a terminal or a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from boardscribe.evaluate._measures import Evaluation, Measures, TextScore, ratio

__all__ = ["format_evaluation"]

_SHAPES = ("square", "bubble", "heart", "tick", "other")
_NAME_WIDTH = 32
_BAR = 30


def format_evaluation(evaluation: Evaluation) -> str:
    """Tables for people, without colours or control characters.

    Shares are percentages, error rates and overlaps are decimal; `-` stands where there is
    nothing to take a share of. `docs/evaluation.md` says what each measure means.
    """
    total = evaluation.total
    blocks = [
        _detection(total, evaluation),
        _shapes(total),
        _texts(total),
        _legibility(total),
        _confidence(evaluation),
        _photos(evaluation),
        _problems(evaluation),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _detection(total: Measures, evaluation: Evaluation) -> list[str]:
    headings = f"{total.headings_right} of {total.headings}"
    return [
        f"Notes: {total.truth} true, {total.found} found, {total.hits} matched "
        f"(overlap at least {evaluation.iou:g})",
        *_table(
            ("", "precision", "recall", "F1", "mean IoU"),
            [
                (
                    f"overlap {evaluation.iou:g}",
                    _percent(total.precision),
                    _percent(total.recall),
                    _rate(total.f1),
                    _rate(total.mean_iou),
                ),
                (
                    "overlap 0.75",
                    _percent(ratio(total.hits_75, total.found)),
                    _percent(ratio(total.hits_75, total.truth)),
                    _rate(total.f1_75),
                    "",
                ),
            ],
        ),
        f"Headings found with their exact text: {headings} ({_percent(total.heading_accuracy)})",
    ]


def _shapes(total: Measures) -> list[str]:
    names = [name for name in _SHAPES if _occurs(total.shapes, name)]
    rows = [
        (name, *(str(total.shapes[name, other] or ".") for other in names))
        for name in names
        if any(there == name for there, _ in total.shapes)
    ]
    head = f"Shapes of matched notes: {_percent(total.shape_accuracy)} right"
    return [head, *_table(("true \\ found", *names), rows)] if rows else [head]


def _occurs(table: Counter[tuple[str, str]], name: str) -> bool:
    return any(name in pair for pair in table)


def _texts(total: Measures) -> list[str]:
    named = (
        ("fully legible, matched", "matched"),
        ("  case ignored", "matched_folded"),
        ("fully legible, end to end", "end_to_end"),
        ("  case ignored", "end_to_end_folded"),
        ("partly legible, matched", "partial"),
        ("  case ignored", "partial_folded"),
    )
    rows = [(label, *_text_cells(total.text(name))) for label, name in named]
    return ["Text", *_table(("", "notes", "exact", "CER", "WER"), rows)]


def _text_cells(score: TextScore) -> tuple[str, str, str, str]:
    return str(score.notes), _percent(score.exact_share), _rate(score.cer), _rate(score.wer)


def _legibility(total: Measures) -> list[str]:
    found = sorted({here for _, here in total.legibility})
    rows = [
        (there, *(str(total.legibility[there, here] or ".") for here in found))
        for there in ("full", "partial", "none", "blank")
        if total.legible(there)
    ]
    return ["Legibility of matched notes", *_table(("true \\ found", *found), rows)] if rows else []


def _confidence(evaluation: Evaluation) -> list[str]:
    total, measured = evaluation.total, evaluation.calibration
    share = _percent(ratio(total.accepted, total.judged))
    wrong = _percent(ratio(total.accepted_wrong, total.accepted))
    lines = [
        f"Confidence, over {measured.notes} matched notes that a machine decided",
        f"  right {_percent(measured.right)}, mean confidence {_rate(measured.mean_confidence)}",
        f"  calibration error {_rate(measured.ece_width)} (equal width), "
        f"{_rate(measured.ece_mass)} (equal mass); Brier {_rate(measured.brier)}; "
        f"AUROC {_rate(measured.auroc)}",
        f"  accepted without review {total.accepted} ({share}), of those wrong "
        f"{total.accepted_wrong} ({wrong})",
        f"  accepted beside them: false alarms {total.accepted_false}, partly legible notes "
        f"{total.accepted_partial} of {total.text('partial').notes}",
    ]
    if measured.bins:
        lines.append("  reliability: by tenth of confidence, how often it is right")
        lines += _table(
            ("confidence", "notes", "right", ""),
            [
                (
                    _rate(one.mean_confidence),
                    str(one.notes),
                    _percent(one.right),
                    _bar(one.right, one.mean_confidence),
                )
                for one in measured.bins
            ],
        )
    if measured.curve:
        lines.append("  risk and coverage: accepting the surest lets so many wrong ones through")
        rows = [
            (_percent(point.coverage), _rate(point.threshold), _percent(point.risk))
            for point in measured.curve
        ]
        lines += _table(("accepted", "confidence from", "wrong"), rows)
    return lines


def _bar(right: float, promised: float) -> str:
    """A bar as long as what is right, and a mark where the confidence said it would end."""
    cells = ["#" if (at + 0.5) / _BAR <= right else "." for at in range(_BAR)]
    cells[min(_BAR - 1, int(promised * _BAR))] = "|"
    return "".join(cells)


def _photos(evaluation: Evaluation) -> list[str]:
    rows = []
    for photo in evaluation.photos:
        rows.append((_name(photo.name), *_photo_cells(photo.measures)))
    rows.append(("all", *_photo_cells(evaluation.total)))
    head = (
        "photo",
        "true",
        "found",
        "F1",
        "IoU",
        "shape",
        "CER",
        "end to end",
        "exact",
        "accepted",
    )
    return ["By photo (CER of fully legible notes, case ignored)", *_table(head, rows)]


def _photo_cells(measures: Measures) -> tuple[str, ...]:
    return (
        str(measures.truth),
        str(measures.found),
        _rate(measures.f1),
        _rate(measures.mean_iou),
        _percent(measures.shape_accuracy),
        _rate(measures.text("matched_folded").cer),
        _rate(measures.text("end_to_end_folded").cer),
        _percent(measures.text("matched_folded").exact_share),
        f"{measures.accepted}, {measures.accepted_wrong} wrong",
    )


def _problems(evaluation: Evaluation) -> list[str]:
    return [
        f"{'Missing' if photo.missing else 'Doubtful'}: {_name(photo.name)}: {photo.problem}"
        for photo in evaluation.photos
        if photo.problem
    ]


def _name(name: str) -> str:
    """A file name from outside, made safe for a terminal and cut to the column."""
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name)
    if len(shown) <= _NAME_WIDTH:
        return shown
    return f"{shown[: _NAME_WIDTH // 2]}\N{HORIZONTAL ELLIPSIS}{shown[-_NAME_WIDTH // 2 + 1 :]}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns lined up: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield ("  " + "  ".join(cells)).rstrip()


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}".replace("%", " %")


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
