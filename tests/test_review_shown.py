"""What others are shown of review: pseudonyms, progress, and truth for refitting."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.reviewing import Doubt, FileQueue, workspace_of

from boardscribe.cli import main
from boardscribe.progress import Moment, binomial_interval, progress_data, review_progress
from boardscribe.pseudonyms import Pseudonyms
from boardscribe.report import write_report
from boardscribe.report._plot import plot
from boardscribe.workspace import Workspace
from boardscribe_review.pull import pull
from boardscribe_review.push import push

ADA, BO = "ada@example.org", "bo@example.org"


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Workspace]:
    doubts = [
        Doubt("plant tees", 0.3), Doubt("more time", 0.4), Doubt("", 0.5), Doubt("blurred", 0.2),
        Doubt("two in one", 0.3), Doubt("waits", 0.3), Doubt("accepted", 0.97, accepted=True),
    ]  # fmt: skip
    with workspace_of(tmp_path / "w", doubts, "[review]\nreaders = 2\n") as opened:
        queue = FileQueue(tmp_path / "queue.db")
        push(opened, queue)
        notes = {i.task.task_id: i.task.note_id for i in opened.store.review.tasks()}
        says: dict[str, dict[str, object]] = {
            "a-0": {"verdict": "readable", "text": "Plant [?trees?]"},
            "a-1": {"verdict": "readable", "text": "MORE  time"},
            "a-2": {"verdict": "blank"},
            "a-3": {"verdict": "partly", "text": "blurred [illeg.]"},
            "a-4": {"verdict": "two_notes"},
        }
        seen: dict[str, str] = {}
        for task in queue.tasks():
            note = notes[str(task["task_id"])]
            if note in says:
                reader = BO if note in seen else ADA
                seen[note] = reader
                queue.answer(task["external"], reader, seconds=9.0, **says[note])
        pull(opened, queue)
        yield opened


def test_no_account_is_in_any_export_page_or_output_unless_asked_for(
    space: Workspace, tmp_path: Path, capsys
) -> None:
    folder = str(space.path)
    for format_ in ("jsonl", "csv", "tei", "page", "iiif", "parquet", "record", "ro-crate", "hocr"):
        out = tmp_path / f"out-{format_}"
        assert main(["export", "-w", folder, "--format", format_, "-o", str(out)]) == 0
        for file in [out] if out.is_file() else out.rglob("*"):
            if file.is_file():
                assert b"example.org" not in file.read_bytes(), file
    write_report(space.snapshot(), space.path, space.options)
    for page in (space.path / "report").rglob("*.html"):
        assert "@example.org" not in page.read_text(encoding="utf-8")
    capsys.readouterr()
    for command in (["why", "a-0"], ["review", "stats", "--json"], ["status"]):
        assert main([*command, "-w", folder]) == 0
        assert "example.org" not in capsys.readouterr().out
    named = tmp_path / "named.xml"
    main(["export", "-w", folder, "--format", "tei", "-o", str(named), "--name-readers"])
    assert ADA in named.read_text(encoding="utf-8")


def test_pseudonyms_are_stable_in_a_workspace_and_other_in_another(space, tmp_path) -> None:
    def names(opened: Workspace) -> set[str]:
        return {v.decided_by for n in opened.snapshot().notes for v in n.history if v.version > 1}

    assert names(space) == names(space)
    (both,) = {name for name in names(space) if ", " in name}
    key = space.store.review.secret("pseudonyms")
    assert both == ", ".join(sorted(Pseudonyms(key).of(name) for name in (ADA, BO)))
    with workspace_of(tmp_path / "other", [Doubt()]) as other:
        assert other.store.review.secret("pseudonyms") != key
    assert len(key) == 64


def test_progress_counts_what_is_left_done_and_agreed(space) -> None:
    found = review_progress(space.snapshot())
    assert (found.asked, found.done, found.left, found.open_tasks) == (6, 5, 1, 2)
    assert (found.answers, found.readers, found.seconds, found.new_outline) == (10, 2, 9.0, 1)
    assert (found.agreement, found.agreement_notes) == (1.0, 5)
    (board,) = found.boards
    assert (board.board, board.asked, board.left, board.agreement) == ("Make time", 6, 1, 1.0)
    assert (found.course[0].asked, found.course[-1].asked, found.course[-1].answered) == (0, 12, 10)
    assert json.loads(json.dumps(progress_data(found)))["notes"] == {
        "asked": 6,
        "done": 5,
        "left": 1,
    }


def test_the_report_draws_the_progress_within_its_policy(space) -> None:
    page = write_report(space.snapshot(), space.path, space.options)
    html = page.read_text(encoding="utf-8")
    section = html.partition('<h2 id="review">')[2].partition("</section>")[0]
    assert "5 done, 1 left, of 6 asked about" in section
    assert "10 by 2 readers" in section
    assert '<svg class="course"' in section
    assert "12 asked, 10 answered" in section
    assert not re.search(r"\sstyle=|\son\w+=", section)
    board = next((space.path / "report" / "boards").glob("*.html")).read_text(encoding="utf-8")
    assert 'title="A person was not sure of this word">[?trees?]</span>' in board
    assert "two notes or more in one outline" in board
    assert write_report(space.snapshot(), space.path, space.options).read_text() == html


def test_a_workspace_that_asked_nobody_shows_nothing_of_review(tmp_path) -> None:
    with workspace_of(tmp_path / "w", [Doubt()]) as space:
        page = write_report(space.snapshot(), space.path, space.options)
        assert "Review by people" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("highest", "numbers"),
    [(1, [1]), (4, [1, 2, 3, 4]), (12, [5, 10, 15]), (97, [50, 100]), (5000, [2000, 4000, 6000])],
)
def test_the_plot_counts_in_round_steps(highest: int, numbers: list[int]) -> None:
    found = plot([Moment("2026-03-01T00:00", 0, 0), Moment("2026-03-02T00:00", highest, 1)])
    assert found is not None
    assert [number for _, number in found.up] == numbers
    assert found.across[0] == (0.0, "2026-03-01", "start")
    assert plot([]) is None


def test_status_says_what_the_audit_found(space, capsys) -> None:
    assert main(["status", "-w", str(space.path)]) == 0
    assert "none drawn yet" in capsys.readouterr().out
    assert main(["status", "-w", str(space.path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["review"]["error_rate"] is None


@pytest.mark.parametrize(
    ("hits", "tries", "low", "high"),
    [
        # Reference values: scipy.stats.binomtest(...).proportion_ci(method="exact").
        (0, 20, 0.0, 0.168433),
        (2, 60, 0.004063, 0.115281),
        (10, 10, 0.691503, 1.0),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_interval_is_the_exact_binomial_one(hits, tries, low, high) -> None:
    assert binomial_interval(hits, tries) == pytest.approx((low, high), abs=1e-5)


def test_marks_of_people_are_in_every_text_that_leaves(space, tmp_path) -> None:
    for format_ in ("jsonl", "csv", "page", "hocr", "alto", "iiif"):
        out = tmp_path / f"marks-{format_}"
        assert main(["export", "-w", str(space.path), "--format", format_, "-o", str(out)]) == 0
        text = "".join(
            file.read_text(encoding="utf-8")
            for file in ([out] if out.is_file() else sorted(out.rglob("*")))
            if file.is_file() and file.suffix not in (".jpg", ".png")
        )
        assert "[?trees?]" in text, format_
        assert "[illeg.]" in text, format_
    out = tmp_path / "marks.xml"
    main(["export", "-w", str(space.path), "--format", "tei", "-o", str(out)])
    tei = out.read_text(encoding="utf-8")
    assert "<unclear>trees</unclear>" in tei
    assert '<gap reason="illegible"' in tei
    rows = [json.loads(line) for line in (tmp_path / "marks-jsonl").read_text().splitlines()]
    outlines = {row["note_id"]: row["outline"] for row in rows}
    assert outlines["a-4"] == "two_notes"
    assert outlines["a-0"] == "good"
