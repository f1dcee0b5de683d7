"""Fonts by name: fetched from npm once, kept as TrueType in a folder git ignores.

All families are under the SIL Open Font License. Run as a program to fetch them
all: `python models/training/photoreal/fonts.py`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
from functools import cache
from pathlib import Path

__all__ = [
    "HANDWRITING",
    "PRINTED",
    "RESERVED",
    "FontsMissingError",
    "can_write",
    "evaluation_families",
    "font_file",
]

CACHE = Path(__file__).resolve().parent / ".fonts"

HANDWRITING = (
    "architects-daughter", "caveat", "caveat-brush", "covered-by-your-grace", "gloria-hallelujah",
    "homemade-apple", "indie-flower", "kalam", "nanum-pen-script", "patrick-hand",
    "permanent-marker", "reenie-beanie", "rock-salt", "shadows-into-light", "short-stack",
    "shantell-sans", "gaegu", "annie-use-your-telescope", "the-girl-next-door",
    "nothing-you-could-do", "crafty-girls", "swanky-and-moo-moo",
)  # fmt: skip
PRINTED = ("open-sans", "lora", "oswald", "montserrat", "bitter", "work-sans")
WEIGHTS = {
    "open-sans": 700, "lora": 600, "oswald": 500, "montserrat": 700, "bitter": 700,
    "work-sans": 600, "caveat": 600, "gaegu": 700,
}  # fmt: skip

RESERVED = frozenset(
    {
        "over-the-rainbow", "sue-ellen-francisco", "waiting-for-the-sunrise", "la-belle-aurore",
        "coming-soon", "zeyada", "cedarville-cursive", "gochi-hand", "mansalva", "handlee",
        "schoolbell", "just-another-hand",
    }
)  # fmt: skip
"""Kept for independent evaluation: no training or sample picture may show them."""

_allowed: set[str] = set()


def evaluation_families() -> tuple[str, ...]:
    """The reserved families, plainest first; from now on this process may show them."""
    _allowed.update(RESERVED)
    return ("handlee", *sorted(RESERVED - {"handlee"}))


class FontsMissingError(RuntimeError):
    """A font could not be fetched or converted; the message says what to install."""


def _to_truetype(woff: Path, target: Path) -> None:
    try:
        from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError as error:
        raise FontsMissingError("fonttools is missing: pip install fonttools brotli") from error
    font = TTFont(woff)
    font.flavor = None
    font.save(target)


def font_file(family: str) -> Path:
    """The TrueType file of a family, fetched with `npm pack` when it is not there yet.

    Raises:
        ValueError: the family is reserved for evaluation.
        FontsMissingError: npm or fonttools is missing, or npm cannot fetch the package.
    """
    if family in RESERVED - _allowed:
        raise ValueError(f"{family} is reserved for evaluation and must not be rendered")
    target = CACHE / f"{family}.ttf"
    if target.exists():
        return target
    if shutil.which("npm") is None:
        raise FontsMissingError(f"font {family}: npm is missing: apt-get install npm")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"@fontsource/{family}"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode or not archives:
            raise FontsMissingError(f"font {family}: npm pack failed: {done.stderr.strip()[-300:]}")
        weight = WEIGHTS.get(family, 400)
        wanted = f"{family}-latin-{weight}-normal.woff"
        with tarfile.open(archives[0]) as archive:
            for member in archive.getmembers():
                if Path(member.name).name == wanted:
                    data = archive.extractfile(member)
                    if data is not None:
                        woff = Path(folder) / wanted
                        woff.write_bytes(data.read())
                        _to_truetype(woff, target)
    if not target.exists():
        raise FontsMissingError(f"font {family}: the npm package holds no {wanted}")
    return target


@cache
def _codes(family: str) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    return frozenset(TTFont(font_file(family)).getBestCmap())


def can_write(family: str, text: str) -> bool:
    """Whether a family has a glyph for every sign of a text (drawn signs excepted)."""
    return all(ord(char) in _codes(family) or char in "→•–☐\n" for char in text)


def main() -> int:
    """Fetch every family; say which could not be had."""
    missing = 0
    for family in (*HANDWRITING, *PRINTED):
        try:
            print(f"{family:28} {font_file(family).name}")
        except FontsMissingError as error:
            missing += 1
            print(f"{family:28} MISSING: {error}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
