"""The HTML pages of this package: one style sheet, a policy that allows it and nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from boardscribe.report import _words

__all__ = ["render"]

_ILLEGIBLE_WORD = re.compile(r"(\[illeg\.?\]|\[illegible\])", re.IGNORECASE)
_MARK = Markup('<span class="mark">{}</span>')


def render(template: str, **values: object) -> str:
    """A page of this package; every text among the values is taken to be hostile."""
    style = (files("boardscribe.record") / "templates" / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    # Markup: the style is ours, and escaping would change what the policy's digest covers.
    return (
        _environment().get_template(template).render(style=Markup(style), policy=policy, **values)  # noqa: S704
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("boardscribe.record", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalize,
    )
    environment.filters.update(bare=_words.bare, percent=_words.percent, when=_words.when)
    environment.globals.update(plural=_words.plural, marked=_marked)
    return environment


def _marked(text: str) -> Markup:
    """A note's text with its `[illeg.]` set apart, escaped."""
    parts = _ILLEGIBLE_WORD.split(_words.clean(text))
    return Markup().join(
        _MARK.format(part) if index % 2 else escape(part) for index, part in enumerate(parts)
    )


def _finalize(value: object) -> object:
    """Every text that a template prints passes here before it is escaped."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _words.clean(value)
    return value
