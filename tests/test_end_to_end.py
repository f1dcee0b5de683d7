"""The whole way, real components: photographs in, record out, measured against truth.

The floors are the promise of the first release, not the state of the art: docs/accuracy.md has
the figures.
"""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from boardscribe.cli import main
from boardscribe.errors import ExitCode
from boardscribe.export import notes_schema

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
REAL = ROOT.parent / "shared" / "real"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of the sample photographs."""
    workspace = tmp_path_factory.mktemp("samples") / "workspace"
    config = ["--config", str(SAMPLES / "boardscribe.toml")]
    code = main(["transcribe", str(SAMPLES / "photos"), "-w", str(workspace), *config])
    assert code == ExitCode.OK
    return workspace


def measures(workspace: Path, truth: Path, out: Path) -> dict:
    assert main(["evaluate", str(truth), "-w", str(workspace), "--json", str(out)]) == ExitCode.OK
    return json.loads(out.read_text(encoding="utf-8"))


def test_the_notes_of_the_samples_are_found_and_typed(samples, tmp_path):
    total = measures(samples, SAMPLES / "truth", tmp_path / "m.json")["total"]
    assert total["detection"]["f1"] >= 0.95
    assert total["shape"]["accuracy"] >= 0.95


def test_the_boards_of_the_samples_are_known_by_their_headings(samples, capsys):
    assert main(["status", "-w", str(samples), "--json"]) == ExitCode.OK
    boards = {board["board"] for board in json.loads(capsys.readouterr().out)["boards"]}
    truth = {
        json.loads(path.read_text(encoding="utf-8"))["board"]
        for path in (SAMPLES / "truth").glob("*.json")
    }
    assert {str(board).casefold() for board in boards} == {board.casefold() for board in truth}


def test_a_second_run_does_nothing_twice(samples, capsys):
    before = (samples / "report" / "index.html").read_bytes()
    assert main(["transcribe", str(SAMPLES / "photos"), "-w", str(samples)]) == ExitCode.OK
    assert "(0 worked on, " in capsys.readouterr().out
    assert (samples / "report" / "index.html").exists()
    assert before


def test_the_export_keeps_its_contract(samples, tmp_path):
    out = tmp_path / "notes.jsonl"
    assert main(["export", "-w", str(samples), "--format", "jsonl", "-o", str(out)]) == ExitCode.OK
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    validator = jsonschema.Draft202012Validator(notes_schema())
    assert rows
    for row in rows:
        validator.validate(row)
    assert {row["meaning"] for row in rows} >= {"agree", "important", "amend", "challenge"}


@pytest.mark.parametrize(
    ("name", "file"),
    [("csv", "n.csv"), ("record", "r.md"), ("record", "r.html"), ("bagit", "bag"), ("page", "p")],
)
def test_other_exports_are_written_from_the_command_line(samples, tmp_path, name, file):
    out = tmp_path / file
    assert main(["export", "-w", str(samples), "--format", name, "-o", str(out)]) == ExitCode.OK
    assert out.exists()


def test_an_unknown_format_is_a_usage_error_that_names_the_others(samples, tmp_path, capsys):
    out = ["-o", str(tmp_path / "x")]
    assert main(["export", "-w", str(samples), "--format", "xls", *out]) == ExitCode.USAGE
    assert "jsonl" in capsys.readouterr().err


def test_a_redacted_package_holds_no_picture_and_no_original(samples, tmp_path):
    out = tmp_path / "bag"
    call = ["export", "-w", str(samples), "--format", "bagit", "-o", str(out), "--redact"]
    assert main(call) == ExitCode.OK
    assert not list(out.rglob("*.jpg"))


def test_a_record_made_here_is_read_back_updated_and_explained(samples, tmp_path, capsys):
    record = tmp_path / "record.md"
    space = ["-w", str(samples)]
    assert main(["export", *space, "--format", "record", "-o", str(record)]) == ExitCode.OK
    assert main(["record", "import", str(record), *space]) == ExitCode.OK
    assert main(["record", "update", *space, "-o", str(tmp_path / "update")]) == ExitCode.OK
    assert (tmp_path / "update" / "changes.html").is_file()
    out = tmp_path / "notes.jsonl"
    assert main(["export", *space, "-o", str(out)]) == ExitCode.OK
    note = json.loads(out.read_text(encoding="utf-8").splitlines()[0])["note_id"]
    capsys.readouterr()
    assert main(["why", note, *space]) == ExitCode.OK
    assert note in capsys.readouterr().out
    assert main(["privacy", *space]) == ExitCode.OK


def test_an_update_without_a_record_says_what_to_do(samples, tmp_path, capsys):
    workspace = tmp_path / "empty"
    config = ["--config", str(SAMPLES / "boardscribe.toml")]
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"")
    assert main(["transcribe", str(bad), "-w", str(workspace), *config]) == ExitCode.SOME_FAILED
    assert main(["record", "update", "-w", str(workspace)]) == ExitCode.USAGE
    assert "boardscribe record import" in capsys.readouterr().err


def test_doctor_finds_nothing_missing_that_is_needed(capsys):
    assert main(["doctor"]) == ExitCode.OK
    assert "rapidocr" in capsys.readouterr().out


@pytest.mark.skipif(not REAL.is_dir(), reason="the real photographs are not beside the checkout")
def test_real_photographs_are_processed_above_the_floor(tmp_path):
    workspace = tmp_path / "workspace"
    assert main(["transcribe", str(REAL / "photos"), "-w", str(workspace)]) == ExitCode.OK
    result = measures(workspace, REAL / "truth", tmp_path / "m.json")
    assert result["photos_missing"] == []
    assert result["total"]["detection"]["f1"] >= 0.80
    assert result["total"]["text"]["end_to_end"]["cer"] <= 0.40
