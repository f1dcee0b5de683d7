"""A queue for people who work in a spreadsheet: a folder of CSV files, in and out.

`push` writes `questions-0001.csv` with a page of pictures beside it, `questions-0001.html`, one
pair a batch and copy, so that two people can take a copy each. Whoever answers fills in the
columns `reader` and `answer` (and corrects `text`, `shape`, `board`), saves the file as CSV under
whatever name, and leaves it in the folder or brings it back there. `pages` looks at every CSV
file in the folder.

What spreadsheets do to files is expected: another delimiter, encoding or line end, a byte order
mark, columns in another order, further columns, rows sorted or deleted, numbers and dates made of
texts (see `cells`). A row that was emptied again counts as a deleted answer; a file that is taken
away does not.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from boardscribe.boards import board_of
from boardscribe.errors import InputError
from boardscribe.files import write_whole
from boardscribe.records import Shape
from boardscribe.review import AnswerPage, RawAnswer, ReviewTask, TaskAnswers, Verdict
from boardscribe.workspace import Workspace
from boardscribe_review.cells import escape, unescape
from boardscribe_review.csvpage import page_of

__all__ = ["COLUMNS", "CsvQueue", "create"]

COLUMNS = (
    "question",
    "answer",
    "text",
    "shape",
    "board",
    "reader",
    "comment",
    "other readings",
    "unsure words",
    "picture",
    "on the board",
    "photo",
    "check",
)
"""In the order they are written; they are read by name, in any order."""

_BATCH = 200
_OURS = re.compile(r"questions-(\d{4,})(?:-copy\d+|-editor)?\.csv")
_WRITTEN = ".written.json"
_SKIP = frozenset({"skip", "skipped"})
_LARGEST = 50_000_000

_README = """\
Questions about notes, for people who work in a spreadsheet.

1. Open questions-....csv and, beside it, the page of the same name that ends in .html: it shows
   the pictures.
2. In each row write your name under "reader", correct "text", and write one of these words under
   "answer":
     readable       all of the writing is in the text
     partly         write [illeg.] for each word that cannot be read
     illegible      there is writing, and none of it can be read
     blank          there is no writing
     hidden         the writing is covered or cut off
     not_a_note     it is no note at all
     two_notes      two notes or more in one picture
     wrong_outline  the picture shows less or more than the note
     note           it is a note (where nothing else is asked)
     skip           leave it to somebody else
   A word that you are not sure of: [?word?]. Shapes are square, bubble, heart, tick, other.
3. Save as CSV and leave the file in this folder. A row without an answer stays open.

