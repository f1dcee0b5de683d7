"""notes.jsonl and notes.csv: the contract that other programs read."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import threading
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.snapshots import (
    HOSTILE_NAME,
    HOSTILE_TEXT,
    decided,
    hard_cases,
    photo,
    reading,
    sighting,
)

from boardscribe.errors import InputError
from boardscribe.export import notes_schema, write_export
from boardscribe.export.csvfile import escape, unescape
from boardscribe.options import Options
from boardscribe.records import Legibility
from boardscribe.snapshot import NoteEntry, Snapshot

OPTIONS = Options()
NOTE_FORMATS = ("csv", "jsonl")
ARRAYS = ("polygon", "engines")
NUMBERS = ("shape_probability", "confidence")

# Whatever a file name, an OCR engine or a volunteer may come up with.
NASTY = st.text(st.characters(codec=None), max_size=60) | st.sampled_from(
    [
        "",
        "\0",
        "a\0b",
        "\ud800",
        "one\u2028two\u2029three\x85four",
        '"quoted", and; separated',
        "line\r\nline\rline\nline",
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\tx",
        "\rx",
        "'=1",
        "''",
        "[illeg.]",
        "\ufeffx",
        "x" * 100_000,
    ]
)


def export(snapshot: Snapshot, out: Path, form: str = "jsonl") -> bytes:
    write_export(snapshot, OPTIONS, format=form, out=out)
    return out.read_bytes()


def rows(snapshot: Snapshot, out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in export(snapshot, out).decode().splitlines()]


def from_csv(data: bytes) -> list[dict[str, object]]:
    """The documented way back: the parser, then `unescape`, JSON and numbers."""
    lines = data.decode("utf-8-sig").splitlines(keepends=True)
    csv.field_size_limit(10_000_000)
    table = csv.DictReader(_physical(lines))
    found = []
    for cells in table:
        row: dict[str, object] = {name: unescape(cell) for name, cell in cells.items()}
        for name in ARRAYS:
            row[name] = json.loads(cells[name])
        for name in NUMBERS:
            row[name] = float(cells[name])
        for name in ("board", "heading"):
            row[name] = row[name] or None
        found.append(row)
    return found


def _physical(lines: list[str]) -> list[str]:
    """As a file opened with newline="" gives them: not split at U+2028 and the like."""
    return list(io.StringIO("".join(lines), newline=""))


def paired(text: str) -> str:
    """Two surrogates that make a pair are that one character, to JSON as to UTF-16."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def one_note(text: str, name: str, meaning: str, board: str | None) -> Snapshot:
    base = hard_cases()
    on = photo("p.jpg", "b1")
    on = replace(on, photo=replace(on.photo, name=name or "p.jpg"))
    seen = sighting("s", "n", on, reading(""), reading("", engine="rapidocr"))
    note = NoteEntry("n", "b1", meaning or "other", (seen,), (decided(text),))
    boards = (replace(base.boards[0], name=board),) if board else ()
    return Snapshot("T", boards, (on,), (note,), (), ())


def test_the_keys_are_those_of_the_contract(tmp_path: Path) -> None:
    first = rows(hard_cases(), tmp_path / "n.jsonl")[0]
    assert list(first) == [
        "photo",
        "photo_sha256",
        "note_id",
        "board",
        "heading",
        "polygon",
        "shape",
        "shape_probability",
        "meaning",
        "colour",
        "text",
        "legibility",
        "confidence",
        "status",
        "source",
        "engines",
        "outline",  # what is new comes last, for readers that go by the place of a column
    ]


def test_the_schema_is_a_schema_and_every_row_fits_it(tmp_path: Path) -> None:
    schema = notes_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for row in rows(hard_cases(), tmp_path / "n.jsonl"):
        validator.validate(row)
    assert set(schema["properties"]["legibility"]["enum"]) == {item.value for item in Legibility}


