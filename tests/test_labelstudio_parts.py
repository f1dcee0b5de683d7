"""What is shown to people and what comes back, without a server."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from label_studio_sdk.label_interface import LabelInterface

from boardscribe.errors import ConfigError, InputError, QueueError
from boardscribe.records import Board, Legibility, Shape
from boardscribe.review import Kind, ReviewTask, TaskContent
from boardscribe_review import server
from boardscribe_review.labelstudio import _screen, screen
from boardscribe_review.labelstudio._link import LINK_FILE, Link, login, normal_url
from boardscribe_review.labelstudio._pictures import MISSING, LocalPictures
from boardscribe_review.labelstudio._tasks import (
    is_placeholder,
    placeholder,
    raw_answer,
    task_json,
)
from boardscribe_review.server import _serve
from boardscribe_review.server._install import environment_of_label_studio

CONTENT = TaskContent(
    crop="crops/a.jpg",
    context="review/context/a.jpg",
    text="ask the trees\nfirst",
    legibility=Legibility.READABLE,
    alternatives=("ask the tress\nfirst", "<b>ask</b> $crop"),
    doubtful_words=("trees",),
    shape=Shape.HEART,
    board_id="b2",
    boards=(Board("b1", "Open"), Board("b2", "Open"), Board("b3", "<i>Shut</i>")),
    photo="IMG_1.jpg",
    machine_version="rapidocr 3.10",
)


def task(*asks: Kind, copy: int = 1, priority: float = 0.5, **content: object) -> ReviewTask:
    shown = replace(CONTENT, **content)  # type: ignore[arg-type]
    return ReviewTask(
        "t-1", "n-1", asks or (Kind.TEXT,), copy, for_editor=False, priority=priority, content=shown
    )


def shown(question: ReviewTask) -> dict:
    return task_json(question, crop="/crop", context="/context")


def annotation(*results: dict, **fields: object) -> dict:
    return {
        "id": 7,
        "created_at": "2026-03-01T10:00:00.000001Z",
        "updated_at": "2026-03-01T10:00:05.000001Z",
        "was_cancelled": False,
        "lead_time": 4.5,
        "result": list(results),
        **fields,
    }


def result(control: str, *values: str) -> dict:
    kind = "textarea" if control in ("text", "comment") else "choices"
    return {
        "from_name": control,
        "to_name": "crop",
        "type": kind,
        "value": {"text" if kind == "textarea" else "choices": list(values)},
    }


@pytest.mark.parametrize(
    "question",
    [
        task(Kind.TEXT),
        task(Kind.NOTE),
        task(Kind.SHAPE),
        task(Kind.SHAPE, Kind.TEXT),
        task(Kind.TEXT, text="", legibility=Legibility.BLANK),
        task(Kind.TEXT, board_id=None, boards=()),
        task(Kind.TEXT, board_id="unknown"),
    ],
)
def test_the_screen_takes_every_kind_of_question(question):
    interface = LabelInterface(screen())
    interface.validate()
    made = shown(question)
    assert interface.validate_task({"data": made["data"]})
    assert interface.validate_prediction(made["predictions"][0], return_errors=True) == []


def test_a_question_of_text_is_prefilled_with_what_the_machine_read():
    made = shown(task())
    said = {r["from_name"]: r["value"] for r in made["predictions"][0]["result"]}
    assert said["text"] == {"text": ["ask the trees\nfirst"]}
    assert said["shape"] == {"choices": ["heart"]}
    assert said["board"] == {"choices": ["b2"]}
    assert said["parts"] == {"choices": ["text"]}
    assert "verdict" not in said


def test_a_note_taken_for_blank_needs_no_more_than_a_yes_either():
    made = shown(task(text="", legibility=Legibility.BLANK))
    said = {r["from_name"]: r["value"] for r in made["predictions"][0]["result"]}
    assert said["verdict"] == {"choices": ["blank"]}


def test_nothing_shown_tells_an_audit_from_a_question():
    made = json.dumps(shown(task()))
    assert not any(word in made for word in ("audit", "confidence", "accepted"))


def test_two_boards_of_one_name_stay_apart():
    choices = shown(task())["data"]["boards"]
    assert [choice["alias"] for choice in choices] == ["b1", "b2", "b3"]
    assert len({choice["value"] for choice in choices}) == 3


def test_the_most_useful_comes_first_and_second_copies_after_all_first_ones():
    scores = [
        shown(task(copy=copy, priority=priority))["predictions"][0]["score"]
        for copy, priority in ((1, 0.9), (1, 0.1), (2, 0.9), (2, 0.1), (40, 0.0))
    ]
    assert scores == sorted(scores)
    assert scores[0] >= 0
    assert scores[-1] <= 1


def test_submitting_what_was_prefilled_says_the_same_and_changes_nothing():
    made = shown(task())
    answer = raw_answer(
        annotation(*made["predictions"][0]["result"]), made["data"]["prefilled"], reader="a@b"
    )
    assert (answer.text, answer.shape, answer.board_id) == ("ask the trees\nfirst", "heart", "b2")
    assert (answer.verdict, answer.changed, answer.skipped) == (None, (), False)
    assert (answer.answer_id, answer.reader, answer.seconds) == ("7", "a@b", 4.5)
    assert answer.updated_at == "2026-03-01T10:00:05.000001+00:00"


def test_what_a_person_changed_is_told():
    made = shown(task())
    answer = raw_answer(
        annotation(
            result("parts", "text"),
            result("text", "ask the bees"),
            result("shape", "tick"),
            result("board", "b2"),
            result("comment", "smudged"),
        ),
        made["data"]["prefilled"],
        reader="a@b",
    )
    assert answer.changed == ("text", "shape")
    assert (answer.text, answer.shape, answer.comment) == ("ask the bees", "tick", "smudged")


def test_a_cleared_text_is_empty_and_not_absent():
    for cleared in (annotation(result("parts", "text"), result("text", "")), annotation(result("parts", "text"))):  # fmt: skip
        answer = raw_answer(cleared, shown(task())["data"]["prefilled"], reader="a@b")
        assert (answer.text, answer.verdict) == ("", None)


def test_a_text_typed_on_a_note_taken_for_blank_outranks_the_prefilled_choice():
    filled = shown(task(text="", legibility=Legibility.BLANK))["data"]["prefilled"]
    typed = annotation(result("parts", "text"), result("verdict", "blank"), result("text", "yes"))
    answer = raw_answer(typed, filled, reader="a@b")
    assert (answer.text, answer.verdict) == ("yes", None)
    chosen = annotation(result("parts", "text"), result("verdict", "illegible"))
    assert raw_answer(chosen, filled, reader="a@b").verdict == "illegible"


def test_who_answers_the_shape_says_that_it_is_a_note_unless_he_says_otherwise():
    filled = shown(task(Kind.SHAPE))["data"]["prefilled"]
    parts = result("parts", "outline")
    assert raw_answer(annotation(parts), filled, reader="a").verdict == "note"
    other = annotation(parts, result("outline", "two_notes"))
    assert raw_answer(other, filled, reader="a").verdict == "two_notes"


def test_an_answer_of_an_unknown_form_is_kept_and_says_nothing():
    strange = annotation({"from_name": "text", "value": 5}, {"value": None}, {"type": "relation"})
    answer = raw_answer(strange, {}, reader="a")
    assert (answer.text, answer.verdict, answer.shape) == (None, None, None)
    assert answer.payload["result"] == strange["result"]


def test_the_placeholder_of_a_withdrawn_task_is_no_answer():
    assert is_placeholder({"result": placeholder()})
    assert not is_placeholder(annotation(result("parts", "text")))
    assert not is_placeholder({"result": None})


def test_choices_of_the_screen_are_words_of_the_seam():
    from boardscribe.review import Verdict

    xml = screen()
    for value in (*Verdict, *Shape):
        if value not in (Verdict.READABLE, Verdict.PARTLY):  # these are said by the text itself
            assert f'alias="{value.value}"' in xml
    assert _screen.WITHDRAWN in xml


# Pictures


def test_pictures_are_linked_once_and_a_changed_one_gets_another_address(tmp_path):
    space, root = tmp_path / "w", tmp_path / "pictures"
    (space / "crops").mkdir(parents=True)
    (space / "crops" / "a.jpg").write_bytes(b"one")
    pictures = LocalPictures(space, root, "abc")
    first = pictures.addresses(["crops/a.jpg", "crops/gone.jpg", "../../etc/passwd"])
    assert first["crops/a.jpg"].startswith("/data/local-files/?d=abc/")
    assert first["crops/gone.jpg"] == first["../../etc/passwd"] == MISSING
    assert pictures.addresses(["crops/a.jpg"]) == {"crops/a.jpg": first["crops/a.jpg"]}
    (space / "crops" / "a.jpg").unlink()
    (space / "crops" / "a.jpg").write_bytes(b"another")
    second = pictures.addresses(["crops/a.jpg"])["crops/a.jpg"]
    assert second != first["crops/a.jpg"]
    kept = root / first["crops/a.jpg"].partition("?d=")[2]
    assert kept.read_bytes() == b"one"


# Link and token


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://labels.example.org/", "https://labels.example.org"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080/label/", "http://127.0.0.1:8080/label"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_addresses_are_kept_in_one_form(given, kept):
    assert normal_url(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "labels.example.org",
        "ftp://labels.example.org",
        "https://user:secret@labels.example.org",
        "https://labels.example.org?token=secret",
        "http://labels.example.org",
        "https://",
        "http://[::1",
        "https://host:notaport",
    ],
)
def test_addresses_that_would_leak_or_mean_nothing_are_refused(given):
    with pytest.raises(InputError) as refused:
        normal_url(given)
    assert refused.value.remedy


def test_a_token_comes_from_the_environment_and_is_never_shown():
    link = Link.to("https://labels.example.org", "https://labels.example.org")
    found = login(link, {"BOARDSCRIBE_LABEL_STUDIO_TOKEN": " secret-token \n"})
    assert found.token == "secret-token"
    assert "secret" not in repr(found)


def test_without_a_token_the_remedy_names_environment_and_keyring(monkeypatch):
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    link = Link.to("https://labels.example.org", "https://labels.example.org")
    with pytest.raises(InputError) as refused:
        login(link, {})
    assert "BOARDSCRIBE_LABEL_STUDIO_TOKEN" in refused.value.remedy
    assert "keyring set" in refused.value.remedy


def test_a_link_is_kept_without_secrets_and_a_damaged_one_says_so(tmp_path):
    assert Link.load(tmp_path) is None
    link = Link.to("https://labels.example.org", "x").with_project(3)
    link.save(tmp_path)
    assert Link.load(tmp_path) == link
    assert set(json.loads((tmp_path / LINK_FILE).read_text())) == {
        "server", "server_id", "key", "project",
    }  # fmt: skip
    for damaged in ("{", "[]", json.dumps({"server": "local"}), json.dumps({**json.loads((tmp_path / LINK_FILE).read_text()), "key": "../.."})):  # fmt: skip
        (tmp_path / LINK_FILE).write_text(damaged)
        with pytest.raises(ConfigError):
            Link.load(tmp_path)


# The server's folder


@pytest.fixture
def where(tmp_path, monkeypatch):
    monkeypatch.setenv("BOARDSCRIBE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("BOARDSCRIBE_CACHE_DIR", str(tmp_path / "cache"))
    return server.places()


def test_the_account_is_made_once_and_only_its_owner_may_read_it(where):
    account = server.account(where)
    assert server.account(where) == account
    assert len(account.token) == 40
    assert stat.S_IMODE(where.secrets.stat().st_mode) == 0o600
    assert stat.S_IMODE(where.data.stat().st_mode) == 0o700
    assert account.password not in repr(account)
    assert account.token not in repr(account)


def test_a_damaged_account_is_an_error_and_not_a_new_account(where):
    server.account(where)
    where.secrets.write_text("{")
    with pytest.raises(Exception, match="damaged") as refused:
        server.account(where)
    assert refused.value.remedy


def test_what_a_crash_left_is_no_running_server(where):
    server.account(where)
    where.state.write_text(json.dumps({"pid": os.getpid(), "port": 8085}))
    where.lock.touch()
    assert server.find_running() is None
    # Above all it does not end the process that has that number today.
    assert server.stop() is False


def test_a_workspace_on_a_server_that_does_not_run_says_how_to_start_it(where):
    with pytest.raises(QueueError) as refused:
        login(Link.to("local", "abcd"))
    assert "boardscribe review up" in refused.value.remedy


def test_label_studio_reads_its_own_settings_and_nobody_elses(monkeypatch):
    for name in ("HOST", "DEBUG", "CI", "DJANGO_DB", "HEARTEX_PORT", "LABEL_STUDIO_HOST"):
        monkeypatch.setenv(name, "strange")
    found = environment_of_label_studio({"HOST": "", "SENTRY_DSN": ""})
    assert found["LABEL_STUDIO_HOST"] == ""
    assert found["PATH"] == os.environ["PATH"]
    assert "strange" not in found.values()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", b"localhost", None, "127.9.9.9"])
def test_the_server_may_talk_to_its_own_machine(host):
    assert _serve.is_local(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "example.org", "::2", b"example.org", "0.0.0.0"])
def test_the_server_may_talk_to_nobody_else(host):
    assert not _serve.is_local(host)
    for event, arguments in (
        ("socket.connect", (None, (host, 443))),
        ("socket.getaddrinfo", (host, 443, 0, 0, 0)),
    ):
        with pytest.raises(OSError, match="no request"):
            _serve.refuse_outside(event, arguments)


def test_the_locked_server_is_the_one_that_is_meant():
    folder = Path(server.__file__).parent
    wanted = f"label-studio=={server.VERSION}"
    assert wanted in (folder / "label-studio.in").read_text()
    assert f"\n{wanted} " in (folder / "label-studio.lock").read_text()
    assert "://" not in (folder / "label-studio.lock").read_text()