If the file is marked "copy2", let somebody else fill it in than the first copy.
"""


def create(workspace: Workspace) -> CsvQueue:
    """Open the queue in the folder that the options name."""
    folder = workspace.options.review.folder
    place = Path(folder).expanduser() if folder else Path("review", "csv")
    return CsvQueue(workspace.path / place, workspace.path)


@dataclass(frozen=True, slots=True)
class _Row:
    file: str
    cells: Mapping[str, str]
    """By column name in lower case; unescaped."""
    number: int
    """1, 2, ... among the rows of one question in one file."""

    @property
    def task_id(self) -> str:
        return self.cells.get("question", "").strip()


class CsvQueue:
    """See the module.

    Args:
        folder: of the files; made by the first push.
        workspace: folder that the pictures' paths are relative to.
    """

    name = "csv"
    batch_size = _BATCH

    def __init__(self, folder: Path, workspace: Path) -> None:
        self._folder = folder
        self._workspace = workspace

    def find(self, task_ids: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The questions that stand in some file."""
        there = {row.task_id for file in self._files() for row in _rows(file)}
        return {task_id: (task_id,) for task_id in task_ids if task_id in there}

    def push(self, tasks: Sequence[ReviewTask]) -> Mapping[str, str]:
        """Write new files: one a copy, and one for editors."""
        self._prepare()
        groups: dict[str, list[ReviewTask]] = {}
        for task in tasks:
            suffix = "-editor" if task.for_editor else f"-copy{task.copy}" * (task.copy > 1)
            groups.setdefault(suffix, []).append(task)
        number = 1 + max((int(match[1]) for match in self._numbered()), default=0)
        for suffix, some in groups.items():
            self._write(f"questions-{number:04d}{suffix}", some)
        return {task.task_id: task.task_id for task in tasks}

    def update(self, tasks: Mapping[str, ReviewTask]) -> None:
        """Write the rows anew, in files that nobody has touched yet."""
        self._rewrite(tasks, frozenset())

    def withdraw(self, external_ids: Collection[str]) -> None:
        """Take the rows out of files that nobody has touched yet."""
        self._rewrite({}, frozenset(external_ids))

    def pages(self, cursor: str | None) -> Iterator[AnswerPage]:
        """One page with what changed in all files since the cursor, if anything did."""
        before: dict[str, dict[str, list[str]]] = json.loads(cursor) if cursor else {}
        after: dict[str, dict[str, list[str]]] = {}
        changed = []
        for file in self._files():
            known = before.get(file.name, {})
            saved = _saved(file)
            states: dict[str, list[str]] = {}
            for row in _rows(file):
                key = f"{row.task_id}#{row.number}"
                answer = _answer(row)
                digest = "" if answer is None else _digest(*map(str, _plain(answer)))
                former = known.get(key, ["", ""])
                if answer is None and not former[0]:
                    continue
                moment = former[1] if digest == former[0] else _after(saved, former[1])
                states[key] = [digest, moment]
                if digest != former[0]:
                    changed.append(_given(row, answer, moment))
            # A file taken away is no change of mind: what it said stays.
            gone = [key for key, former in known.items() if key not in states and former[0]]
            changed += [
                TaskAnswers(key.rpartition("#")[0], f"{file.name}#{key}", ()) for key in gone
            ]
            after[file.name] = states
        new = {**before, **after}
        if changed:
            text = json.dumps(new, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            yield AnswerPage(tuple(changed), text)

    # Files

    def _files(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return sorted(
            path
            for path in self._folder.iterdir()
            if path.suffix.lower() == ".csv" and path.is_file() and not path.name.startswith(".")
        )

    def _numbered(self) -> Iterator[re.Match[str]]:
        return (match for file in self._files() if (match := _OURS.fullmatch(file.name)))

    def _prepare(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._folder / "README.txt", _README.encode(), durable=False)
        except OSError as error:
            raise InputError(
                f"the folder {self._folder} cannot be written: {error.strerror or error}",
                remedy="Check its permissions, or name another in [review] folder.",
            ) from error

    def _write(self, name: str, tasks: Sequence[ReviewTask]) -> None:
        """Pictures and their page first: a file of questions must never lack them."""
        for task in tasks:
            self._share_pictures(task)
        write_whole(self._folder / f"{name}.html", page_of(name, tasks), durable=False)
        self._save(name, [_question(task) for task in tasks])

    def _save(self, name: str, rows: Sequence[Mapping[str, str]]) -> None:
        buffer = io.StringIO(newline="")
        writer = csv.DictWriter(buffer, COLUMNS, quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
        data = buffer.getvalue().encode("utf-8-sig", "replace")
        written = self._written()
        written[f"{name}.csv"] = hashlib.sha256(data).hexdigest()
        # The note first: a file that differs from it is a person's, and left alone.
        write_whole(self._folder / _WRITTEN, json.dumps(written, indent=1).encode())
        write_whole(self._folder / f"{name}.csv", data)

    def _written(self) -> dict[str, str]:
        try:
            found: dict[str, str] = json.loads((self._folder / _WRITTEN).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    def _rewrite(self, new: Mapping[str, ReviewTask], gone: Collection[str]) -> None:
        written = self._written()
        for file in self._files():
            data = file.read_bytes()
            if written.get(file.name) != hashlib.sha256(data).hexdigest():
                continue
            rows = list(_rows(file))
            if not any(row.task_id in new or row.task_id in gone for row in rows):
                continue
            for row in rows:
                if row.task_id in new:
                    self._share_pictures(new[row.task_id])
            kept = [
                _question(new[row.task_id])
                if row.task_id in new
                else {name: escape(row.cells.get(name, "")) for name in COLUMNS}
                for row in rows
                if row.task_id not in gone
            ]
            self._save(file.stem, kept)

    def _share_pictures(self, task: ReviewTask) -> None:
        """Give the folder its own names of a task's pictures: it may be sent by itself."""
        for place, name in (
            (task.content.crop, f"{task.task_id}.jpg"),
            (task.content.context, f"{task.task_id}-board.jpg"),
        ):
            source = self._workspace / place if place is not None else None
            if source is not None and source.is_file():
                write_whole(self._folder / "pictures" / name, source.read_bytes(), durable=False)


def _question(task: ReviewTask) -> dict[str, str]:
    """The row of a question, safe for a spreadsheet."""
    shown = task.content
    names = {board.board_id: board.name for board in shown.boards}
    board = names.get(shown.board_id or "", "")
    cells = {
        "question": task.task_id,
        "answer": "",
        "text": shown.text,
        "shape": shown.shape.value,
        "board": board,
        "reader": "",
        "comment": "",
        "other readings": " | ".join(" / ".join(t.split("\n")) for t in shown.alternatives),
        "unsure words": ", ".join(shown.doubtful_words),
        "picture": f"pictures/{task.task_id}.jpg" if shown.crop else "",
        "on the board": f"pictures/{task.task_id}-board.jpg" if shown.context else "",
        "photo": shown.photo,
        "check": _check(shown.text, shown.shape.value, board),
    }
    return {name: escape(_line_ends(cell)) for name, cell in cells.items()}


def _check(text: str, shape: str, board: str) -> str:
    """Tells which of the prefilled cells a person changed; begins with a letter on purpose."""
    return "c" + "-".join(_digest(_line_ends(cell).strip())[:8] for cell in (text, shape, board))


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\x00".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _saved(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def _after(saved: datetime, former: str) -> str:
    """When a row changed: when its file was saved, and later than the state before.

    Not every disk keeps time finely, and a copied file may bring an older time along.
    """
    if former:
        saved = max(saved, datetime.fromisoformat(former) + timedelta(milliseconds=1))
    return saved.isoformat(timespec="milliseconds")


def _rows(file: Path) -> Iterator[_Row]:
    """Rows of a file whatever program saved it; a file without a column `question` has none."""
    if file.stat().st_size > _LARGEST:
        raise InputError(f"{file} is too large for a file of answers", remedy="Move it elsewhere.")
    text = _decoded(file.read_bytes())
    delimiter, text = _delimiter(text)
    if not delimiter:
        return
    csv.field_size_limit(_LARGEST)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = [" ".join(name.split()).lower() for name in next(table, [])]
    counts: dict[str, int] = {}
    for line in table:
        cells = {name: _line_ends(unescape(cell)) for name, cell in zip(header, line, strict=False)}
        task_id = cells.get("question", "").strip()
        if task_id:
            counts[task_id] = counts.get(task_id, 0) + 1
            yield _Row(file.name, cells, counts[task_id])


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _delimiter(text: str) -> tuple[str, str]:
    """The delimiter by which the first line has a column `question`, and the text from there."""
    first, _, rest = text.partition("\n")
    if re.fullmatch(r'"?sep=.?"?\s*', first, re.IGNORECASE):
        text, first = rest, rest.partition("\n")[0]
    for delimiter in (",", ";", "\t", "|"):
        names = next(csv.reader([first.rstrip("\r")], delimiter=delimiter), [])
        if "question" in [" ".join(name.split()).lower() for name in names]:
            return delimiter, text
    return "", text


def _answer(row: _Row) -> RawAnswer | None:
    """What a row says; None where nobody has filled it in."""
    chosen = " ".join(row.cells.get("answer", "").split())
    text, shape = row.cells.get("text", ""), row.cells.get("shape", "")
    board, check = row.cells.get("board", ""), row.cells.get("check", "").strip()
    parts = check.removeprefix("c").split("-")
    now = _check(text, shape, board).removeprefix("c").split("-")
    changed = (
        tuple(
            name
            for name, one, other in zip(("text", "shape", "board"), parts, now, strict=True)
            if one != other
        )
        if len(parts) == 3
        else ()
    )
    if not chosen and "text" not in changed:
        return None
    found = board_of(board) if "board" in changed else None
    return RawAnswer(
        answer_id=f"{row.file}#{row.task_id}#{row.number}",
        reader=" ".join(row.cells.get("reader", "").split()) or Path(row.file).stem,
        created_at="",
        updated_at="",
        verdict=_verdict(chosen),
        text=text,
        shape=_shape(shape),
        board_id=None if found is None else found.board_id,
        comment=row.cells.get("comment", "").strip(),
        skipped=chosen.lower() in _SKIP,
        changed=changed,
        payload=dict(row.cells),
    )


def _verdict(chosen: str) -> str | None:
    """The choice as the seam names it; another word goes on as it is, and is reported."""
    word = chosen.lower().replace(" ", "_").replace("-", "_").strip("_.")
    return word if word in set(Verdict) else chosen or None


def _shape(cell: str) -> str | None:
    word = cell.strip().lower()
    return (word if word in set(Shape) else cell.strip()) or None


def _plain(answer: RawAnswer) -> tuple[object, ...]:
    """What makes one state of an answer differ from another."""
    return (
        answer.reader,
        answer.verdict,
        answer.text,
        answer.shape,
        answer.board_id,
        answer.comment,
        answer.skipped,
    )


def _given(row: _Row, answer: RawAnswer | None, moment: str) -> TaskAnswers:
    external_id = f"{row.file}#{row.task_id}#{row.number}"
    if answer is None:
        return TaskAnswers(row.task_id, external_id, ())
    dated = replace(answer, created_at=moment, updated_at=moment)
    return TaskAnswers(row.task_id, external_id, (dated,))
