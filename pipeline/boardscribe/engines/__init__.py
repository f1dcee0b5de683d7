"""OCR engines behind one protocol.

Built-in engines come in by the same door as anybody's: the entry point group
`boardscribe.engines`. An entry point names a function `create(options: ReadOptions) -> Engine`;
a function `describe() -> EngineInfo` in the same module is what `boardscribe doctor` shows, and
`probe(options: ReadOptions) -> EngineInfo` what it shows where it is given settings. Where the
settings choose the weights, `version(options: ReadOptions) -> str` says which they are.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable
from types import ModuleType

from boardscribe.engines.base import (
    FAILED,
    Engine,
    EngineInfo,
    EngineLine,
    EngineText,
    EngineWord,
)
from boardscribe.errors import MissingComponentError
from boardscribe.options import ReadOptions

__all__ = [
    "FAILED",
    "Engine",
    "EngineInfo",
    "EngineLine",
    "EngineText",
    "EngineWord",
    "describe_engines",
    "engine_versions",
    "load_engine",
]

_GROUP = "boardscribe.engines"
_BUILT_IN = {
    name: f"boardscribe.engines.{name}:create"
    for name in ("null", "openai", "rapidocr", "tesseract", "trocr")
}
"""The same as in pyproject.toml, for a source tree whose metadata is older than its code."""


def load_engine(name: str, options: ReadOptions) -> Engine:
    """Load an engine by its name.

    Raises:
        MissingComponentError: no engine has that name, or a program, package or weight file
            that it needs is not installed; the remedy says how to get it.
    """
    known = _entry_points()
    if name not in known:
        raise MissingComponentError(
            f"there is no engine named {name!r}",
            remedy=f"Installed engines: {', '.join(sorted(known))}.",
        )
    create: Callable[[ReadOptions], Engine] = getattr(*_target(known[name]))
    return create(options)


def describe_engines(options: ReadOptions | None = None) -> tuple[EngineInfo, ...]:
    """Every installed engine, sorted by name, usable or not.

    Args:
        options: settings to examine the engines that they ask for with; servers and folders
            that they name are looked at.
    """
    infos = []
    for name, target in sorted(_entry_points().items()):
        try:
            module, _ = _target(target)
            describe: Callable[[], EngineInfo] | None = getattr(module, "describe", None)
            probe: Callable[[ReadOptions], EngineInfo] | None = getattr(module, "probe", None)
            if options is not None and probe is not None and name in options.engines:
                info = probe(options)
            elif describe is not None:
                info = describe()
            else:
                info = EngineInfo(name, _distribution_version(name), available=True)
        except (ImportError, MissingComponentError) as error:
            remedy = error.remedy if isinstance(error, MissingComponentError) else ""
            info = EngineInfo(name, "", available=False, missing=str(error), install=remedy)
        infos.append(info)
    return tuple(infos)


def engine_versions(options: ReadOptions) -> tuple[tuple[str, str], ...]:
    """Name and version of each engine asked for, without loading it; part of the stage's stamp."""
    known, versions = _entry_points(), []
    described = {info.name: info.version for info in describe_engines()}
    for name in dict.fromkeys(options.engines):
        version = described.get(name, "")
        if name in known:
            try:
                module, _ = _target(known[name])
            except ImportError:  # told of when the engine is loaded
                continue
            own: Callable[[ReadOptions], str] | None = getattr(module, "version", None)
            version = version if own is None else own(options)
        versions.append((name, version))
    return tuple(versions)


def _entry_points() -> dict[str, str]:
    found = {entry.name: entry.value for entry in importlib.metadata.entry_points(group=_GROUP)}
    return {**_BUILT_IN, **found}


def _target(value: str) -> tuple[ModuleType, str]:
    module, _, attribute = value.partition(":")
    return importlib.import_module(module), attribute or "create"


def _distribution_version(name: str) -> str:
    for entry in importlib.metadata.entry_points(group=_GROUP, name=name):
        if entry.dist is not None:
            return entry.dist.version
    return ""
