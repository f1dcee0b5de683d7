"""Which photos the user means: files, folders and patterns to a sorted list of paths."""

from __future__ import annotations

import fnmatch
import glob
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boardscribe.photos import SUFFIXES
from boardscribe.photos._errors import display_name, photo_failure
from boardscribe.snapshot import Failure

__all__ = ["Discovery", "discover"]

_WORKSPACE_FILES = ("boardscribe.toml", "boardscribe.db")
_WORKSPACE_FOLDERS = frozenset(("crops", "previews", "record", "report", "review"))
"""What a workspace keeps; not searched where the photos lie in the workspace itself."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found."""

    paths: tuple[Path, ...]
    """Sorted by path, each file once; not yet known to be photos."""
    failures: tuple[Failure, ...]
    """What was asked for and is not there, in the order asked for."""


def discover(patterns: Sequence[str]) -> Discovery:
    """Find the files meant by names, folders and patterns.

    - A file that is named is taken whatever its suffix, so that its failure can be reported.
    - A folder is searched with all its subfolders for the `photos.SUFFIXES`. Hidden files and
      folders, the `._` twins that macOS leaves on shares, and folders that are a boardscribe
      workspace are passed over; so are links that lead round in a circle.
    - Otherwise the text is a pattern with `*`, `?`, `[...]` and `**`, for shells that pass it
      on unexpanded. A file whose name contains such characters is found by its name first.

    A file reached twice, also by way of links, counts once, under the path that sorts first.
    """
    found: list[Path] = []
    failures: list[Failure] = []
    for pattern in patterns:
        matches, unread = _expand(pattern)
        found.extend(matches)
        failures.extend(unread)
        if not matches and not unread:
            name = os.fsencode(pattern).decode("utf-8", "backslashreplace")
            empty = _is_folder(pattern)
            message = "the folder holds no photos" if empty else "there is no such file or folder"
            failures.append(photo_failure(name, "not_found", message))
    return Discovery(paths=_once(found), failures=tuple(failures))


def _expand(pattern: str) -> tuple[list[Path], list[Failure]]:
    if _is_folder(pattern):
        return _walk(Path(pattern))
    if "\0" in pattern:  # No file can have such a name, and the system calls refuse it.
        return [], []
    if os.path.lexists(pattern):
        return [Path(pattern)], []
    if not glob.has_magic(pattern):
        return [], []
    parts = Path(pattern).parts
    fixed = list(itertools.takewhile(lambda part: not glob.has_magic(part), parts))
    root, rest = Path(*fixed), parts[len(fixed) :]
    if "**" in rest:
        return _search(root, rest)
    paths: list[Path] = []
    failures: list[Failure] = []
    for match in map(Path, glob.iglob(pattern)):  # noqa: PTH207 (Path.glob wants it relative)
        if _in_workspace(match, root):
            continue
        below, unread = _walk(match) if _is_folder(match) else ([match], [])
        paths += below
        failures += unread
    return paths, failures


def _search(root: Path, rest: tuple[str, ...]) -> tuple[list[Path], list[Failure]]:
    """Photos that match a pattern with `**`; unlike `glob`, safe from links in a circle."""
    paths, failures = _walk(root)
    # A pattern may also match a folder, which means everything below it.
    meant = (
        path
        for path in paths
        for parts in (path.relative_to(root).parts,)
        if any(_matches(parts[:depth], rest) for depth in range(1, len(parts) + 1))
    )
    return list(meant), failures


def _matches(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_matches(parts[skip:], pattern[1:]) for skip in range(len(parts) + 1))
    if not parts or not fnmatch.fnmatchcase(parts[0], pattern[0]):
        return False
    return _matches(parts[1:], pattern[1:])


def _walk(root: Path) -> tuple[list[Path], list[Failure]]:
    """Photos below a folder, each real folder once, and the folders that cannot be read."""
    paths: list[Path] = []
    failures: list[Failure] = []

    def note(error: OSError) -> None:
        name = display_name(Path(os.fsdecode(error.filename)))
        message = f"the folder cannot be read: {error.strerror}"
        failures.append(photo_failure(name, "unreadable", message))

    entered: set[tuple[int, int]] = set()
    for where, folders, files in os.walk(root, followlinks=True, onerror=note):
        here = Path(where)
        identity = _identity(here)
        if identity is None or identity in entered or (_is_workspace(here) and here != root):
            folders.clear()
            continue
        entered.add(identity)
        own = _WORKSPACE_FOLDERS if _is_workspace(here) else frozenset[str]()
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in own)
        paths.extend(path for name in files if _is_photo(path := here / name))
    return paths, failures


def _is_workspace(folder: Path) -> bool:
    return all(os.path.isfile(folder / name) for name in _WORKSPACE_FILES)  # noqa: PTH113 (as below)


def _in_workspace(path: Path, root: Path) -> bool:
    """Whether `path`, which a pattern matched below `root`, belongs to a workspace."""
    here = root
    for depth, part in enumerate(path.relative_to(root).parts):
        if _is_workspace(here) and (depth > 0 or part in _WORKSPACE_FOLDERS):
            return True
        here /= part
    return _is_workspace(here)


def _is_folder(path: str | Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 (Path.is_dir may raise, for a name too long say)


def _is_photo(path: Path) -> bool:
    # Hidden files hold thumbnails and, as `._name.jpg`, what macOS knows about name.jpg.
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _identity(folder: Path) -> tuple[int, int] | None:
    """Device and inode, which all ways to a folder share; None where it is gone."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _once(paths: Sequence[Path]) -> tuple[Path, ...]:
    kept: dict[str, Path] = {}
    for path in sorted(set(paths), key=os.fsencode):
        kept.setdefault(os.path.realpath(path), path)
    return tuple(kept.values())
