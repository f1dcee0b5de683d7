"""The options of every stage, as read from `boardscribe.toml`.

One table a stage. An unknown key is an error (`extra="forbid"`): a misspelt option that is
silently ignored costs an archive a day.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from boardscribe.errors import ConfigError
from boardscribe.records import Shape

__all__ = [
    "BoardOptions",
    "DecideOptions",
    "HeadingOptions",
    "LegendEntry",
    "OpenAIOptions",
    "Options",
    "PhotoOptions",
    "ReadOptions",
    "RecordOptions",
    "ReviewOptions",
    "SegmentOptions",
    "TrocrOptions",
    "WorkspaceOptions",
    "digest",
    "load_options",
]

Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WorkspaceOptions(_Table):
    """Where results are kept."""

    title: str = "Workshop boards"
    """Shown on top of the report."""
    database: str = ""
    """SQLAlchemy URL; empty means `boardscribe.db` (SQLite) inside the workspace."""


class PhotoOptions(_Table):
    """Limits on what is loaded."""

    max_megapixels: Annotated[float, Field(gt=0)] = 120.0
    """A photo with more pixels is refused before it is decoded."""
    max_file_megabytes: Annotated[float, Field(gt=0)] = 300.0
    """A larger file is refused before it is read."""


class SegmentOptions(_Table):
    """How notes are found."""

    act: Probability = 0.5
    """A candidate at or above this confidence counts as a note."""
    keep: Probability = 0.15
    """A candidate between this and `act` is kept as doubtful, for review."""
    min_side: Annotated[int, Field(gt=0)] = 20
    """Shortest side of a note in pixels of the photo."""


class HeadingOptions(_Table):
    """How the names of boards are found."""

    expected: tuple[str, ...] = ()
    """Known headings; what is found is matched to them fuzzily."""
    match: Probability = 0.7
    """Least similarity of a found heading and an expected one."""


class TrocrOptions(_Table):
    """The engine `trocr`: TrOCR through the package transformers (extra `trocr`)."""

    folder: str = ""
    """Folder with the weights, as `save_pretrained` of transformers writes it, such as a
    download of microsoft/trocr-base-handwritten. Nothing is fetched at run time."""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where it computes; `auto` takes a GPU where there is one."""
    batch: Annotated[int, Field(gt=0)] = 16
    """Lines read at a time."""
    beams: Annotated[int, Field(gt=0)] = 1
    """Width of the beam search; 1 is greedy."""
    max_tokens: Annotated[int, Field(gt=0)] = 64
    """Longest line, in tokens of the model."""


class OpenAIOptions(_Table):
    """The engine `openai`: a server with OpenAI's protocol (vLLM, Ollama, llama.cpp ...)."""

    url: str = ""
    """Address up to the version, such as `http://127.0.0.1:11434/v1`. Pictures of the notes go
    there. A key, where the server wants one, is taken from the environment variable
    BOARDSCRIBE_OPENAI_KEY and from nowhere else."""
    model: str = ""
    """Name of the model as the server knows it."""
    timeout: Annotated[float, Field(gt=0)] = 60.0
    """Seconds to wait for an answer."""
    retries: Annotated[int, Field(ge=0, le=10)] = 4
    """Further tries after a failure that may pass (429, 5xx, no connection), each after a
    longer pause."""
    parallel: Annotated[int, Field(gt=0, le=64)] = 4
    """Notes asked about at a time."""
    max_tokens: Annotated[int, Field(gt=0)] = 300
    """Longest answer, in tokens of the model."""


class ReadOptions(_Table):
    """How writing is read."""

    engines: tuple[str, ...] = ("rapidocr",)
    """Names of installed engines, see `boardscribe doctor`."""
    lexicon: tuple[str, ...] = ()
    """Names and project words that an English dictionary does not know."""
    illegible_word: Probability = 0.05
    """A word below this confidence, whose letters are likelier wrong than right, is written
    `[illeg.]`. Other doubtful words are kept: they are more often nearly right than not, and their
    notes go to review anyway."""
    openai: OpenAIOptions = OpenAIOptions()
    trocr: TrocrOptions = TrocrOptions()


