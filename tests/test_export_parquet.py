"""Parquet: pyarrow and DuckDB-like readers get every sure sighting, with absence as data."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest
from support.snapshots import HOSTILE_TEXT, hard_cases

from boardscribe.errors import InputError
from boardscribe.export import parquet
from boardscribe.export._view import exported
from boardscribe.options import Options

OPTIONS = Options()


def written(tmp_path, name="notes.parquet"):
    out = tmp_path / name
    count = parquet.write_parquet(hard_cases(), OPTIONS, out)
    return count, out


def test_a_row_a_sure_sighting_and_none_for_doubtful_ones(tmp_path):
    count, out = written(tmp_path)
    rows = pq.read_table(out).to_pylist()
    assert count == len(rows) == 12
    assert {row["sighting_id"] for row in rows}.isdisjoint({"s02c", "s12"})


def test_every_kind_of_absence_stays_different_and_is_null_not_empty(tmp_path):
    rows = {row["note_id"]: row for row in pq.read_table(written(tmp_path)[1]).to_pylist()}
    assert [
        (rows[f"n{n:02}"]["text"], rows[f"n{n:02}"]["legibility"]) for n in (3, 4, 5, 8, 9, 10)
    ] == [
        ("ask [illeg.] about [illeg.]", "partly"),
        (None, "blank"),
        (None, "illegible"),
        (None, "hidden"),
        ("half a", "cut_off"),
        (None, "not_attempted"),
    ]
    assert rows["n06"]["text"] == HOSTILE_TEXT


def test_what_was_written_is_read_back_whole(tmp_path):
    """Readings, outlines and every version of a person's decision come back as they were."""
    table = pq.read_table(written(tmp_path)[1])
    assert table.schema.metadata[b"privacy"].startswith(b"not redacted")
    for row, (note, sighting, rank) in zip(table.to_pylist(), exported(hard_cases()), strict=True):
        assert (row["note_id"], row["sighting_id"], row["rank"]) == (
            note.note_id,
            sighting.sighting_id,
            rank,
        )
        assert [tuple(point) for point in row["polygon"]] == list(sighting.detection.polygon)
        assert [version["text"] or "" for version in row["history"]] == [
            version.text for version in note.history
        ]
        assert [version["decided_by"] for version in row["history"]] == [
            version.decided_by for version in note.history
        ]
        lines = row["readings"][0]["lines"]
        assert [[word["text"] for word in line["words"]] for line in lines] == [
            [word.text for word in line.words] for line in sighting.readings[0].lines
        ]


def test_the_same_snapshot_gives_the_same_bytes(tmp_path):
    assert written(tmp_path, "a")[1].read_bytes() == written(tmp_path, "b")[1].read_bytes()


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        parquet.write_parquet(hard_cases(), OPTIONS, tmp_path)
