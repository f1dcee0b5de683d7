"""Data Package: valid by frictionless, tables that link, absence as missing values."""

from __future__ import annotations

import csv
import json

import pytest
from frictionless import Package
from support.snapshots import HOSTILE_TEXT, hard_cases

from boardscribe.export import frictionless
from boardscribe.export._tables import TABLES, guarded
from boardscribe.export.csvfile import unescape
from boardscribe.options import Options
from boardscribe.snapshot import Snapshot

OPTIONS = Options()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("package") / "package"
    assert frictionless.write_frictionless(hard_cases(), OPTIONS, out) == 11
    return out


def rows(folder, table):
    with (folder / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return [
            {name: unescape(cell) for name, cell in row.items()} for row in csv.DictReader(file)
        ]


def test_frictionless_finds_the_package_and_every_table_valid(folder):
    report = Package(str(folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "note"])
    assert [task.name for task in report.tasks] == [table.name for table in TABLES]


def test_an_empty_workspace_is_a_valid_package(tmp_path):
    out = tmp_path / "empty"
    frictionless.write_frictionless(Snapshot("", (), (), (), (), ()), OPTIONS, out)
    assert Package(str(out / "datapackage.json")).validate().valid


def test_every_kind_of_absence_stays_different(folder):
    found = {row["note_id"]: row for row in rows(folder, "notes")}
    assert [
        (found[name]["legibility"], found[name]["text"])
        for name in ("n03", "n04", "n05", "n08", "n09", "n10")
    ] == [
        ("partly", "ask [illeg.] about [illeg.]"),
        ("blank", ""),
        ("illegible", ""),
        ("hidden", ""),
        ("cut_off", "half a"),
        ("not_attempted", ""),
    ]
    package = json.loads((folder / "datapackage.json").read_text())
    assert all(item["schema"]["missingValues"] == [""] for item in package["resources"])


def test_every_value_comes_back(folder):
    """Each cell read back is the value that the table gave."""
    for table in TABLES:
        read = rows(folder, table.name)
        given = list(table.rows(hard_cases()))
        assert len(read) == len(given)
        for row, values in zip(read, given, strict=True):
            assert list(row.values()) == [unescape(guarded(value)) for value in values]
    assert rows(folder, "notes")[5]["text"] == HOSTILE_TEXT


def test_no_cell_is_a_formula(folder):
    for path in folder.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.reader(file):
                assert not [cell for cell in row if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}]


def test_doubtful_sightings_and_notes_are_left_out(folder):
    assert {"s02c", "s12"}.isdisjoint({row["sighting_id"] for row in rows(folder, "sightings")})
    assert "n12" not in {row["note_id"] for row in rows(folder, "transcriptions")}


def test_the_same_snapshot_gives_the_same_bytes(folder, tmp_path):
    frictionless.write_frictionless(hard_cases(), OPTIONS, tmp_path / "again")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()
    }