def test_the_schema_refuses_what_breaks_the_contract(tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(notes_schema())
    row = rows(hard_cases(), tmp_path / "n.jsonl")[0]
    for change in (
        {"confidence": 1.5},
        {"shape": "circle"},
        {"text": None},
        {"status": "done"},
        {"polygon": [[0, 0], [1, 1]]},
        {"extra": 1},
    ):
        assert not validator.is_valid({**row, **change})
    assert not validator.is_valid({key: row[key] for key in row if key != "engines"})


def test_a_row_a_sighting_that_counts(tmp_path: Path) -> None:
    found = rows(hard_cases(), tmp_path / "n.jsonl")
    ids = [row["note_id"] for row in found]
    assert sorted(ids) == sorted([f"n{n:02}" for n in range(1, 12)] + ["n02"])


def test_rows_come_by_photo_then_from_top_to_bottom(tmp_path: Path) -> None:
    found = rows(hard_cases(), tmp_path / "n.jsonl")
    tops = [(row["photo"], min(y for _, y in row["polygon"])) for row in found]
    assert tops == sorted(tops)


def test_text_is_that_in_force_and_absence_keeps_its_reason(tmp_path: Path) -> None:
    found = {row["note_id"]: row for row in rows(hard_cases(), tmp_path / "n.jsonl")}
    keys = ("text", "legibility", "status", "source")
    assert [tuple(found[f"n{n:02}"][key] for key in keys) for n in (3, 4, 5, 7, 8, 9, 10)] == [
        ("ask [illeg.] about [illeg.]", "partly", "review", "machine"),
        ("", "blank", "accepted", "machine"),
        ("", "illegible", "accepted", "machine"),
        ("keep the old oak tree", "readable", "reviewed", "consensus"),
        ("", "hidden", "accepted", "machine"),
        ("half a", "cut_off", "accepted", "machine"),
        ("", "not_attempted", "accepted", "machine"),
    ]
    assert found["n06"]["text"] == HOSTILE_TEXT
    assert found["n06"]["photo"] == HOSTILE_NAME
    assert (found["n11"]["board"], found["n11"]["heading"]) == (None, None)
    assert (found["n01"]["board"], found["n01"]["heading"]) == ("Make time", "Make time <b>")


def test_engines_are_those_that_read_without_the_combination_of_them(tmp_path: Path) -> None:
    (row,) = rows(one_note("x", "p.jpg", "agree", None), tmp_path / "n.jsonl")
    assert row["engines"] == ["rapidocr/1.2"]


@pytest.mark.parametrize("form", NOTE_FORMATS)
def test_the_same_snapshot_gives_the_same_bytes_in_whatever_order(
    tmp_path: Path, form: str
) -> None:
    base = hard_cases()
    turned = replace(base, notes=base.notes[::-1], photos=base.photos[::-1])
    assert export(base, tmp_path / "a", form) == export(turned, tmp_path / "b", form)


@pytest.mark.parametrize("form", NOTE_FORMATS)
def test_an_empty_workspace_gives_a_valid_empty_file(tmp_path: Path, form: str) -> None:
    out = tmp_path / "n"
    assert write_export(Snapshot("T", (), (), (), (), ()), OPTIONS, format=form, out=out) == 0
    assert len(out.read_bytes().splitlines()) == (1 if form == "csv" else 0)


@settings(max_examples=80, deadline=None)
@given(text=NASTY, name=NASTY, meaning=NASTY, board=st.none() | NASTY)
def test_json_lines_bring_every_text_back(
    tmp_path_factory: pytest.TempPathFactory, text: str, name: str, meaning: str, board: str | None
) -> None:
    out = tmp_path_factory.getbasetemp() / "round.jsonl"
    data = export(one_note(text, name, meaning, board), out)
    (line,) = data.decode("utf-8").splitlines()
    row = json.loads(line)
    assert (row["text"], row["photo"]) == (paired(text), paired(name or "p.jpg"))
    assert (row["meaning"], row["board"]) == (
        paired(meaning or "other"),
        paired(board or "") or None,
    )
    jsonschema.Draft202012Validator(notes_schema()).validate(row)


@settings(max_examples=80, deadline=None)
@given(text=NASTY, name=NASTY, meaning=NASTY, board=st.none() | NASTY)
def test_csv_brings_every_text_back_that_utf8_can_hold(
    tmp_path_factory: pytest.TempPathFactory, text: str, name: str, meaning: str, board: str | None
) -> None:
    snapshot = one_note(text, name, meaning, board)
    out = tmp_path_factory.getbasetemp() / "round"
    (expected,) = rows(snapshot, out.with_suffix(".jsonl"))
    (actual,) = from_csv(export(snapshot, out.with_suffix(".csv"), "csv"))
    assert actual == {
        key: re.sub("[\ud800-\udfff]", "\ufffd", value) if isinstance(value, str) else value
        for key, value in expected.items()
    }


def test_csv_and_json_lines_hold_the_same(tmp_path: Path) -> None:
    actual = from_csv(export(hard_cases(), tmp_path / "n.csv", "csv"))
    assert actual == rows(hard_cases(), tmp_path / "n.jsonl")


def test_no_cell_of_the_csv_is_a_formula(tmp_path: Path) -> None:
    data = export(hard_cases(), tmp_path / "n.csv", "csv").decode("utf-8-sig")
    cells = [cell for row in csv.reader(_physical([data])) for cell in row]
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r")]
    assert any(cell.startswith("'=") for cell in cells)


@given(st.text())
def test_escape_is_undone_by_unescape(text: str) -> None:
    assert unescape(escape(text)) == text
    assert escape(text)[:1] not in set("=+-@\t\r")


def test_the_csv_begins_with_the_mark_by_which_spreadsheets_know_utf8(tmp_path: Path) -> None:
    assert export(hard_cases(), tmp_path / "n.csv", "csv").startswith(b"\xef\xbb\xbfphoto,")


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no export format 'xlsx'"):
        write_export(hard_cases(), OPTIONS, format="xlsx", out=tmp_path / "n")


@pytest.mark.parametrize("form", NOTE_FORMATS)
def test_a_failed_export_leaves_the_former_file(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "n"
    before = export(hard_cases(), out, form)

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(
        f"boardscribe.export.{'csvfile' if form == 'csv' else form}.{'_cells' if form == 'csv' else '_line'}",
        full,
    )
    with pytest.raises(InputError, match="No space left"):
        write_export(hard_cases(), OPTIONS, format=form, out=out)
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["n"]


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for out in (tmp_path, tmp_path / "file" / "n.jsonl"):
        with pytest.raises(InputError):
            write_export(hard_cases(), OPTIONS, format="jsonl", out=out)


def test_a_link_is_written_through_and_a_pipe_written_to(tmp_path: Path) -> None:
    expected = export(hard_cases(), tmp_path / "n.jsonl")

    link = tmp_path / "link"
    link.symlink_to("target")
    assert export(hard_cases(), link) == expected
    assert link.is_symlink()

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_export(hard_cases(), OPTIONS, format="jsonl", out=pipe)
    reader.join(10)
    assert got == [expected]
    assert pipe.is_fifo()