class DecideOptions(_Table):
    """What is accepted without review."""

    target_error: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Greatest share of wrong ones among the texts accepted without review (and, apart from
    them, among the notes accepted as blank). The threshold follows from notes whose truth is
    known; where they do not support the promise, nothing is accepted."""
    target_confidence: Annotated[float, Field(gt=0, lt=1)] = 0.9
    """How sure it must be that `target_error` is kept."""
    accept: Probability | None = None
    """Accept texts from this confidence on, whatever `target_error` says: no promise."""
    accept_blank: Probability | None = None
    """The same for blank notes."""
    certain_word: Probability | None = None
    """Show words below this confidence as uncertain; unset, at most `target_error` of the
    others are wrong."""
    accept_shape: Probability = 0.7
    """Below this probability of the likeliest shape, a person is asked about the shape."""

    @property
    def sure(self) -> float:
        """What counts as sure where no evidence chooses: matches of a record with notes."""
        return 0.9 if self.accept is None else self.accept


class RecordOptions(_Table):
    """The published record, `boardscribe export --format record`."""

    introduction: str = ""
    """Plain text under the title; an empty line parts paragraphs."""
    mark_unchecked: bool = True
    """Write `[unchecked]` after a text that waits for review."""


class ReviewOptions(_Table):
    """How people are asked about doubtful notes, `boardscribe review`."""

    queue: str = "label-studio"
    """Where questions are put: `label-studio`, or `csv` for a folder of spreadsheets."""
    folder: str = ""
    """Folder of the `csv` queue; empty means `review/csv` inside the workspace."""
    readers: Literal[1, 2] = 1
    """How many people must read a note alike, each without seeing what the other wrote."""
    escalation: Literal["reader", "editor"] = "reader"
    """Who is asked when readers disagree: one more reader at a time, or an editor at once."""
    most_readers: Annotated[int, Field(ge=2, le=9)] = 7
    """After so many readers who do not agree an editor is asked; where there is none, words in
    dispute are marked as uncertain."""
    editors: tuple[str, ...] = ()
    """Accounts whose answer settles a dispute, unless it is their own."""
    audit: Probability = 0.0
    """Share of the notes accepted without review that are asked all the same, at random, to
    measure how many are wrong; 0.05 is 5 %."""
    audit_seed: int = 0
    """Another number draws another sample."""
    name_readers: bool = False
    """Write the accounts of readers into reports and exports, in place of pseudonyms."""

    @model_validator(mode="after")
    def _has_editors(self) -> ReviewOptions:
        if self.escalation == "editor" and not self.editors:
            raise ValueError('escalation = "editor" needs the accounts of editors in `editors`')
        return self


class LegendEntry(_Table):
    """What a shape, or a shape in one colour, means."""

    shape: Shape
    colour: str | None = None
    """Only notes of this colour; the entry with a colour wins over the one without."""
    meaning: str

    @field_validator("meaning")
    @classmethod
    def _not_empty(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("a meaning must not be empty")
        return value.strip()


class BoardOptions(_Table):
    """What the user knows about boards that photos do not tell."""

    name: str
    photos: tuple[str, ...]
    """File name patterns (shell wildcards) of the photos that show this board."""


DEFAULT_LEGEND = (
    LegendEntry(shape=Shape.TICK, meaning="agree"),
    LegendEntry(shape=Shape.HEART, meaning="important"),
    LegendEntry(shape=Shape.BUBBLE, meaning="amend"),
    LegendEntry(shape=Shape.SQUARE, meaning="challenge"),
)


class Options(_Table):
    """All options; the defaults are what an empty `boardscribe.toml` means."""

    workspace: WorkspaceOptions = WorkspaceOptions()
    photos: PhotoOptions = PhotoOptions()
    segment: SegmentOptions = SegmentOptions()
    headings: HeadingOptions = HeadingOptions()
    read: ReadOptions = ReadOptions()
    decide: DecideOptions = DecideOptions()
    record: RecordOptions = RecordOptions()
    review: ReviewOptions = ReviewOptions()
    legend: tuple[LegendEntry, ...] = DEFAULT_LEGEND
    boards: tuple[BoardOptions, ...] = ()
    on_conflict: Literal["wait", "fail"] = "wait"
    """When another process holds the workspace: wait for it, or stop at once."""

    def meaning(self, shape: Shape, colour: str) -> str:
        """Response type of a note; `"other"` where the legend has no entry for it."""
        plain = "other"
        for entry in self.legend:
            if entry.shape is shape and entry.colour == colour:
                return entry.meaning
            if entry.shape is shape and entry.colour is None:
                plain = entry.meaning
        return plain


def load_options(path: Path) -> Options:
    """Read and check a `boardscribe.toml`.

    Raises:
        ConfigError: the file cannot be read or parsed, or has an unknown or impossible option;
            the message names each place.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}: {error.strerror or error}",
            remedy="Check the path given with --config.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} is not valid TOML: {error}",
            remedy="Correct that line; https://toml.io explains the format.",
        ) from error
    try:
        return Options.model_validate(data)
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors()
        )
        raise ConfigError(
            f"{path} has {error.error_count()} mistake(s): {places}",
            remedy="`boardscribe transcribe --help` names the options; compare with the comments "
            "in a fresh workspace's boardscribe.toml.",
        ) from error


def digest(*parts: object) -> str:
    """Short stable digest of options and upstream digests (JSON, sorted keys, BLAKE2b)."""
    plain = [
        part.model_dump(mode="json") if isinstance(part, BaseModel) else part for part in parts
    ]
    text = json.dumps(plain, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
