"""Progress on the way: bars on a terminal, plain lines or nothing elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from boardscribe._console import safe
from boardscribe.run import Event

__all__ = ["RunProgress", "Steps"]


class _Bars:
    """Bars on standard error, taken away at the end.

    Args:
        columns: shown between what is done and the time left.
    """

    def __init__(self, *columns: ProgressColumn) -> None:
        console = Console(stderr=True)
        self._shown: Progress | None = None
        if console.is_terminal:
            self._shown = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                *columns,
                TextColumn("left"),
                TimeRemainingColumn(),
                console=console,
            )

    def __enter__(self) -> Self:
        if self._shown is not None:
            self._shown.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown is not None:
            self._shown.stop()


class Steps(_Bars):
    """A bar for each step of some work; silent where there is no terminal: the end says it all."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far one step is."""
        if self._shown is None:
            return
        if what not in self._bars:
            self._bars[what] = self._shown.add_task(what, total=total)
        self._shown.update(self._bars[what], completed=done, total=total)


class RunProgress(_Bars):
    """Progress of a run: a bar with rate and time left on a terminal, else one line a photo.

    Args:
        total: number of photos.
    """

    def __init__(self, *, total: int) -> None:
        super().__init__(TextColumn("{task.fields[rate]}"), TimeElapsedColumn())
        self._total = total
        self._count = 0
        self._said: set[str] = set()
        if self._shown is not None:
            self._task = self._shown.add_task("photos", total=total, rate="")

    def __call__(self, event: Event) -> None:
        """Show one event of the run."""
        for notice in event.notices:
            self._say_once(notice)
        if event.failure is None and event.name is None:
            return
        self._count += 1
        line = _event_line(event)
        if self._shown is None:
            typer.echo(f"[{self._count}/{self._total}] {line}", err=True)
            return
        elapsed = self._shown.tasks[0].elapsed
        rate = f"{60 * self._count / elapsed:.1f} a minute" if elapsed else ""
        self._shown.update(self._task, advance=1, rate=rate)
        if event.failure is not None:
            self._shown.console.print(line, markup=False, highlight=False)

    def _say_once(self, notice: str) -> None:
        if notice in self._said:
            return
        self._said.add(notice)
        if self._shown is None:
            typer.echo(notice, err=True)
        else:
            self._shown.console.print(notice, markup=False, highlight=False)


def _event_line(event: Event) -> str:
    name = safe(event.name or (event.failure.name if event.failure else ""))
    if event.failure is not None:
        return f"{name}: {event.failure.severity}, {event.failure.reason}: {safe(event.failure.message)}"
    return f"{name}: {event.detail}"
