"""The queue of CSV files: texts come back as they were, whatever a spreadsheet did to the file."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.reviewing import Doubt, fill, workspace_of

from boardscribe.cli import main
from boardscribe.records import Status
from boardscribe.workspace import Workspace
from boardscribe_review.cells import escape, unescape
from boardscribe_review.csvqueue import COLUMNS, CsvQueue, create
from boardscribe_review.pull import pull
from boardscribe_review.push import push

HOSTILE = (
    "=HYPERLINK(\"http://x\")", "+1", "-2+3", "@SUM(A1)", "\t=1", "  =1", "'=1", "'tis", "''", "007",
    "1/2", "10-12", "1e5", "3.50", "TRUE", "mar 1", "DDE|x", "|cmd", "%0", "＝1", "", "a;b", 'say "no"',
    "two\nlines", "12:30", "5 pm", "£5",
)  # fmt: skip


@given(st.text(max_size=20) | st.sampled_from(HOSTILE))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_text_comes_back_from_its_cell(text: str) -> None:
    assert unescape(escape(text)) == text


@given(st.text(max_size=20) | st.sampled_from(HOSTILE))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_cell_is_a_formula_or_a_number(text: str) -> None:
    cell = escape(text)
    assert cell.lstrip()[:1] not in set("=+-@|%")
    assert cell[:1] not in set("\t\r\n")
    if not any(char.isdigit() for char in cell):
        return  # Python takes `infinity` for a number, no spreadsheet does
    try:
        float(cell.strip() or "x")
    except ValueError:
        return
    pytest.fail(f"{cell!r} is a number")


@pytest.mark.parametrize("typed", ["=1+1", "-2", "'tis the season", "007", "'quoted'"])
def test_what_a_person_typed_without_our_apostrophe_is_taken_as_typed(typed: str) -> None:
    assert unescape(typed) == typed


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Workspace]:
    doubts = [Doubt(text, 0.3) for text in ("=1+1", "more tine", "007", "two\nlines")]
    with workspace_of(tmp_path / "w", doubts, '[review]\nqueue = "csv"\n') as opened:
        yield opened


@pytest.fixture
def queue(space: Workspace) -> CsvQueue:
    return create(space)


def files(space: Workspace) -> list[Path]:
    return sorted((space.path / "review" / "csv").glob("*.csv"))


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def save(path: Path, rows: list[dict[str, str]], **dialect: str) -> None:
    """Write rows as a spreadsheet does."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, list(rows[0]), **dialect)  # type: ignore[arg-type]
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(buffer.getvalue().encode("utf-8"))
    later(path)


def later(path: Path) -> None:
    moment = path.stat().st_mtime + 5
    os.utime(path, (moment, moment))


def texts(space: Workspace) -> dict[str, str]:
    return {
        note.note_id: note.transcription.text
        for note in space.snapshot().notes
        if note.status is Status.REVIEWED
    }


def test_a_push_writes_files_that_open_safely_with_pictures_beside(space, queue) -> None:
    assert push(space, queue).new == 4
    (file,) = files(space)
    rows = read(file)
    assert list(rows[0]) == list(COLUMNS)
    assert {row["text"] for row in rows} == {"'=1+1", "more tine", "'007", "two\nlines"}
    for row in rows:
        assert not any(cell[:1] in set("=+-@") for cell in row.values())
        for column in ("picture", "on the board"):
            assert (file.parent / row[column]).read_bytes().startswith(b"\xff\xd8")
    assert (file.parent / "README.txt").is_file()
    page = file.with_suffix(".html").read_text(encoding="utf-8")
    assert all(row["picture"] in page for row in rows)
    before = file.read_bytes()
    assert push(space, queue).new == 0
    assert files(space) == [file]
    assert file.read_bytes() == before


def as_it_is(path: Path, rows: list[dict[str, str]]) -> None:
    save(path, rows)


def semicolons_and_crlf(path: Path, rows: list[dict[str, str]]) -> None:
    save(path, rows, delimiter=";", lineterminator="\r\n")


def with_a_separator_line(path: Path, rows: list[dict[str, str]]) -> None:
    save(path, rows, delimiter=";")
    path.write_bytes(b"sep=;\r\n" + path.read_bytes())
    later(path)


def tabs_in_utf_16(path: Path, rows: list[dict[str, str]]) -> None:
    save(path, rows, delimiter="\t")
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    later(path)


def windows_1252_with_byte_order_mark_lost(path: Path, rows: list[dict[str, str]]) -> None:
    save(path, rows)
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1252"))
    later(path)


def columns_turned_renamed_in_case_and_added(path: Path, rows: list[dict[str, str]]) -> None:
    turned = [
        {"my own notes": "x", **{k.upper(): row[k] for k in reversed(row)}, "Zahl": "7"}
        for row in rows
    ]
    save(path, turned)


def sorted_with_empty_rows(path: Path, rows: list[dict[str, str]]) -> None:
    empty = dict.fromkeys(rows[0], "")
    save(path, [empty, *sorted(rows, key=lambda row: row["text"]), empty])


def apostrophes_eaten(path: Path, rows: list[dict[str, str]]) -> None:
    save(path, [{k: v.removeprefix("'") for k, v in row.items()} for row in rows])


