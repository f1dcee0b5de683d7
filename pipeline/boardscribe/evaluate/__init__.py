"""What a workspace found and read, measured against hand-made truth.

`docs/evaluation.md` says what each measure means and how found notes are paired with true ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from boardscribe.evaluate._confidence import Reliability, reliability
from boardscribe.evaluate._errors import write_errors
from boardscribe.evaluate._format import format_evaluation
from boardscribe.evaluate._match import match
from boardscribe.evaluate._measures import Evaluation, Measures, PhotoEvaluation, TextScore
from boardscribe.evaluate._pairs import PhotoPairs, pair_photos
from boardscribe.evaluate._plots import write_plots
from boardscribe.evaluate._text import GAP, distance, normalised
from boardscribe.evaluate._truth import TruthNote, load_truth
from boardscribe.records import Legibility, Source, Status
from boardscribe.snapshot import NoteEntry, Snapshot

__all__ = [
    "Evaluation",
    "Measures",
    "PhotoEvaluation",
    "Reliability",
    "TextScore",
    "evaluate",
    "format_evaluation",
    "reliability",
    "write_errors",
    "write_plots",
]

_STRICT_IOU = 0.75


def evaluate(snapshot: Snapshot, truth_dir: Path, *, iou: float = 0.5) -> Evaluation:
    """Measure a workspace against truth.

    Args:
        snapshot: what the workspace knows.
        truth_dir: folder with one JSON file a photo, see `docs/evaluation.md`.
        iou: least intersection over union of a found note with the true one it is paired with.

    Raises:
        InputError: the truth cannot be read.
    """
    photos = []
    confidences: list[float] = []
    right: list[bool] = []
    for pairs in pair_photos(snapshot, load_truth(truth_dir), iou=iou):
        photos.append(
            PhotoEvaluation(
                name=pairs.truth.name,
                missing=pairs.entry is None,
                problem=pairs.problem,
                measures=_measure(pairs),
            )
        )
        for note, judgement in _judged(pairs):
            confidences.append(note.transcription.confidence)
            right.append(judgement)
    return Evaluation(
        iou=iou,
        photos=tuple(photos),
        total=sum((photo.measures for photo in photos), Measures()),
        calibration=reliability(confidences, right),
    )


def _measure(pairs: PhotoPairs) -> Measures:
    there = pairs.truth.notes
    hits = [(there[row], *pairs.found[column]) for row, column in pairs.pairs]
    judged = list(_judged(pairs))
    accepted = [good for note, good in judged if note.status is Status.ACCEPTED]
    false_alarms = [note for note, _ in pairs.false_alarms]
    partial = [note for true, note, _ in hits if _is_partial(true)]
    headings, headings_right = _headings(pairs)
    return Measures(
        truth=len(there),
        found=len(pairs.found),
        hits=len(hits),
        hits_75=len(match(pairs.overlaps, iou=_STRICT_IOU)),
        iou_sum=float(sum(pairs.overlaps[row, column] for row, column in pairs.pairs)),
        shapes_right=sum(true.shape == seen.shape.shape.value for true, _, seen in hits),
        headings=headings,
        headings_right=headings_right,
        judged=len(judged),
        right=sum(good for _, good in judged),
        accepted=len(accepted),
        accepted_wrong=accepted.count(False),
        accepted_false=sum(note.status is Status.ACCEPTED for note in false_alarms),
        accepted_partial=sum(_is_accepted_by_machine(note) for note in partial),
        texts=_texts(pairs),
        shapes=Counter((true.shape, seen.shape.shape.value) for true, _, seen in hits),
        legibility=Counter(
            (true.legible, note.transcription.legibility.value) for true, note, _ in hits
        ),
    )


def _judged(pairs: PhotoPairs) -> Iterator[tuple[NoteEntry, bool]]:
    """Matched notes that a machine decided, with whether it was right, where that is known.

    Right is what the confidence promises: the whole text, but for case and spaces; for a note
    without writing, that it was called blank; for one that nobody can read, illegible. Of a
    partly legible note nobody knows what is right.
    """
    for row, column in pairs.pairs:
        true, note = pairs.truth.notes[row], pairs.found[column][0]
        decided = note.transcription
        if decided.source is not Source.MACHINE:
            continue
        if _is_full(true):
            yield note, _same(true.text, decided.text)
        elif true.legible == "blank":
            yield note, decided.legibility is Legibility.BLANK and not decided.text.strip()
        elif true.legible == "none":
            yield note, decided.legibility is Legibility.ILLEGIBLE


def _is_accepted_by_machine(note: NoteEntry) -> bool:
    return note.status is Status.ACCEPTED and note.transcription.source is Source.MACHINE


def _same(truth: str, guess: str) -> bool:
    return normalised(truth, fold=True) == normalised(guess, fold=True)


def _texts(pairs: PhotoPairs) -> dict[str, TextScore]:
    matched = [(pairs.truth.notes[row], pairs.found[column][0]) for row, column in pairs.pairs]
    full = [(true.text, note.transcription.text) for true, note in matched if _is_full(true)]
    partial = [(true.text, note.transcription.text) for true, note in matched if _is_partial(true)]
    blank = [
        ("", note.transcription.text) for true, note in matched if true.legible == "blank"
    ]  # A text on a blank note is all inserted.
    missed = [(true.text, "") for true in pairs.missed if _is_full(true)]
    inserted = [("", note.transcription.text) for note, _ in pairs.false_alarms]
    groups = {
        "matched": full,
        "partial": partial,
        "end_to_end": full + missed + blank + inserted,
    }
    scores = {}
    for name, texts in groups.items():
        scores[name] = _score(texts, fold=False)
        scores[f"{name}_folded"] = _score(texts, fold=True)
    return scores


def _is_full(note: TruthNote) -> bool:
    return note.legible == "full" and not _is_partial(note)


def _is_partial(note: TruthNote) -> bool:
    # A gap outweighs the word: some truths call a note full and leave a gap all the same.
    return note.legible == "partial" or (note.legible == "full" and GAP in normalised(note.text))


def _score(texts: list[tuple[str, str]], *, fold: bool) -> TextScore:
    score = TextScore()
    for there, read in texts:
        truth, guess = normalised(there, fold=fold), normalised(read, fold=fold)
        edits, characters = distance(truth, guess)
        word_edits, words = distance(truth, guess, words=True)
        score += TextScore(
            # What is inserted where nothing is written is no note of its own to get right.
            notes=int(bool(truth)),
            exact=int(bool(truth) and truth == guess),
            characters=characters,
            edits=edits,
            words=words,
            word_edits=word_edits,
        )
    return score


def _headings(pairs: PhotoPairs) -> tuple[int, int]:
    """True headings without a gap, and how many of them were found with exactly their text."""
    texts = [normalised(heading.text, fold=True) for heading in pairs.truth.headings]
    wanted = Counter(text for text in texts if text and GAP not in text)
    found = pairs.entry.headings if pairs.entry else ()
    there = Counter(normalised(heading.text, fold=True) for heading in found)
    return wanted.total(), (wanted & there).total()
