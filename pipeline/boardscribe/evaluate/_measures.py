"""The counts that all measures are made of; counts of photos add up to those of the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from boardscribe.evaluate._confidence import Reliability

__all__ = ["Evaluation", "Measures", "PhotoEvaluation", "TextScore", "ratio"]


def ratio(part: float, whole: float) -> float | None:
    """A share; None, not zero, where there is nothing to take a share of."""
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class TextScore:
    """How well a set of notes was read."""

    notes: int = 0
    exact: int = 0
    characters: int = 0
    """Length of the true texts."""
    edits: int = 0
    words: int = 0
    word_edits: int = 0

    @property
    def cer(self) -> float | None:
        """Character error rate, micro-averaged: edits over characters of all notes."""
        return ratio(self.edits, self.characters)

    @property
    def wer(self) -> float | None:
        """Word error rate, micro-averaged."""
        return ratio(self.word_edits, self.words)

    @property
    def exact_share(self) -> float | None:
        """Share of notes whose whole text is right."""
        return ratio(self.exact, self.notes)

    def __add__(self, other: TextScore) -> TextScore:
        return TextScore(
            self.notes + other.notes,
            self.exact + other.exact,
            self.characters + other.characters,
            self.edits + other.edits,
            self.words + other.words,
            self.word_edits + other.word_edits,
        )

    def as_dict(self) -> dict[str, float | None]:
        """Counts and rates."""
        return {
            "notes": self.notes,
            "exact": self.exact,
            "exact_share": self.exact_share,
            "characters": self.characters,
            "edits": self.edits,
            "cer": self.cer,
            "words": self.words,
            "word_edits": self.word_edits,
            "wer": self.wer,
        }


@dataclass(frozen=True, slots=True)
class Measures:
    """Counts of one photo, or of all; `docs/evaluation.md` says what each means."""

    truth: int = 0
    found: int = 0
    hits: int = 0
    hits_75: int = 0
    iou_sum: float = 0.0
    shapes_right: int = 0
    headings: int = 0
    headings_right: int = 0
    judged: int = 0
    """Matched machine notes of which it is known whether they are right."""
    right: int = 0
    accepted: int = 0
    accepted_wrong: int = 0
    accepted_false: int = 0
    """False alarms accepted without review."""
    accepted_partial: int = 0
    """Partly legible notes accepted without review: what nobody can read is missing there, or made up."""
    texts: Mapping[str, TextScore] = field(default_factory=dict)
    """By `matched`, `partial` and `end_to_end`, each also with `_folded`: case ignored."""
    shapes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Matched notes by true and found shape."""
    legibility: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Matched notes by true and found legibility."""

    @property
    def precision(self) -> float | None:
        """Share of found notes that are true ones."""
        return ratio(self.hits, self.found)

    @property
    def recall(self) -> float | None:
        """Share of true notes that were found."""
        return ratio(self.hits, self.truth)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        return ratio(2 * self.hits, self.found + self.truth)

    @property
    def f1_75(self) -> float | None:
        """F1 where outlines must overlap by 0.75."""
        return ratio(2 * self.hits_75, self.found + self.truth)

    @property
    def mean_iou(self) -> float | None:
        """Mean overlap of the hits."""
        return ratio(self.iou_sum, self.hits)

    @property
    def shape_accuracy(self) -> float | None:
        """Share of hits with the right shape."""
        return ratio(self.shapes_right, self.hits)

    @property
    def heading_accuracy(self) -> float | None:
        """Share of true headings that were found with exactly their text."""
        return ratio(self.headings_right, self.headings)

    def text(self, name: str) -> TextScore:
        """The score of that name; an empty one where no note belongs to it."""
        return self.texts.get(name, TextScore())

    def legible(self, truth: str, *found: str) -> int:
        """Matched notes of a true legibility, found as one of those given (or as any)."""
        return sum(
            number
            for (there, here), number in self.legibility.items()
            if there == truth and (not found or here in found)
        )

    def __add__(self, other: Measures) -> Measures:
        names = sorted(self.texts.keys() | other.texts.keys())
        return Measures(
            truth=self.truth + other.truth,
            found=self.found + other.found,
            hits=self.hits + other.hits,
            hits_75=self.hits_75 + other.hits_75,
            iou_sum=self.iou_sum + other.iou_sum,
            shapes_right=self.shapes_right + other.shapes_right,
            headings=self.headings + other.headings,
            headings_right=self.headings_right + other.headings_right,
            judged=self.judged + other.judged,
            right=self.right + other.right,
            accepted=self.accepted + other.accepted,
            accepted_wrong=self.accepted_wrong + other.accepted_wrong,
            accepted_false=self.accepted_false + other.accepted_false,
            accepted_partial=self.accepted_partial + other.accepted_partial,
            texts={name: self.text(name) + other.text(name) for name in names},
            shapes=self.shapes + other.shapes,
            legibility=self.legibility + other.legibility,
        )

    def as_dict(self) -> dict[str, object]:
        """Counts, rates and tables, as JSON takes them."""
        written = ("full", "partial", "none")
        return {
            "detection": {
                "truth": self.truth,
                "found": self.found,
                "hits": self.hits,
                "precision": self.precision,
                "recall": self.recall,
                "f1": self.f1,
                "hits_75": self.hits_75,
                "precision_75": ratio(self.hits_75, self.found),
                "recall_75": ratio(self.hits_75, self.truth),
                "f1_75": self.f1_75,
                "mean_iou": self.mean_iou,
            },
            "shape": {
                "right": self.shapes_right,
                "accuracy": self.shape_accuracy,
                "confusion": _nested(self.shapes),
            },
            "headings": {
                "truth": self.headings,
                "right": self.headings_right,
                "accuracy": self.heading_accuracy,
            },
            "text": {name: score.as_dict() for name, score in self.texts.items()},
            "legibility": {
                "confusion": _nested(self.legibility),
                "blank_recall": ratio(self.legible("blank", "blank"), self.legible("blank")),
                "written_called_blank": ratio(
                    sum(self.legible(name, "blank") for name in written),
                    sum(self.legible(name) for name in written),
                ),
                "illegible_recall": ratio(self.legible("none", "illegible"), self.legible("none")),
            },
            "acceptance": {
                "judged": self.judged,
                "right": self.right,
                "accepted": self.accepted,
                "accepted_share": ratio(self.accepted, self.judged),
                "accepted_wrong": self.accepted_wrong,
                "wrong_share_of_accepted": ratio(self.accepted_wrong, self.accepted),
                "false_alarms_accepted": self.accepted_false,
                "partly_legible_accepted": self.accepted_partial,
                "wrong_or_false_share_of_accepted": ratio(
                    self.accepted_wrong + self.accepted_false, self.accepted + self.accepted_false
                ),
            },
        }


@dataclass(frozen=True, slots=True)
class PhotoEvaluation:
    """The measures of one photo."""

    name: str
    missing: bool
    """The workspace does not hold it: all its notes count as missed."""
    problem: str
    """Why the comparison is in doubt; empty where it is not."""
    measures: Measures


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The measures of a workspace against truth."""

    iou: float
    """Least overlap of a hit."""
    photos: tuple[PhotoEvaluation, ...]
    total: Measures
    calibration: Reliability

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of photos that have truth and are not in the workspace."""
        return tuple(photo.name for photo in self.photos if photo.missing)

    def as_dict(self) -> dict[str, object]:
        """Everything, as JSON takes it; undefined shares are null."""
        return {
            "iou": self.iou,
            "photos_evaluated": len(self.photos) - len(self.missing),
            "photos_missing": list(self.missing),
            "total": self.total.as_dict(),
            "calibration": asdict(self.calibration),
            "photos": [
                {
                    "photo": photo.name,
                    "missing": photo.missing,
                    "problem": photo.problem,
                    **photo.measures.as_dict(),
                }
                for photo in self.photos
            ],
        }


def _nested(table: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    nested: dict[str, dict[str, int]] = {}
    for (truth, found), number in sorted(table.items()):
        nested.setdefault(truth, {})[found] = number
    return nested
