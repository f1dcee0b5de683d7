"""A run: photos to workers, results to the store, one transaction a photo.

Does only what is missing or outdated. A run that is killed at any instant loses at most the
photos in hand; the next run goes on where it stopped and ends with the same notes.
"""

from __future__ import annotations

import os
import pickle
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from boardscribe._version import __version__
from boardscribe.arrangement import arrange
from boardscribe.boards import board_of, place
from boardscribe.confidence import Calibration
from boardscribe.discovery import Discovery
from boardscribe.dispatch import BUG, Task, dispatch
from boardscribe.errors import InputError, PhotoError
from boardscribe.executors import ExecutorFactory, choose
from boardscribe.options import Options
from boardscribe.outlines import read_outlines, with_outlines
from boardscribe.photos import sha256_of
from boardscribe.records import Legibility, PhotoResult, Polygon, StageStamp
from boardscribe.snapshot import Failure, Snapshot
from boardscribe.store import KnownPhoto, RunItem
from boardscribe.store.types import storable
from boardscribe.worker import PhotoJob, PhotoOutcome, PhotoWorker, Prior, stamps
from boardscribe.workspace import Workspace

__all__ = ["Event", "Pipeline", "RunSummary", "Worker", "run"]


class Worker(Protocol):
    """Processes one photo; travels to other processes, so it can be pickled."""

    def __call__(self, job: PhotoJob, /) -> PhotoOutcome:
        """Process a photo; its failure is data, not an exception."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What is done with a photo, and what marks its results as current."""

    worker: Worker
    stamps: Mapping[str, StageStamp]
    """The stamp that each stage's result carries now."""

    @classmethod
    def of(cls, options: Options, calibration: Calibration | None = None) -> Pipeline:
        """The stages of this package; with its own calibration where None is given."""
        return cls(PhotoWorker(options, calibration), stamps(options, calibration))


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person may want to see while a run goes on."""

    name: str | None = None
    """File name of the photo that is finished; hostile text."""
    detail: str = ""
    """What became of it."""
    failure: Failure | None = None
    notices: tuple[str, ...] = ()
    """What concerns the whole run; may come more than once."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run did, and what the workspace holds after it."""

    photos: int
    """Inputs of this run."""
    done: int
    skipped: int
    """Up to date already."""
    boards: int
    by_meaning: Counter[str]
    """Notes of the workspace by response type; those below count them too."""
    accepted: int
    review: int
    reviewed: int
    blank: int
    failures: tuple[Failure, ...]
    """Of this run, duplicates included."""
    seconds: float
    stage_seconds: Mapping[str, float]
    """Wall-clock time of all workers by stage."""
    peak_memory_mb: float
    """Of the largest worker."""

    @property
    def failed(self) -> tuple[Failure, ...]:
        """The failures that need action."""
        return tuple(failure for failure in self.failures if failure.severity == "failed")


def run(
    workspace: Workspace,
    discovery: Discovery,
    options: Options | None = None,
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    board: str | None = None,
    progress: Callable[[Event], None] = lambda _: None,
    executor: ExecutorFactory | None = None,
    pipeline: Pipeline | None = None,
) -> RunSummary:
    """Process photos and store what is found.

    Args:
        workspace: where results are kept; held for writing while the run goes on.
        discovery: the photos.
        options: in place of the workspace's own.
        jobs: photos worked on at a time.
        scheduler: address of a Dask scheduler to work on.
        board: name of the board that all these photos show.
        progress: told of each photo and of what concerns the whole run.
        executor: in place of the one that `jobs` and `scheduler` mean.
        pipeline: in place of the stages of this package.

    Returns:
        What was done; photos that failed are rows in it, not exceptions.

    Raises:
        InputError: the board name has no letter or digit.
        WorkspaceError: the workspace cannot be written, or another process holds it.
        MissingComponentError: what all photos need is not installed.
        KeyboardInterrupt: after what was finished has been stored.
    """
    if board is not None and board_of(board) is None:
        raise InputError(
            f"{board!r} is no name for a board", remedy="Give a name with letters or digits."
        )
    chosen = options if options is not None else workspace.options
    stages = pipeline if pipeline is not None else Pipeline.of(chosen, workspace.calibration())
    with workspace.hold(lambda notice: progress(Event(notices=(notice,)))):
        return _Run(
            workspace=workspace,
            options=chosen,
            stamps=stages.stamps,
            worker=pickle.dumps(stages.worker),
            start=executor if executor is not None else choose(jobs=jobs, scheduler=scheduler),
            outlines=read_outlines(workspace.path),
            in_hand=2 * jobs,
            board=board,
            progress=progress,
        ).go(discovery)


