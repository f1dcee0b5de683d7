"""push, pull, stats, abandon: the commands that work with every queue."""

from __future__ import annotations

import itertools
import json
import shlex
import time
from typing import TYPE_CHECKING, Annotated

import typer

from boardscribe.commands import ConfigOption, WorkspaceOption, examples
from boardscribe.errors import BoardscribeError, InputError
from boardscribe_review.cli._common import QueueOption, app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardscribe.review import StoredAnswer
    from boardscribe.workspace import Workspace
    from boardscribe_review.pull import Pulled

__all__ = ["abandon", "pull", "push", "stats"]


@app.command(
    epilog=examples(
        "boardscribe review push -w workshop/",
        "boardscribe review push -w workshop/ --audit 5%",
        "boardscribe review push -w workshop/ --queue csv",
    )
)
def push(
    workspace: WorkspaceOption,
    queue: QueueOption = None,
    audit: Annotated[
        str | None,
        typer.Option(
            "--audit",
            metavar="SHARE",
            help="Also ask about this share, such as 5%, of the notes accepted without review: "
            "it measures how many are wrong. Default: [review] audit.",
            show_default=False,
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Ask the queue for all that waits, and send again what it lost."
        ),
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Make every doubtful note a question to people, most useful first.

    Push again whenever you like: nothing is asked twice, what was read anew in the meantime is
    brought up to date, and what needs nobody any more is withdrawn.
    """
    from boardscribe._bars import Steps
    from boardscribe_review.cli._shown import safe
    from boardscribe_review.push import push as send
    from boardscribe_review.queue import open_queue

    share = None if audit is None else _share(audit)
    with _open(workspace, config) as space:
        target = open_queue(queue or space.options.review.queue, space)
        with Steps() as steps:
            done = send(space, target, audit=share, verify=verify, progress=steps, notify=_say)
    parts = [f"{done.new} new", f"{done.updated} brought up to date", f"{done.withdrawn} withdrawn"]
    if done.found:
        parts.append(f"{done.found} found that an interrupted push had sent")
    typer.echo(f"Questions: {', '.join(parts)}; {done.waiting} wait for an answer.")
    if done.is_emptied:
        _say(_EMPTIED)
    for name, number in sorted(done.elsewhere.items()):
        _say(
            f"{number} more wait in another queue, {safe(name)}. If it is lost, have them asked "
            f"anew: boardscribe review abandon {shlex.quote(name)} -w WORKSPACE"
        )


@app.command(
    epilog=examples(
        "boardscribe review pull -w workshop/",
        "boardscribe review pull -w workshop/ --watch --every 30",
    )
)
def pull(
    workspace: WorkspaceOption,
    queue: QueueOption = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on until Ctrl-C, looking again and again.")
    ] = False,
    every: Annotated[
        float, typer.Option("--every", min=1, metavar="SECONDS", help="Pause of --watch.")
    ] = 20.0,
    config: ConfigOption = None,
) -> None:
    """Take up what people answered since the last time.

    Every answer is kept for ever. What follows from it is decided by the policy in [review] of
    boardscribe.toml. Answers that contradict themselves are listed, kept, and not applied.
    """
    from boardscribe_review.pull import pull as fetch
    from boardscribe_review.queue import open_queue

    with _open(workspace, config) as space:
        source = open_queue(queue or space.options.review.queue, space)
        for number in _rounds(watch=watch, every=every):
            try:
                got = fetch(space, source, notify=_say)
            except BoardscribeError as error:
                if not number:
                    raise
                # Whoever watches all night does not want to end with the first short failure.
                _say(f"{error.message}; trying again in {every:.0f} s")
                continue
            if not watch or got.answers or got.skipped or got.deleted:
                _report(got)
            if got.is_emptied and not number:
                _say(_EMPTIED)


@app.command(
    epilog=examples(
        "boardscribe review stats -w workshop/", "boardscribe review stats -w w/ --json"
    )
)
def stats(
    workspace: WorkspaceOption,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print data for programs.")] = False,
) -> None:
    """How review goes: left, done, rate, time an item, agreement, by board.

    No figure belongs to one reader: review is not a contest.
    """
    from boardscribe.commands import read
    from boardscribe.progress import progress_data, review_progress
    from boardscribe_review.cli._shown import progress_text

    _, _, snapshot = read(workspace, config)
    found = review_progress(snapshot)
    if as_json:
        typer.echo(json.dumps(progress_data(found), indent=2, ensure_ascii=False))
    else:
        typer.echo(progress_text(found))


@app.command(
    epilog=examples(
        "boardscribe review abandon -w workshop/", "boardscribe review abandon csv -w workshop/"
    )
)
def abandon(
    workspace: WorkspaceOption,
    queue: Annotated[
        str | None,
        typer.Argument(
            metavar="QUEUE", help="Name of the queue, or how it begins.", show_default=False
        ),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Give up a queue that is lost: its open questions are closed, and the next push asks anew.

    For a local Label Studio whose data are gone, or files that never came back. Nothing that was
    answered is touched, and an answer that comes back all the same is still taken up. Without a
    name the queues with open questions are listed.
    """
    from boardscribe_review.abandon import abandon as give_up
    from boardscribe_review.abandon import open_questions
    from boardscribe_review.cli._shown import safe

    with _open(workspace, config) as space:
        if queue is None:
            found = open_questions(space)
            typer.echo("Open questions by queue:" if found else "No question is open.")
            for name, number in found.items():
                typer.echo(f"  {safe(name)}: {number}")
            return
        name, number = give_up(space, queue, notify=_say)
    typer.echo(f"{number} questions of {safe(name)} are closed; answers that were pulled are kept.")
    typer.echo("\nNext: boardscribe review push asks them anew.")


_EMPTIED = (
    "The queue has none of the questions that wait for an answer. If they were deleted there, "
    "send them again: boardscribe review push --verify"
)


def _open(workspace: WorkspaceOption, config: ConfigOption) -> Workspace:
    from boardscribe.workspace import Workspace

    return Workspace.open(workspace, create=False, config=config, notify=_say)


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _share(text: str) -> float:
    """`5%`, `5 %` or `0.05`."""
    plain = text.strip()
    try:
        share = float(plain.removesuffix("%").strip().replace(",", "."))
    except ValueError:
        share = -1.0
    if plain.endswith("%"):
        share /= 100
    if not 0 <= share <= 1:
        raise InputError(f"{text!r} is no share", remedy="Give one such as 5% or 0.05.")
    return share


def _rounds(*, watch: bool, every: float) -> Iterator[int]:
    """0, and 1, 2, ... after a pause each for as long as is watched."""
    yield 0
    for number in itertools.count(1) if watch else ():
        time.sleep(every)
        yield number


def _report(got: Pulled) -> None:
    typer.echo(
        f"Answers: {got.answers} new, {got.skipped} skipped, {got.deleted} deleted; "
        f"{got.settled} notes settled, {got.asked_again} asked once more."
    )
    if got.problems:
        typer.echo(f"Not applied ({len(got.problems)}; they are kept, the notes are asked again):")
    for answer in got.problems:
        typer.echo(f"  {_problem(answer)}")


def _problem(answer: StoredAnswer) -> str:
    from boardscribe_review.cli._shown import safe

    return safe(f"answer {answer.raw.answer_id} to {answer.task_id}: {answer.problem}")