@pytest.mark.parametrize(
    "saved",
    [
        as_it_is,
        semicolons_and_crlf,
        with_a_separator_line,
        tabs_in_utf_16,
        windows_1252_with_byte_order_mark_lost,
        columns_turned_renamed_in_case_and_added,
        sorted_with_empty_rows,
        apostrophes_eaten,
    ],
)
def test_answers_come_back_whatever_the_spreadsheet_did(
    space: Workspace, queue: CsvQueue, saved: Callable[[Path, list[dict[str, str]]], None]
) -> None:
    push(space, queue)
    (file,) = files(space)
    rows = read(file)
    for row in rows:
        row |= {"answer": "readable", "reader": "Renée"}
        if row["text"] == "more tine":
            row["text"] = "more café"
    saved(file, rows)
    got = pull(space, queue)
    assert (got.answers, got.problems) == (4, ())
    assert texts(space) == {"a-0": "=1+1", "a-1": "more café", "a-2": "007", "a-3": "two\nlines"}
    assert {answer.raw.reader for answer in space.store.review.answers()} == {"Renée"}


def test_a_file_returned_under_another_name_counts_and_names_its_reader(space, queue) -> None:
    push(space, queue)
    (file,) = files(space)
    rows = read(file)
    rows[0]["answer"] = "readable"
    save(file.with_name("group 3.CSV"), rows[:1])
    assert pull(space, queue).answers == 1
    (answer,) = space.store.review.answers()
    assert answer.raw.reader == "group 3"


def test_a_corrected_text_without_a_choice_is_an_answer_and_an_untouched_row_is_none(
    space, queue
) -> None:
    push(space, queue)
    (file,) = files(space)
    rows = read(file)
    target = next(row for row in rows if row["text"] == "more tine")
    target["text"] = "more time"
    save(file, rows)
    assert pull(space, queue).answers == 1
    assert texts(space) == {"a-1": "more time"}


def test_an_edited_row_supersedes_a_cleared_one_is_a_deletion_and_a_saved_file_is_no_news(
    space, queue
) -> None:
    push(space, queue)
    (file,) = files(space)
    rows = read(file)
    rows[0] |= {"answer": "readable", "text": "first"}
    save(file, rows)
    pull(space, queue)
    later(file)
    assert pull(space, queue).answers == 0
    rows[0]["text"] = "second"
    save(file, rows)
    os.utime(file, (1, 1))  # a copy that brought an old time along
    assert pull(space, queue).answers == 1
    (answer,) = space.store.review.answers()
    assert answer.raw.text == "second"
    rows[0]["answer"] = ""
    rows[0]["text"] = read_text_of(space, rows[0]["question"])
    save(file, rows)
    assert pull(space, queue).deleted == 1
    assert "second" in texts(space).values()


def read_text_of(space: Workspace, task_id: str) -> str:
    item = next(i for i in space.store.review.tasks() if i.task.task_id == task_id)
    return escape(item.task.content.text)


def test_a_file_taken_away_takes_no_answer_back(space, queue) -> None:
    push(space, queue)
    (file,) = files(space)
    rows = [row | {"answer": "readable"} for row in read(file)]
    save(file, rows)
    pull(space, queue)
    file.unlink()
    got = pull(space, queue)
    assert (got.answers, got.deleted) == (0, 0)
    assert not any(answer.deleted for answer in space.store.review.answers())


def test_unknown_words_and_foreign_rows_are_reported_and_other_files_ignored(space, queue) -> None:
    push(space, queue)
    (file,) = files(space)
    rows = read(file)
    rows[0]["answer"] = "dunno"
    rows[1]["answer"] = "Not a note"
    rows.append(rows[2] | {"question": "t-elsewhere", "answer": "blank"})
    save(file, rows)
    file.with_name("shopping.csv").write_text("item,price\n=cmd,1\n")
    file.with_name("empty.csv").write_bytes(b"")
    file.with_name("binary.csv").write_bytes(bytes(range(256)))
    got = pull(space, queue)
    assert len(got.problems) == 2
    assert "dunno" in got.problems[0].problem
    assert "t-elsewhere" in got.problems[1].problem
    assert got.settled == 1


def test_untouched_files_are_brought_up_to_date_and_touched_ones_left_alone(space, queue) -> None:
    push(space, queue)
    (file,) = files(space)
    fill(space, [Doubt("=2+2", 0.3), Doubt("more time", 0.99, accepted=True), Doubt("007", 0.3), Doubt("two\nlines", 0.3)])  # fmt: skip
    done = push(space, queue)
    assert (done.updated, done.withdrawn) == (1, 1)
    assert {row["text"] for row in read(file)} == {"'=2+2", "'007", "two\nlines"}
    rows = read(file)
    rows[0]["comment"] = "I am at it"
    save(file, rows)
    touched = file.read_bytes()
    fill(space, [Doubt("three", 0.3)] * 4)
    push(space, queue)
    assert file.read_bytes() == touched


def test_two_copies_are_two_files(tmp_path) -> None:
    with workspace_of(tmp_path / "w", [Doubt()], '[review]\nqueue = "csv"\nreaders = 2\n') as space:
        push(space, create(space))
        assert [f.name for f in files(space)] == ["questions-0001-copy2.csv", "questions-0001.csv"]


def test_the_commands_work_with_a_folder_of_files(space, capsys) -> None:
    folder = str(space.path)
    assert main(["review", "push", "-w", folder]) == 0
    assert "4 new" in capsys.readouterr().out
    (file,) = files(space)
    save(file, [row | {"answer": "readable", "reader": "ada"} for row in read(file)])
    assert main(["review", "pull", "-w", folder]) == 0
    assert "4 new" in capsys.readouterr().out
    assert main(["review", "stats", "-w", folder]) == 0
    shown = capsys.readouterr().out
    assert "4 done, 0 left, of 4 asked about" in shown
    assert main(["review", "push", "-w", folder, "--audit", "many"]) == 2
    assert "is no share" in capsys.readouterr().err
    assert main(["review", "push", "-w", folder, "--queue", "nowhere"]) == 7
