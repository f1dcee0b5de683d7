"""Writes the report of a snapshot into a folder."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from boardscribe.acceptance import Acceptance
from boardscribe.files import write_whole
from boardscribe.options import Options
from boardscribe.progress import review_progress
from boardscribe.report import _words
from boardscribe.report._files import GENERATOR, Pictures, remove_stale
from boardscribe.report._plot import plot
from boardscribe.report._views import Layout, Totals
from boardscribe.snapshot import Snapshot

__all__ = ["write_report"]

# Before the body is laid out: what only works with scripts must not flash up and go.
_EARLY = 'document.documentElement.classList.add("js");'


def write_report(
    snapshot: Snapshot,
    workspace: Path,
    options: Options,
    *,
    out: Path | None = None,
    acceptance: Acceptance | None = None,
) -> Path:
    """Write the report that people look at.

    The same snapshot always gives the same bytes. Each file is replaced in one step and only
    where it changes; pictures come before the pages that show them, and the overview last, so
    that whoever opens the report while it is rewritten finds whole pages and working links.

    Args:
        snapshot: what to show; its texts are taken to be hostile.
        workspace: the folder that the snapshot's picture paths are relative to. A path that
            leads out of it, or to nothing, shows as a missing picture.
        options: the legend gives the response types their order, icon and colour.
        out: folder of the report; `report` inside the workspace by default.
        acceptance: what is accepted without review, to be stated on the overview.

    Returns:
        Path of the overview, `index.html`.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = out if out is not None else workspace / "report"
    pictures = Pictures(workspace, folder)
    layout = Layout(snapshot, options, pictures)
    environment = _environment()
    boards = list(layout.boards())
    pages: set[Path] = set()
    template = environment.get_template("board.html")
    for index, board in enumerate(boards):
        page = folder / "boards" / f"{board.slug}.html"
        html = template.render(
            title=snapshot.title,
            board=board,
            before=boards[index - 1] if index else None,
            after=boards[index + 1] if index + 1 < len(boards) else None,
            **_assets("board.js"),
        )
        write_whole(page, html.encode(), durable=False)
        pages.add(page)
    counted = list(snapshot.counted())
    review = review_progress(snapshot)
    overview = folder / "index.html"
    html = environment.get_template("index.html").render(
        title=snapshot.title,
        boards=boards,
        totals=Totals.of(counted),
        types=layout.types(counted),
        photos=len(snapshot.photos),
        doubtful=len(snapshot.notes) - len(counted),
        failures=snapshot.failures,
        runs=snapshot.runs,
        acceptance=acceptance,
        review=review if review.asked else None,
        plot=plot(review.course),
        **_assets("index.js"),
    )
    write_whole(overview, html.encode(), durable=False)
    remove_stale(folder, pages | pictures.used)
    return overview


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("boardscribe.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalize,
    )
    environment.filters.update(
        bare=_words.bare,
        confidence_words=_words.confidence_words,
        percent=_words.percent,
        placeholder=_words.placeholder,
        status_words=_words.status_words,
        when=_words.when,
    )
    environment.globals.update(plural=_words.plural, generator=GENERATOR)
    return environment


def _finalize(value: object) -> object:
    """Every text that a template prints passes here before it is escaped."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _words.clean(value)
    return value


def _assets(script: str) -> dict[str, object]:
    """Style and scripts for inlining, and the policy that allows these and nothing else."""
    folder = files("boardscribe.report") / "templates"
    style = (folder / "style.css").read_text(encoding="utf-8")
    code = (folder / script).read_text(encoding="utf-8")
    policy = (
        "default-src 'none'; "
        # `'self'` for a report on a web server; not every browser counts file: as self.
        "img-src 'self' file: data:; "
        f"style-src '{_digest(style)}'; script-src '{_digest(_EARLY)}' '{_digest(code)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    # Markup: these are ours, and escaping would change what the policy's digests cover.
    trusted = {"style": style, "script": code, "early": _EARLY}
    return {name: Markup(text) for name, text in trusted.items()} | {"policy": policy}  # noqa: S704


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
