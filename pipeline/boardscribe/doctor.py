"""What is installed, what is missing, and the command that installs it."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict, dataclass
from importlib import metadata

import boardscribe_models
from boardscribe._version import __version__
from boardscribe.acceptance import acceptance_in_force
from boardscribe.confidence import Calibration
from boardscribe.engines import describe_engines
from boardscribe.options import Options

__all__ = ["Finding", "Level", "examine", "healthy"]

Level = str
"""`ok`, `optional` (missing, but nothing needs it) or `problem`."""

_LIBRARIES = (
    "alembic",
    "numpy",
    "onnxruntime",
    "opencv-python-headless",
    "pillow",
    "pillow-heif",
    "pydantic",
    "pytesseract",
    "shapely",
    "sqlalchemy",
    "symspellpy",
)

_EXTRAS = (
    ("PostgreSQL driver", "psycopg", "postgres"),
    ("Dask", "distributed", "dask"),
    ("Label Studio SDK", "label-studio-sdk", "review"),
    ("TrOCR", "transformers", "trocr"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination."""

    group: str
    """`program`, `engine`, `weights`, `acceptance`, `library` or `extra`."""
    name: str
    level: Level
    version: str = ""
    detail: str = ""
    """What is wrong, or what else is worth knowing."""
    remedy: str = ""
    """The command that helps; empty where nothing needs to be done."""

    def as_dict(self) -> dict[str, str]:
        """Plain data for `--json`."""
        return asdict(self)


def examine(options: Options | None, calibration: Calibration) -> tuple[Finding, ...]:
    """Look at everything boardscribe uses; changes nothing.

    Args:
        options: of a workspace, to examine the engines that it asks for with their settings; the
            defaults where None, and no settings.
        calibration: of confidence, in force.
    """
    return (
        *_program(),
        *_engines(options),
        *_weights(),
        *_acceptance(options if options is not None else Options(), calibration),
        *(_library(name) for name in _LIBRARIES),
        *_conflict(),
        *(_extra(label, package, extra) for label, package, extra in _EXTRAS),
    )


def healthy(findings: tuple[Finding, ...]) -> bool:
    """Whether nothing that is needed is missing or damaged."""
    return all(finding.level != "problem" for finding in findings)


def _program() -> tuple[Finding, ...]:
    return (
        Finding("program", "boardscribe", "ok", __version__),
        Finding("program", "Python", "ok", platform.python_version(), sys.platform),
    )


def _engines(options: Options | None) -> tuple[Finding, ...]:
    asked = () if options is None else options.read.engines
    return tuple(
        Finding(
            "engine",
            info.name,
            "ok" if info.available else "problem" if info.name in asked else "optional",
            info.version,
            info.missing or ", ".join(f"{name} {sha[:12]}" for name, sha in info.weights),
            info.install,
        )
        for info in describe_engines(None if options is None else options.read)
    )


def _acceptance(options: Options, calibration: Calibration) -> tuple[Finding, ...]:
    """What is accepted without review, and what that is worth."""
    accepted = acceptance_in_force(options.decide, calibration.evidence)
    return tuple(
        Finding(
            "acceptance",
            kind,
            "ok" if threshold.least is not None else "optional",
            calibration.version,
            f"from confidence {threshold.least:.2f} on: {threshold.reason}"
            if threshold.least is not None
            else threshold.reason,
            "" if threshold.least is not None else "boardscribe calibrate -w WORKSPACE",
        )
        for kind, threshold in (("text", accepted.text), ("blank", accepted.blank))
    )


def _weights() -> tuple[Finding, ...]:
    findings = []
    for card in boardscribe_models.available():
        try:
            boardscribe_models.load(card.name)
        except boardscribe_models.ModelError as error:
            findings.append(
                Finding(
                    "weights",
                    card.name,
                    "problem",
                    card.version,
                    str(error),
                    "Install boardscribe again: pip install --force-reinstall boardscribe",
                )
            )
        else:
            detail = f"{card.file}, SHA-256 {card.sha256[:12]} verified"
            findings.append(Finding("weights", card.name, "ok", card.version, detail))
    return tuple(findings)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _library(name: str) -> Finding:
    version = _version(name)
    if version is None:
        return Finding("library", name, "problem", "", "not installed", f"pip install {name}")
    return Finding("library", name, "ok", version)


def _conflict() -> tuple[Finding, ...]:
    """Two OpenCV packages write the same folder and break one another."""
    for name in ("opencv-python", "opencv-contrib-python"):
        if (version := _version(name)) is not None:
            return (
                Finding(
                    "library",
                    name,
                    "problem",
                    version,
                    "breaks opencv-python-headless, which is installed too",
                    f"pip uninstall -y {name} && "
                    "pip install --force-reinstall --no-deps opencv-python-headless",
                ),
            )
    return ()


def _extra(label: str, package: str, extra: str) -> Finding:
    version = _version(package)
    if version is None:
        remedy = f'pip install "boardscribe[{extra}]"'
        return Finding("extra", label, "optional", "", "not installed", remedy)
    return Finding("extra", label, "ok", version)
