"""Making, opening and refusing workspaces."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from boardscribe._config_text import default_config
from boardscribe.errors import BoardscribeError, ConfigError, WorkspaceError, WorkspaceVersionError
from boardscribe.options import Options
from boardscribe.store import Store, database_url, migrate
from boardscribe.workspace import Workspace

needs_permissions = pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")


def test_a_new_workspace_has_settings_database_and_folders(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "a" / "new one", create=True) as workspace:
        assert workspace.options == Options()
        assert workspace.snapshot().notes == ()
    made = {path.name for path in (tmp_path / "a" / "new one").iterdir()}
    assert {"boardscribe.toml", "boardscribe.db", "crops", "previews"} <= made


def test_the_written_settings_mean_the_defaults() -> None:
    text = default_config()
    assert Options.model_validate(tomllib.loads(text)) == Options()
    # Also once every # before an option is removed.
    active = re.sub(r"(?m)^#(?=[a-z_]+ = )", "", text)
    assert active != text
    assert Options.model_validate(tomllib.loads(active)) == Options()


def test_the_written_settings_name_and_explain_every_option() -> None:
    lines = default_config().splitlines()
    for name, field in Options.model_fields.items():
        value = getattr(Options(), name)
        assert any(line.strip("#[] ").startswith(name) for line in lines), name
        for path, own in every_option(name, value):
            table, _, option = path.rpartition(".")
            start = lines.index(f"[{table}]")
            sign = f"# Not set; for example: {option} = " if own is None else f"#{option} = "
            number = next(i for i in range(start, len(lines)) if lines[i].startswith(sign))
            assert lines[number - 1].startswith("# "), f"{path} is not explained"
        assert field is not None


def every_option(name: str, value: object) -> Iterator[tuple[str, object]]:
    """Paths of the options of a table and of the tables in it, with their defaults."""
    for option in getattr(type(value), "model_fields", {}):
        own = getattr(value, option)
        if isinstance(own, BaseModel):
            yield from every_option(f"{name}.{option}", own)
        else:
            yield f"{name}.{option}", own


def test_settings_given_at_creation_are_copied_in(tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text('# my comment\n[workspace]\ntitle = "Mine"\n')
    with Workspace.open(tmp_path / "w", create=True, config=config) as workspace:
        assert workspace.options.workspace.title == "Mine"
    assert (tmp_path / "w" / "boardscribe.toml").read_text() == config.read_text()


def test_other_settings_given_later_are_for_that_run_only(tmp_path: Path) -> None:
    Workspace.open(tmp_path / "w", create=True).close()
    config = tmp_path / "mine.toml"
    config.write_text('[workspace]\ntitle = "Other"\n')
    with Workspace.open(tmp_path / "w", create=True, config=config) as workspace:
        assert workspace.options.workspace.title == "Other"
    with Workspace.open(tmp_path / "w", create=False) as workspace:
        assert workspace.options.workspace.title == "Workshop boards"


def test_a_mistake_in_given_settings_leaves_nothing_behind(tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text("[segment]\nackt = 0.5\n")
    with pytest.raises(ConfigError, match="ackt"):
        Workspace.open(tmp_path / "w", create=True, config=config)
    assert not (tmp_path / "w").exists()


def damaged(folder: Path) -> None:
    (folder / "boardscribe.db").write_bytes(b"not a database at all" * 500)


def half_damaged(folder: Path) -> None:
    data = bytearray((folder / "boardscribe.db").read_bytes())
    data[4096 : 4096 * 3] = os.urandom(4096 * 2)
    (folder / "boardscribe.db").write_bytes(data)


def database_is_a_folder(folder: Path) -> None:
    (folder / "boardscribe.db").unlink()
    (folder / "boardscribe.db").mkdir()


def newer(folder: Path) -> None:
    connection = sqlite3.connect(folder / "boardscribe.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()


def unreachable(folder: Path) -> None:
    url = "postgresql://someone:secret@127.0.0.1:1/none"
    (folder / "boardscribe.toml").write_text(f'[workspace]\ndatabase = "{url}"\n')


def not_a_url(folder: Path) -> None:
    (folder / "boardscribe.toml").write_text('[workspace]\ndatabase = "mysql://x/y"\n')


def settings_are_binary(folder: Path) -> None:
    (folder / "boardscribe.toml").write_bytes(b"\xff\xfe\x00")


@pytest.mark.parametrize(
    ("spoil", "kind", "says"),
    [
        (damaged, WorkspaceError, "damaged"),
        (half_damaged, WorkspaceError, "damaged"),
        (database_is_a_folder, WorkspaceError, "cannot be opened"),
        (newer, WorkspaceVersionError, "newer version"),
        (unreachable, WorkspaceError, "cannot be reached"),
        (not_a_url, ConfigError, "unsupported database"),
        (settings_are_binary, ConfigError, "not valid TOML"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_workspace_that_cannot_be_used_says_why(
    tmp_path: Path, spoil: object, kind: type[BoardscribeError], says: str
) -> None:
    Workspace.open(tmp_path / "w", create=True).close()
    assert callable(spoil)
    spoil(tmp_path / "w")
    with (
        pytest.raises(kind, match=says) as caught,
        Workspace.open(tmp_path / "w", create=False) as workspace,
    ):
        workspace.snapshot()
    assert caught.value.remedy
    assert "secret" not in caught.value.message


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w").write_text("a file")
    with pytest.raises(WorkspaceError, match="is a file, not a folder"):
        Workspace.open(tmp_path / "w", create=True)
    with pytest.raises(WorkspaceError, match="is a file, not a folder"):
        Workspace.open(tmp_path / "w" / "below", create=True)


def test_readers_do_not_make_a_workspace(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="no workspace at"):
        Workspace.open(tmp_path / "misspelt", create=False)
    assert not (tmp_path / "misspelt").exists()


@needs_permissions
def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(WorkspaceError, match="cannot be written"):
            Workspace.open(tmp_path / "w", create=True)
    finally:
        tmp_path.chmod(0o700)


def test_a_disk_without_space_is_an_error_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorkspaceError, match="No space left on device") as caught:
        Workspace.open(tmp_path / "w", create=True)
    assert "space" in caught.value.remedy
    assert not list((tmp_path / "w").glob(".writing-*"))


def test_an_older_workspace_is_upgraded_when_it_is_opened(tmp_path: Path) -> None:
    Workspace.open(tmp_path / "w", create=True).close()
    for path in (tmp_path / "w").glob("boardscribe.db*"):
        path.unlink()
    older = Store(database_url("", tmp_path / "w", "boardscribe.db"))
    migrate.migrate(older.engine, to="0001")
    older.close()
    with Workspace.open(tmp_path / "w", create=False) as workspace:
        assert workspace.store.is_current()
    (backup,) = (tmp_path / "w").glob("*.backup")
    copy = sqlite3.connect(backup)
    assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    copy.close()


def test_a_workspace_can_be_moved(tmp_path: Path) -> None:
    Workspace.open(tmp_path / "w", create=True).close()
    shutil.move(tmp_path / "w", tmp_path / "caf\udce9 #?%")
    with Workspace.open(tmp_path / "caf\udce9 #?%", create=False) as workspace:
        assert workspace.snapshot().notes == ()
