"""How far confidence can be trusted, as pictures: one page, plain SVG, readable in the dark.

Nothing in it comes from a photo: numbers alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from boardscribe.acceptance import highest_error
from boardscribe.evaluate._confidence import Reliability
from boardscribe.evaluate._measures import Evaluation, ratio
from boardscribe.files import write_whole

__all__ = ["reliability_svg", "risk_svg", "write_plots"]

_SIDE = 320
"""Side of the square that is plotted in, in units of the drawing."""
_LEFT, _TOP, _BOTTOM = 56, 16, 52
_STYLE = """
.plot { --ink: #1c2024; --quiet: #5c6670; --grid: #d9dde1; --mark: #0b62a8; --goal: #b3261e; }
@media (prefers-color-scheme: dark) {
  .plot { --ink: #e8eaed; --quiet: #a5adb5; --grid: #3a4046; --mark: #7cb8f0; --goal: #ff8a80; }
}
.plot text { font: 13px system-ui, sans-serif; fill: var(--ink); }
.plot .quiet { fill: var(--quiet); font-size: 12px; }
.plot .grid { stroke: var(--grid); }
.plot .even { stroke: var(--quiet); stroke-dasharray: 5 4; }
.plot .goal { stroke: var(--goal); stroke-dasharray: 2 4; stroke-width: 2; }
.plot .mark { fill: var(--mark); stroke: none; }
.plot .line { fill: none; stroke: var(--mark); stroke-width: 2.5; }
.plot .span { stroke: var(--mark); stroke-width: 1.5; }
"""
_PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>How far confidence can be trusted</title>
<style>
body {{ margin: 0 auto; padding: 1.5rem; max-width: 60rem; font: 16px/1.5 system-ui, sans-serif;
  background: #fff; color: #1c2024; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #15181b; color: #e8eaed; }} }}
.plots {{ display: flex; flex-wrap: wrap; gap: 2rem; }}
figure {{ margin: 0; flex: 1 1 20rem; max-width: 27rem; }}
figcaption {{ font-size: 0.9rem; }}
svg {{ width: 100%; height: auto; }}
{style}</style></head><body>
<h1>How far confidence can be trusted</h1>
<p>{summary}</p>
<div class="plots">
<figure>{reliability}<figcaption>{reliability_words}</figcaption></figure>
<figure>{risk}<figcaption>{risk_words}</figcaption></figure>
</div></body></html>
"""


def write_plots(evaluation: Evaluation, folder: Path, *, target_error: float) -> Path:
    """Write `confidence.html`, and each plot as an SVG file of its own.

    Args:
        evaluation: what was measured.
        folder: made where it is absent.
        target_error: greatest share of wrong ones among the accepted, drawn as the goal.

    Returns:
        Path of the page.

    Raises:
        OSError: the folder cannot be written.
    """
    measured, total = evaluation.calibration, evaluation.total
    accepted = ratio(total.accepted, total.judged)
    wrong = ratio(total.accepted_wrong, total.accepted)
    plots = {
        "reliability": reliability_svg(measured),
        "risk": risk_svg(measured, target_error=target_error, accepted=accepted, wrong=wrong),
    }
    for name, svg in plots.items():
        alone = svg.replace(">", f"><style>{_STYLE}</style>", 1)
        write_whole(folder / f"{name}.svg", alone.encode(), durable=False)
    page = folder / "confidence.html"
    html = _PAGE.format(
        style=_STYLE,
        summary=_summary(measured),
        reliability_words="Each point is a tenth of confidence; its line is where the true share "
        "lies with 90 % confidence. On the dashed line a confidence means what it says; below it "
        "promises too much.",
        risk_words="Accepting more notes, the surest first, lets more wrong ones through. The "
        "dotted line is the share that may be wrong; the ring is what was accepted.",
        **plots,
    )
    write_whole(page, html.encode(), durable=False)
    return page


def reliability_svg(measured: Reliability) -> str:
    """How often notes of each confidence are right."""
    parts = [*_axes("confidence", "right"), _line(((0, 0), (1, 1)), "even")]
    most = max((one.notes for one in measured.bins), default=1)
    for one in measured.bins:
        wrong = round(one.notes * (1 - one.right))
        low = 1 - highest_error(wrong, one.notes, confidence=0.95)
        high = highest_error(one.notes - wrong, one.notes, confidence=0.95)
        x, y = _at(one.mean_confidence, one.right)
        parts.append(_line(((one.mean_confidence, low), (one.mean_confidence, high)), "span"))
        parts.append(
            f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="{3 + 6 * one.notes / most:.1f}">'
            f"<title>{one.notes} notes, confidence {one.mean_confidence:.2f}, "
            f"right {100 * one.right:.0f} %</title></circle>"
        )
    return _svg(parts, "Reliability diagram: share that is right by confidence")


def risk_svg(
    measured: Reliability, *, target_error: float, accepted: float | None, wrong: float | None
) -> str:
    """What accepting ever more notes lets through."""
    top = max([0.1, 2 * target_error, *(risk for _, risk in measured.fine_curve)])
    top = min(1.0, -(-top // 0.1) * 0.1)
    parts = [
        *_axes("accepted", "wrong among them", top=top),
        _line(((0, target_error / top), (1, target_error / top)), "goal"),
        _line([(coverage, risk / top) for coverage, risk in measured.fine_curve], "line"),
    ]
    if accepted:
        x, y = _at(accepted, (wrong or 0.0) / top)
        parts.append(
            f'<circle class="line" cx="{x:.1f}" cy="{y:.1f}" r="7">'
            f"<title>accepted {100 * accepted:.0f} %, of those wrong {100 * (wrong or 0):.1f} %"
            "</title></circle>"
        )
    return _svg(parts, "Risk and coverage: share of wrong ones by share of accepted notes")


def _summary(measured: Reliability) -> str:
    if not measured.notes:
        return "No note could be judged: there is nothing to draw."

    def shown(value: float | None) -> str:
        return "-" if value is None else f"{value:.3f}"

    return (
        f"{measured.notes} notes that a machine decided and whose truth is known. Calibration "
        f"error (ECE) {shown(measured.ece_width)}, Brier {shown(measured.brier)}, "
        f"AUROC {shown(measured.auroc)}."
    )


def _svg(parts: Sequence[str], label: str) -> str:
    width, height = _LEFT + _SIDE + 28, _TOP + _SIDE + _BOTTOM
    return (
        f'<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )


def _axes(x_name: str, y_name: str, *, top: float = 1.0) -> Iterator[str]:
    for step in range(6):
        share = step / 5
        x, y = _at(share, share)
        yield _line(((share, 0), (share, 1)), "grid")
        yield _line(((0, share), (1, share)), "grid")
        yield (
            f'<text class="quiet" x="{x:.1f}" y="{_TOP + _SIDE + 18}" text-anchor="middle">'
            f"{100 * share:.0f} %</text>"
        )
        yield (
            f'<text class="quiet" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
            f"{100 * share * top:.0f} %</text>"
        )
    yield f'<text x="{_LEFT + _SIDE / 2}" y="{_TOP + _SIDE + 42}" text-anchor="middle">{x_name}</text>'
    middle = _TOP + _SIDE / 2
    yield (
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">'
        f"{y_name}</text>"
    )


def _line(points: Sequence[tuple[float, float]], kind: str) -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_at(*point) for point in points))
    return f'<polyline class="{kind}" fill="none" points="{places}"/>'


def _at(x: float, y: float) -> tuple[float, float]:
    """Shares to units of the drawing."""
    return _LEFT + _SIDE * x, _TOP + _SIDE * (1 - y)
