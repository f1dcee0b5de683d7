"""The `boardscribe.toml` of a new workspace: every option with its default and a comment."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from enum import Enum
from typing import Any

from pydantic import BaseModel

from boardscribe import options
from boardscribe.options import Options

__all__ = ["default_config"]

_HEADER = """\
Settings of this workspace. Every option is shown with its default; remove the # before one
to change it. A misspelt option is an error, never ignored. Lines that begin with # and a
space explain.
"""

_EXAMPLES = {
    "boards": """\
[[boards]]
name = "Make time"
photos = ["IMG_17*.jpg", "make-time.png"]
""",
}


def default_config() -> str:
    """Text of a `boardscribe.toml` that means the defaults.

    Comments are the documentation of `boardscribe.options`, so the two never differ.
    """
    parts = [_comment(_HEADER)]
    defaults = Options()
    notes = _documentation()
    tables, lists = [], []
    for name in Options.model_fields:
        value = getattr(defaults, name)
        if isinstance(value, BaseModel):
            tables.append(_table(name, value, notes))
        elif name in _EXAMPLES or (value and isinstance(value[0], BaseModel)):
            lists.append(_list(name, value, notes))
        else:
            parts.append(_option(name, value, notes.get(("Options", name), "")))
    return "\n".join([*parts, *tables, *lists])


def _table(name: str, table: BaseModel, notes: dict[tuple[str, str], str]) -> str:
    kind = type(table).__name__
    lines = [_comment(notes.get((kind, ""), "")), f"[{name}]\n"]
    inner = []
    for field in type(table).model_fields:
        value = getattr(table, field)
        if isinstance(value, BaseModel):
            inner.append("\n" + _table(f"{name}.{field}", value, notes))
        else:
            lines.append(_option(field, value, notes.get((kind, field), "")))
    return "".join([*lines, *inner])


def _list(name: str, items: tuple[BaseModel, ...], notes: dict[tuple[str, str], str]) -> str:
    kind = type(items[0]).__name__ if items else "BoardOptions"
    lines = [_comment(notes.get((kind, ""), ""))]
    if name in _EXAMPLES:
        lines += [f"#   {line}\n" for line in _EXAMPLES[name].splitlines()]
    for item in items:
        values = {
            field: value
            for field in type(item).model_fields
            if (value := getattr(item, field)) is not None
        }
        lines.append(f"[[{name}]]\n")
        lines += [f"{field} = {_value(value)}\n" for field, value in values.items()]
        lines.append("\n")
    return "".join(lines).rstrip("\n") + "\n"


def _option(name: str, value: Any, note: str) -> str:
    if value is None:  # TOML has no null, and only thresholds can be unset
        return f"{_comment(note)}# Not set; for example: {name} = 0.9\n"
    return f"{_comment(note)}#{name} = {_value(value)}\n"


def _value(value: Any) -> str:
    """A value as TOML; JSON would differ for nothing that options hold but enums."""
    if isinstance(value, Enum):
        return _value(value.value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, (tuple, list, frozenset, set)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    raise TypeError(f"an option of type {type(value).__name__} has no TOML form here")


def _comment(text: str) -> str:
    lines = textwrap.wrap(" ".join(text.split()), width=96)
    return "".join(f"# {line}\n" for line in lines)


def _documentation() -> dict[tuple[str, str], str]:
    """Docstrings by class and field; the class's own under an empty field name."""
    tree = ast.parse(inspect.getsource(options))
    return {
        (node.name, field): text
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for field, text in _documented(node)
    }


def _documented(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    yield "", (ast.get_docstring(node) or "").split("\n\n")[0]
    for field, text in zip(node.body, node.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        ):
            yield field.target.id, inspect.cleandoc(text.value.value).replace("`", "")
