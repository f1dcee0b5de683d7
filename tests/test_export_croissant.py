"""Croissant: mlcroissant validates it and reads the records, absence as null."""

from __future__ import annotations

import json
import logging
import warnings

import pytest
from support.snapshots import HOSTILE_TEXT, hard_cases

from boardscribe.export import croissant
from boardscribe.export._settings import ExportSettings
from boardscribe.export._tables import TABLES
from boardscribe.options import Options
from boardscribe.snapshot import Snapshot

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import mlcroissant as mlc

OPTIONS = Options()
SETTINGS = ExportSettings(
    licence="https://creativecommons.org/licenses/by/4.0/", creator="An archive"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("croissant") / "croissant"
    assert croissant.write_croissant(hard_cases(), OPTIONS, out, settings=SETTINGS) == 11
    return out


@pytest.fixture(scope="module")
def dataset(folder):
    return mlc.Dataset(jsonld=str(folder / "croissant.json"))


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def test_mlcroissant_finds_no_error(dataset):
    assert not dataset.metadata.ctx.issues.errors


def test_every_table_is_read_through_its_description(dataset):
    for table in TABLES:
        records = list(dataset.records(table.name))
        given = list(table.rows(hard_cases()))
        assert len(records) == len(given)
        for record, values in zip(records, given, strict=True):
            read = {name.partition("/")[2]: text(value) for name, value in record.items()}
            for column, value in zip(table.columns, values, strict=True):
                if value is None:
                    continue  # pandas has several words for nothing
                if column.name.endswith("_at"):
                    assert read[column.name].tz_localize(None).isoformat()[:19] == value[:19]
                else:
                    assert read[column.name] == value


def test_every_kind_of_absence_stays_different(folder):
    lines = (folder / "notes.jsonl").read_text(encoding="utf-8").split("\n")
    rows = {row["note_id"]: row for row in map(json.loads, filter(None, lines))}
    assert [
        (rows[name]["legibility"], rows[name]["text"])
        for name in ("n03", "n04", "n05", "n08", "n09", "n10")
    ] == [
        ("partly", "ask [illeg.] about [illeg.]"),
        ("blank", None),
        ("illegible", None),
        ("hidden", None),
        ("cut_off", "half a"),
        ("not_attempted", None),
    ]
    assert rows["n06"]["text"] == HOSTILE_TEXT
    assert "n12" not in rows


def test_an_empty_workspace_validates_too(tmp_path, caplog):
    caplog.set_level(logging.ERROR)
    out = tmp_path / "empty"
    croissant.write_croissant(Snapshot("", (), (), (), (), ()), OPTIONS, out)
    assert not mlc.Dataset(jsonld=str(out / "croissant.json")).metadata.ctx.issues.errors


def test_the_same_snapshot_gives_the_same_bytes(folder, tmp_path):
    croissant.write_croissant(hard_cases(), OPTIONS, tmp_path / "again", settings=SETTINGS)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()
    }
