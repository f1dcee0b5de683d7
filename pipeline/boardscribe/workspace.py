"""The folder that keeps everything: settings, database, crops, previews, report."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from boardscribe import lock
from boardscribe._config_text import default_config
from boardscribe.confidence import Calibration, calibration_from, load_calibration
from boardscribe.errors import WorkspaceError
from boardscribe.files import write_whole
from boardscribe.options import Options, load_options
from boardscribe.records import PhotoResult
from boardscribe.snapshot import Snapshot
from boardscribe.store import DatabaseLock, Store, StoredFiles, database_url

__all__ = ["CALIBRATION_FILE", "CONFIG_FILE", "DATABASE_FILE", "Workspace"]

CONFIG_FILE = "boardscribe.toml"
DATABASE_FILE = "boardscribe.db"
CALIBRATION_FILE = "calibration.json"
"""Confidence refitted from people's answers; where it is absent, the package's own holds."""

_CROPS = "crops"
_PREVIEWS = "previews"
_OURS = re.compile(r"[0-9a-f]{2}/[A-Za-z0-9_-]+\.jpg")
_SAFE_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


def _silent(_: str) -> None:
    """Say nothing."""


class Workspace:
    """An open workspace; use `Workspace.open`, as a context manager.

    Attributes:
        path: the folder.
        options: from its `boardscribe.toml`, or the file given instead.
        store: its database.
    """

    def __init__(self, path: Path, options: Options) -> None:
        self.path = path
        self.options = options
        self.store = Store(database_url(options.workspace.database, path, DATABASE_FILE))

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        create: bool,
        config: Path | None = None,
        notify: Callable[[str], None] = _silent,
    ) -> Workspace:
        """Open a workspace, bringing an older one up to date.

        Args:
            path: its folder.
            create: make it where it is not there yet.
            config: a `boardscribe.toml`; copied into a new workspace, used in place of its own
                for an old one.
            notify: told, once, if another process has to be waited for.

        Raises:
            WorkspaceError: there is none, or it cannot be used.
            WorkspaceVersionError: a newer version of boardscribe wrote it.
            WorkspaceLockedError: it must be made or upgraded, and another process holds it.
            ConfigError: the settings have a mistake; nothing is made then.
        """
        options = None if config is None else load_options(config)
        own = path / CONFIG_FILE
        exists = _is_workspace(path)
        if not exists and not create:
            raise WorkspaceError(
                f"there is no workspace at {path}",
                remedy="Check the path, or make one: boardscribe transcribe PHOTOS "
                f"--workspace {path}",
            )
        if not exists:
            text = default_config() if config is None else config.read_text(encoding="utf-8")
            _make(path, text)
        if options is None:
            options = load_options(own)
        workspace = cls(path, options)
        try:
            if not workspace.store.is_current():
                with workspace.hold(notify):
                    workspace.store.migrate()
        except BaseException:
            workspace.close()
            raise
        return workspace

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the connections to the database."""
        self.store.close()

    @contextmanager
    def hold(self, notify: Callable[[str], None] = _silent) -> Iterator[None]:
        """Be the only writer.

        Raises:
            WorkspaceLockedError: another process is, and the options say not to wait.
        """
        with lock.hold(
            self.path,
            wait=self.options.on_conflict == "wait",
            notify=notify,
            shared=DatabaseLock(self.store.engine),
        ):
            yield

    def snapshot(self, options: Options | None = None) -> Snapshot:
        """Everything it knows, as of one moment; needs no lock."""
        return self.store.snapshot(options if options is not None else self.options)

    def calibration(self) -> Calibration:
        """The calibration in force: this workspace's own, or the one of the package.

        Raises:
            WorkspaceError: its own cannot be read.
        """
        path = self.path / CALIBRATION_FILE
        if not path.exists():
            return load_calibration()
        try:
            return calibration_from(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise WorkspaceError(
                f"{path} cannot be read: {type(error).__name__}: {error}",
                remedy="Make it anew with `boardscribe calibrate`, or remove it: then the "
                "calibration of the package holds.",
            ) from error

    def originals(self) -> Mapping[str, Path]:
        """The original of each photo, by its SHA-256; those that are gone are left out."""
        return {
            sha256: found[0]
            for sha256, paths in self.store.originals().items()
            if (found := [Path(path) for path in paths if Path(path).is_file()])
        }

    # Pictures

    def write_pictures(
        self, result: PhotoResult, preview: bytes | None, preview_scale: float
    ) -> StoredFiles:
        """Write crops and preview, each whole or not at all, before the database names them.

        Raises:
            WorkspaceError: the disk is full or cannot be written.
        """
        sha256 = result.photo.sha256
        crops = {
            sighting.sighting_id: self._write(
                _CROPS, sha256, sighting.sighting_id, sighting.crop.jpeg
            )
            for sighting in result.sightings
            if sighting.crop is not None
        }
        shown = None if preview is None else self._write(_PREVIEWS, sha256, sha256, preview)
        return StoredFiles(crops=crops, preview=shown, preview_scale=preview_scale)

    def has(self, files: Iterable[str]) -> bool:
        """Whether all these pictures are there."""
        return all((self.path / file).is_file() for file in files)

    def read_pictures(self, files: Iterable[str]) -> Mapping[str, bytes]:
        """Content of pictures by path; those that cannot be read are left out."""
        found = {}
        for file in files:
            try:
                found[file] = (self.path / file).read_bytes()
            except OSError:
                continue
        return found

    def drop_unused_pictures(self) -> int:
        """Remove pictures that the database does not name, such as a crash leaves; hold it."""
        used = self.store.files()
        dropped = 0
        for folder in (_CROPS, _PREVIEWS):
            root = self.path / folder
            for path in sorted(root.glob("*/*")):
                inside = path.relative_to(root).as_posix()
                # Only what this class writes: a person may keep other files here.
                is_ours = _OURS.fullmatch(inside) or path.name.startswith(".writing-")
                if is_ours and f"{folder}/{inside}" not in used:
                    path.unlink(missing_ok=True)
                    dropped += 1
        return dropped

    def _write(self, folder: str, sha256: str, name: str, data: bytes) -> str:
        # Ids are digests of ours; a plugin's must not become a path.
        if not (_SAFE_ID.fullmatch(name) and _SAFE_ID.fullmatch(sha256)):
            raise ValueError(f"not an id: {name!r}")
        place = f"{folder}/{sha256[:2]}/{name}.jpg"
        target = self.path / place
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, data)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        return place


def _is_workspace(path: Path) -> bool:
    try:
        return (path / CONFIG_FILE).is_file()
    except OSError as error:
        raise WorkspaceError(
            f"{path} cannot be read: {error.strerror or error}",
            remedy="Check the path and its permissions.",
        ) from error


def _make(path: Path, config: str) -> None:
    """Make the folder; the settings come last, so that a workspace is whole once it has them."""
    for place in (path, *path.parents):
        if place.exists() and not place.is_dir():
            raise WorkspaceError(
                f"{place} is a file, not a folder", remedy="Name a folder with --workspace."
            )
    try:
        path.mkdir(parents=True, exist_ok=True)
        for folder in (_CROPS, _PREVIEWS):
            (path / folder).mkdir(exist_ok=True)
        write_whole(path / CONFIG_FILE, config.encode("utf-8"))
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(
        f"the workspace {path} cannot be written: {error.strerror or error}",
        remedy="Check the permissions of the folder and the space on its disk, then run it again: "
        "what was finished is stored.",
    )