@dataclass(slots=True)
class _Tally:
    """What this run did so far."""

    done: int = 0
    skipped: int = 0
    failures: list[Failure] = field(default_factory=list)
    seconds: Counter[str] = field(default_factory=Counter)
    peak_memory_mb: float = 0.0


@dataclass(slots=True)
class _Run:
    workspace: Workspace
    options: Options
    stamps: Mapping[str, StageStamp]
    worker: bytes
    """Pickled once; a worker process unpickles it once and keeps what it loaded."""
    start: ExecutorFactory
    outlines: Mapping[str, tuple[Polygon, ...]]
    """Given by people, by photo."""
    in_hand: int
    board: str | None
    progress: Callable[[Event], None]
    run_id: int = 0
    tally: _Tally = field(default_factory=_Tally)
    waiting_rows: list[RunItem] = field(default_factory=list)
    met: set[str] = field(default_factory=set)
    """Photos of this run, by id."""

    def go(self, discovery: Discovery) -> RunSummary:
        begun = time.perf_counter()
        store = self.workspace.store
        self.run_id = store.begin_run(__version__)
        for failure in discovery.failures:
            self._note(RunItem(name=failure.name, path="", status="failed", failure=failure))
        try:
            dispatch(self._tasks(discovery), self.worker, self.start, self.in_hand, self._finish)
        finally:
            self._store_rows()
        self._forget_vanished()
        if self.board is not None:
            store.give_board(sorted(self.met), self.board)
        arrange(self.workspace, self.options, lambda text: self.progress(Event(notices=(text,))))
        self.workspace.drop_unused_pictures()
        store.finish_run(self.run_id)
        snapshot = self.workspace.snapshot(self.options)
        return self._summary(discovery, snapshot, time.perf_counter() - begun)

    # Which photos need work

    def _tasks(self, discovery: Discovery) -> Iterator[Task]:
        """The photos that are new or outdated; the others get their row at once."""
        known = self.workspace.store.known()
        names = {sha256: photo.name for sha256, photo in known.items()}
        first: set[str] = set()
        for path in discovery.paths:
            name, place_of = path.name, str(path.absolute())
            try:
                sha256 = sha256_of(path)
            except PhotoError as error:
                failure = Failure(storable(name), error.reason, error.message, error.remedy)
                self._note(RunItem(name, place_of, "failed", failure=failure))
                continue
            self.met.add(sha256)
            stored = known.get(sha256)
            own_name = names.setdefault(sha256, storable(name))
            outlines = self.outlines.get(sha256, ())
            wanted = with_outlines(self.stamps, outlines)
            is_current = (
                stored is not None
                and dict(stored.stamps) == dict(wanted)
                and self.workspace.has(stored.files)
            )
            if sha256 in first or (is_current and storable(name) != own_name):
                is_own = storable(name) == own_name and sha256 not in first
                self._pass_over(name, place_of, sha256, None if is_own else own_name)
            elif is_current:
                first.add(sha256)
                self._pass_over(name, place_of, sha256, None)
            else:
                first.add(sha256)
                prior = self._prior(sha256, stored, wanted)
                job = PhotoJob(str(path), own_name, prior, sha256, outlines)
                yield Task(job, sha256, place_of)

    def _pass_over(self, name: str, path: str, sha256: str, twin: str | None) -> None:
        if twin is None:
            self._note(RunItem(name, path, "skipped", sha256))
            return
        failure = Failure(
            name=storable(name),
            reason="duplicate",
            message=f"the same photo as {twin}",
            remedy="Nothing to do: it is in the record once.",
            severity="skipped",
        )
        self._note(RunItem(name, path, "duplicate", sha256, failure))

    def _prior(
        self, sha256: str, stored: KnownPhoto | None, current: Mapping[str, StageStamp]
    ) -> Prior | None:
        """What is stored of a photo, as far as a worker can build on it."""
        if stored is None or not any(
            stored.stamps.get(stage) == stamp for stage, stamp in current.items()
        ):
            return None
        pictures = self.workspace.read_pictures(stored.files)
        if len(pictures) < len(stored.files):
            return None  # someone removed crops: make them anew
        result = self.workspace.store.prior(sha256, pictures)
        return Prior(stamps=stored.stamps, result=result)

    # Results

    def _finish(self, task: Task, outcome: PhotoOutcome) -> None:
        """Store one outcome and tell of it."""
        self.tally.peak_memory_mb = max(self.tally.peak_memory_mb, outcome.peak_memory_mb)
        if outcome.result is None:
            failure = outcome.failure or Failure(task.job.name, "internal", "no result", BUG)
            self._note(
                RunItem(
                    name=task.job.name,
                    path=task.path,
                    status="failed",
                    sha256=task.sha256,
                    failure=failure,
                    peak_memory_mb=outcome.peak_memory_mb,
                ),
                notices=outcome.missing,
            )
            return
        self._store(task, outcome, outcome.result)

    def _store(self, task: Task, outcome: PhotoOutcome, result: PhotoResult) -> None:
        # The name is the store's business: bytes may have been found under several.
        result = replace(result, photo=replace(result.photo, name=task.job.name))
        files = self.workspace.write_pictures(result, outcome.preview, outcome.preview_scale)
        placement = place(
            result.photo.name, result.headings, given=self.board, rules=self.options.boards
        )
        places = {
            sighting.sighting_id: found
            for sighting in result.sightings
            if (found := placement.of(sighting.heading)) is not None
        }
        self.workspace.store.save(
            self.run_id,
            RunItem(
                name=task.job.name,
                path=task.path,
                status="done",
                sha256=task.sha256,
                seconds=result.seconds,
                peak_memory_mb=outcome.peak_memory_mb,
            ),
            result,
            files,
            board=placement.board,
            places=places,
            given=self.board,
        )
        self.tally.done += 1
        self.tally.seconds.update(result.seconds)
        notes = sum(not sighting.detection.doubtful for sighting in result.sightings)
        self.progress(
            Event(
                name=task.job.name,
                detail=f"{notes} note{'' if notes == 1 else 's'}, "
                f"{sum(result.seconds.values()):.1f} s",
                notices=outcome.missing,
            )
        )

    def _note(self, item: RunItem, *, notices: tuple[str, ...] = ()) -> None:
        """Keep the row of an input that gave no new result, and tell of it."""
        if item.status == "skipped":
            self.tally.skipped += 1
        if item.failure is not None:
            self.tally.failures.append(item.failure)
        self.waiting_rows.append(item)
        if item.status == "failed" or len(self.waiting_rows) >= 100:
            self._store_rows()
        detail = "up to date" if item.status == "skipped" else ""
        name = item.name if item.path else None
        self.progress(Event(name=name, detail=detail, failure=item.failure, notices=notices))

    def _store_rows(self) -> None:
        rows, self.waiting_rows = self.waiting_rows, []
        self.workspace.store.record(self.run_id, rows)

    def _forget_vanished(self) -> None:
        """A file that failed and was removed since is no longer a failure."""
        gone = [
            RunItem(item.name, item.path, "skipped")
            for item in self.workspace.store.unresolved()
            # A path that is not valid text was stored in another form: nothing is known of it.
            if item.path and "\\x" not in item.path and not os.path.lexists(item.path)
        ]
        self.workspace.store.record(self.run_id, gone)

    def _summary(self, discovery: Discovery, snapshot: Snapshot, seconds: float) -> RunSummary:
        status = snapshot.by_status()
        return RunSummary(
            photos=len(discovery.paths),
            done=self.tally.done,
            skipped=self.tally.skipped,
            boards=len(snapshot.boards),
            by_meaning=snapshot.by_meaning(),
            accepted=status["accepted"],
            review=status["review"],
            reviewed=status["reviewed"],
            blank=sum(
                note.transcription.legibility is Legibility.BLANK for note in snapshot.counted()
            ),
            failures=tuple(self.tally.failures),
            seconds=seconds,
            stage_seconds=dict(self.tally.seconds),
            peak_memory_mb=self.tally.peak_memory_mb,
        )
