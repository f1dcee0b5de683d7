"""From doubtful notes to decided texts: a real server, two people, one of them in a real browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page
from support.drawn import read_again, workspace_of
from support.fake_workspace import Fake
from support.labelstudio import Person, chosen, text_answer
from support.reviewing import FileQueue

from boardscribe.cli import main
from boardscribe.errors import ExitCode
from boardscribe.records import Legibility, Shape, Source
from boardscribe.snapshot import NoteEntry
from boardscribe.workspace import Workspace
from boardscribe_review.labelstudio import TOKEN_VARIABLE, connect_local, create
from boardscribe_review.labelstudio._link import LOCAL, Link
from boardscribe_review.push import push as send
from boardscribe_review.server import Running

pytestmark = pytest.mark.slow

ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"
NOTES = [
    Fake("Who decides what\ncounts as work?", Shape.SQUARE, confidence=0.55),
    Fake("say who to ask\nwhen you are stock", Shape.BUBBLE, "blue", confidence=0.3),
    Fake("kind words cost\nnothing", Shape.HEART, "pink", confidence=0.6),
    Fake("", Shape.TICK, "green", Legibility.BLANK, 0.5),
    Fake("<img src=x onerror=alert(1)>", Shape.SQUARE, confidence=0.4),
    Fake("this above all", Shape.HEART, "pink", confidence=0.97),
    Fake("smudge?", Shape.OTHER, "orange", confidence=0.4, doubtful=True),
]
TRUTH = {
    "Who decides what\ncounts as work?": "Who decides what\ncounts as work?",
    "say who to ask\nwhen you are stock": "say who to ask\nwhen you are stuck",
    "kind words cost\nnothing": "kind words cost\nnothing",
    "<img src=x onerror=alert(1)>": "<img src=x onerror=alert(1)>",
}
READERS = "[review]\nreaders = 2\n"


def project_of(space: Workspace) -> int:
    link = json.loads((space.path / "review" / "label-studio.json").read_text())
    return int(link["project"])


class Visitor:
    """A person at the labelling screen; counts what the person does."""

    def __init__(self, page: Page, person: Person, url: str) -> None:
        self.page, self.url = page, url
        self.dialogs: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(240_000)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("dialog", self._refuse)
        page.goto(f"{url}/user/login/")
        page.fill("input[name=email]", person.email)
        page.fill("input[name=password]", person.password)
        page.click("button[type=submit]")
        page.wait_for_url(lambda address: "login" not in address)

    def _refuse(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def open(self, project: int) -> None:
        self.page.goto(f"{self.url}/projects/{project}/data?labeling=1")
        self.wait()

    def wait(self) -> None:
        """Wait until a question and its pictures are there."""
        self.page.wait_for_selector(".bs-form")
        self.page.wait_for_function(
            "[...document.querySelectorAll('.bs-pictures img')]"
            ".filter(i => i.complete && i.naturalWidth > 9).length >= 2"
        )

    @property
    def text(self) -> str:
        return self.page.locator(".bs-form textarea").first.input_value()

    def submit(self) -> dict[str, Any]:
        """Press Submit; what was sent."""
        with self.page.expect_response(
            lambda r: "/annotations" in r.url and r.request.method == "POST"
        ) as sent:
            self.page.get_by_role("button", name="Submit current annotation").click()
        assert sent.value.ok
        return dict(sent.value.json())


def said(answer: dict[str, Any], control: str) -> list[str]:
    for result in answer["result"]:
        if result["from_name"] == control:
            return list(result["value"].get("choices", result["value"].get("text")))
    return []


def by_text(space: Workspace, text: str) -> NoteEntry:
    return next(
        note
        for note in space.snapshot().notes
        if any(version.text == text for version in note.history)
    )


def test_two_people_settle_doubtful_notes_one_of_them_in_a_browser(
    tmp_path: Path, running: Running, browser: Browser, capfd: pytest.CaptureFixture[str]
) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    space = workspace_of(tmp_path / "w", NOTES, READERS)
    where = ["-w", str(space.path)]
    with space.hold():
        connect_local(space, running).close()
    project = project_of(space)
    owner = Person.owner(running)
    volunteer = owner.invite("volunteer")

    # Pushed once, whatever the number of pushes: six doubtful notes, two readers each.
    assert main(["review", "push", *where]) == ExitCode.OK
    assert "12 new" in capfd.readouterr().out
    assert main(["review", "push", *where]) == ExitCode.OK
    assert "0 new" in capfd.readouterr().out
    tasks = owner.tasks(project)
    assert len(tasks) == 12
    assert len({task["data"]["task_id"] for task in tasks}) == 12

    # The volunteer answers the first copies in the browser.
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    visitor = Visitor(context.new_page(), volunteer, running.url)
    visitor.open(project)
    answers = []
    for number in range(6):
        visitor.wait()
        question = visitor.page.locator(".bs-form").inner_text()
        visitor.page.screenshot(path=ARTIFACTS / f"labelling-{number}.png")
        # What a person does besides looking.
        actions = 0
        if "one note?" in question:
            visitor.page.keyboard.press("1")
            actions += 1
        elif visitor.text in TRUTH and TRUTH[visitor.text] != visitor.text:
            visitor.page.locator(".bs-form textarea").first.fill(TRUTH[visitor.text])
            actions += 1
        answers.append(visitor.submit())
        actions += 1
        right = "one note?" not in question and "stuck" not in str(answers[-1]["result"])
        # Looking is one, submitting the other: no more where the machine is right.
        assert 1 + actions == (2 if right else 3)
        if number < 5:
            visitor.page.wait_for_timeout(500)
    assert visitor.dialogs == []
    outside = [
        url
        for url in visitor.requests
        if not url.startswith((running.url, "data:", f"blob:{running.url}"))
    ]
    assert outside == []
    context.close()
    done = [task for task in owner.tasks(project) if task["annotations"]]
    assert len(done) == 6

    # The most useful came first, and no note twice while there were others.
    assert len({task["data"]["crop"] for task in done}) == 6

    # One reader is not two: nothing is settled yet.
    assert main(["review", "pull", *where]) == ExitCode.OK
    capfd.readouterr()
    raw = space.store.review.answers()
    assert len(raw) == 6
    assert {answer.raw.reader for answer in raw} == {"volunteer@localhost"}
    assert all(answer.problem == "" for answer in raw)
    assert all((answer.raw.seconds or 0) > 0 for answer in raw)
    changed = {answer.raw.text: answer.raw.changed for answer in raw if answer.raw.changed}
    assert changed == {"say who to ask\nwhen you are stuck": ("text",)}
    assert all(answer.raw.payload["result"] for answer in raw)
    assert (
        by_text(space, "say who to ask\nwhen you are stock").transcription.source is Source.MACHINE
    )

    # The owner answers what is left; one answer is skipped first, then edited.
    for task in owner.tasks(project):
        if task["annotations"]:
            continue
        prefilled = task["data"]["prefilled"]
        if prefilled["verdict"] == "blank":
            owner.answer(task["id"], chosen("parts", "text"), chosen("verdict", "blank"))
        elif prefilled["text"] is None:
            owner.answer(task["id"], chosen("parts", "note"), chosen("note", "note"))
        elif "stock" in prefilled["text"]:
            owner.answer(task["id"], *text_answer("nonsense"), skip=True)
            wrong = owner.answer(task["id"], *text_answer("say who to ask", "bubble"))
            owner.edit(wrong, *text_answer("say who to ask\nwhen you are stuck", "bubble"))
        else:
            owner.answer(task["id"], *text_answer(prefilled["text"], prefilled["shape"]))
    assert main(["review", "pull", *where]) == ExitCode.OK
    capfd.readouterr()

    # Settled, with history, and every raw answer kept.
    for before, after in TRUTH.items():
        note = by_text(space, before)
        assert note.transcription.text == after
        assert note.transcription.source is Source.CONSENSUS
        assert note.history[-1].source is Source.MACHINE
        assert note.history[-1].text == before
    blank = next(n for n in space.snapshot().notes if n.best.shape.shape is Shape.TICK)
    assert blank.transcription.source is Source.CONSENSUS
    assert blank.transcription.legibility is Legibility.BLANK
    raw = space.store.review.answers()
    assert sum(answer.raw.skipped for answer in raw) == 1
    assert {answer.raw.reader for answer in raw} == {"volunteer@localhost", owner.email}

    # Pulling again brings nothing new.
    assert main(["review", "pull", *where]) == ExitCode.OK
    assert space.store.review.answers() == raw
    space.close()


def test_questions_follow_better_readings_and_answers_may_be_taken_back(
    tmp_path: Path, running: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    space = workspace_of(tmp_path / "w", NOTES[:3])
    where = ["-w", str(space.path)]
    with space.hold():
        connect_local(space, running).close()
    project, owner = project_of(space), Person.owner(running)
    assert main(["review", "push", *where]) == ExitCode.OK
    before = owner.tasks(project)
    assert len(before) == 3

    # A better engine read one note: its open task shows the new text, and stays the same task.
    read_again(space, {"say who to ask\nwhen you are stock": "say who to ask\nwhen you are stuck"})
    assert main(["review", "push", *where]) == ExitCode.OK
    assert "1 brought up to date" in capfd.readouterr().out
    after = owner.tasks(project)
    assert [task["id"] for task in after] == [task["id"] for task in before]
    shown = {str(task["data"]["prefilled"]["text"]) for task in after}
    assert "say who to ask\nwhen you are stuck" in shown
    assert not any("stock" in text for text in shown)
    renewed = next(t for t in after if "stuck" in t["data"]["prefilled"]["text"])
    assert len(renewed["predictions"]) == 1
    assert "stuck" in json.dumps(renewed["predictions"][0]["result"])

    # One that nobody need answer any more leaves the queue, and is asked again where it must be.
    with create(space) as queue:
        task = after[0]
        queue.withdraw([str(task["id"]), "99999999"])
        queue.withdraw([str(task["id"])])
        (placed,) = [t for t in owner.tasks(project) if t["id"] == task["id"]]
        assert placed["is_labeled"]
        assert len(placed["annotations"]) == 1
        stored = {t.external_id: t.task for t in space.store.review.tasks()}
        queue.update(
            {str(task["id"]): stored[str(task["id"])], "99999999": stored[str(task["id"])]}
        )
        (asked,) = [t for t in owner.tasks(project) if t["id"] == task["id"]]
        assert not asked["is_labeled"]
        assert asked["annotations"] == []

        # Twice sent is found twice, the oldest first: a push after a kill can tell.
        one = stored[str(task["id"])]
        extra = queue.push([one])[one.task_id]
        assert queue.find([one.task_id, "foreign"]) == {one.task_id: (str(task["id"]), extra)}
        owner.http.delete(f"/api/tasks/{extra}/").raise_for_status()

    # A pull just after a push reads what people did since, not all that was pushed.
    assert main(["review", "pull", *where]) == ExitCode.OK
    answer = owner.answer(task["id"], *text_answer("a first thought"))
    with create(space) as queue:
        pages = list(queue.pages(space.store.review.cursor(queue.name)))
        assert {seen.external_id for page in pages for seen in page.tasks} == {str(task["id"])}

    # An answer that is deleted on the server is noted, kept, and counts no longer.
    assert main(["review", "pull", *where]) == ExitCode.OK
    (stored_answer,) = space.store.review.answers()
    assert stored_answer.raw.text == "a first thought"
    owner.delete(answer)
    assert main(["review", "pull", *where]) == ExitCode.OK
    (stored_answer,) = space.store.review.answers()
    assert stored_answer.deleted
    assert stored_answer.raw.text == "a first thought"
    space.close()


def test_a_server_that_is_there_is_used_with_a_token_from_the_environment(
    tmp_path: Path,
    running: Running,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    space = workspace_of(tmp_path / "w", NOTES[:2])
    where = ["-w", str(space.path)]
    call = ["review", "connect", running.url, *where]
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    assert main(["review", "push", *where]) == ExitCode.QUEUE
    assert "review connect" in capfd.readouterr().err
    assert main(call) == ExitCode.USAGE
    assert TOKEN_VARIABLE in capfd.readouterr().err
    monkeypatch.setenv(TOKEN_VARIABLE, "0" * 40)
    assert main(call) == ExitCode.QUEUE
    assert "does not accept the token" in capfd.readouterr().err
    token = running.account.token
    monkeypatch.setenv(TOKEN_VARIABLE, token)
    assert main(call) == ExitCode.OK
    assert main(["review", "push", *where]) == ExitCode.OK
    assert main(["review", "push", *where]) == ExitCode.OK
    shown = capfd.readouterr()
    assert token not in shown.out + shown.err
    assert not any(
        token.encode() in path.read_bytes() for path in space.path.rglob("*") if path.is_file()
    )

    # Pictures are uploaded once, and shown to those who are logged in.
    owner, project = Person.owner(running), project_of(space)
    tasks = owner.tasks(project)
    assert len(tasks) == 2
    crops = {note.best.crop for note in space.snapshot().notes}
    originals = {(space.path / str(crop)).read_bytes() for crop in crops}
    assert {owner.http.get(task["data"]["crop"]).content for task in tasks} == originals
    assert httpx.get(running.url + tasks[0]["data"]["crop"], trust_env=False).status_code != 200
    (kept,) = {task["data"]["crop"].removeprefix("/data/upload/").split("/")[0] for task in tasks}
    uploads = owner.http.get(f"/api/projects/{kept}/file-uploads?all=true").json()
    assert len(uploads) == 4
    assert owner.tasks(int(kept)) == []

    # Connected once more and read anew, it uploads nothing a second time and makes no project.
    projects = owner.http.get("/api/projects").json()["count"]
    assert main(call) == ExitCode.OK
    read_again(space, {"say who to ask\nwhen you are stock": "say who to ask\nwhen you are stuck"})
    capfd.readouterr()
    assert main(["review", "push", *where]) == ExitCode.OK
    assert "1 brought up to date" in capfd.readouterr().out
    assert owner.http.get(f"/api/projects/{kept}/file-uploads?all=true").json() == uploads
    assert owner.http.get("/api/projects").json()["count"] == projects
    assert {owner.http.get(t["data"]["crop"]).content for t in owner.tasks(project)} == originals
    owner.answer(tasks[0]["id"], *text_answer("from afar"))
    assert main(["review", "pull", *where]) == ExitCode.OK
    assert [answer.raw.text for answer in space.store.review.answers()] == ["from afar"]
    space.close()


def test_a_project_that_was_deleted_is_noticed_and_filled_again(
    tmp_path: Path, running: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    space = workspace_of(tmp_path / "w", NOTES[:3])
    where = ["-w", str(space.path)]
    owner = Person.owner(running)
    assert main(["review", "up", *where]) == ExitCode.OK
    assert main(["review", "push", *where]) == ExitCode.OK
    owner.http.delete(f"/api/projects/{project_of(space)}/").raise_for_status()
    capfd.readouterr()
    for command in ("push", "pull"):
        assert main(["review", command, *where]) == ExitCode.QUEUE
        shown = capfd.readouterr().err
        assert "boardscribe review up" in shown
        assert "push --verify" in shown
    assert main(["review", "up", *where]) == ExitCode.OK
    assert main(["review", "push", *where]) == ExitCode.OK
    assert "push --verify" in capfd.readouterr().err
    assert main(["review", "push", "--verify", *where]) == ExitCode.OK
    assert len(owner.tasks(project_of(space))) == 3
    space.close()


def test_questions_on_a_server_whose_data_are_gone_are_asked_anew_on_the_next(
    tmp_path: Path, running: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    space = workspace_of(tmp_path / "w", NOTES[:3])
    where = ["-w", str(space.path)]
    gone = Link.to(LOCAL, "removed").with_project(1)
    gone.save(space.path)
    before = FileQueue(tmp_path / "before.db")
    before.name = gone.queue_name
    assert send(space, before).new == 3

    for command in ("push", "pull"):
        assert main(["review", command, *where]) == ExitCode.QUEUE
        assert "boardscribe review up" in capfd.readouterr().err
    assert main(["review", "up", *where]) == ExitCode.OK
    assert f"3 questions wait on another Label Studio, {before.name}" in capfd.readouterr().err
    assert main(["review", "push", *where]) == ExitCode.OK
    shown = capfd.readouterr()
    assert "0 new" in shown.out
    assert f"boardscribe review abandon '{before.name}'" in shown.err
    assert main(["review", "abandon", before.name, *where]) == ExitCode.OK
    assert main(["review", "push", *where]) == ExitCode.OK
    assert "3 new" in capfd.readouterr().out
    assert len(Person.owner(running).tasks(project_of(space))) == 3
    space.close()
