"""A dataset folder that `datasets.load_dataset` opens: a card, and Parquet with the crops in it.

To train and compare readers: each row is a sighting with its picture, its text and everything
else that the Parquet export has. Missing texts are null, with the reason in `legibility`. The
folder can be uploaded to the Hugging Face Hub as it is, or used from the disk.

Source: https://huggingface.co/docs/datasets/repository_structure.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from pathlib import Path

from boardscribe.export._settings import ExportSettings
from boardscribe.export._view import clean, data_time, exported
from boardscribe.export._write import marker, new_folder
from boardscribe.export.parquet import write_table
from boardscribe.options import Options
from boardscribe.snapshot import Snapshot

__all__ = ["write_hf"]

_CREATIVE_COMMONS = re.compile(r"creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)")
_ZERO = "creativecommons.org/publicdomain/zero/1.0"
_SIZES = ((1000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M"))


def write_hf(
    snapshot: Snapshot,
    options: Options,  # noqa: ARG001 - every format has the same signature
    out: Path,
    *,
    settings: ExportSettings = ExportSettings(),  # noqa: B008 - frozen
) -> int:
    """Write the folder `out`; returns the number of rows, one a sighting.

    Raises:
        InputError: `out` holds something else, or cannot be written.
        MissingComponentError: pyarrow is not installed.
    """
    with new_folder(out, kind="hf") as folder:
        (folder / "data").mkdir()
        count = write_table(
            snapshot,
            folder / "data" / "train.parquet",
            settings=settings,
            kind="hf",
            pictures=settings.pictures,
            features=True,
        )
        card = _card(snapshot, settings, count)
        (folder / "README.md").write_bytes(card.encode("utf-8", "replace"))
        marker(folder, kind="hf", snapshot=snapshot, settings=settings)
    return count


def _card(snapshot: Snapshot, settings: ExportSettings, count: int) -> str:
    title = clean(snapshot.title) or "Workshop boards"
    size = next((name for limit, name in _SIZES if count < limit), "n>1M")
    head = [
        "---",
        # JSON strings are YAML strings; a title from outside cannot leave its quotes.
        f"pretty_name: {json.dumps(title)}",
        *_licence(settings.licence),
        "task_categories: [image-to-text, object-detection]",
        "tags: [handwriting, sticky-notes, workshop]",
        f"size_categories: [{size}]",
        "configs:",
        "- config_name: default",
        "  data_files:",
        "  - split: train",
        "    path: data/train.parquet",
        "---",
    ]
    kinds = Counter(note.transcription.legibility.value for note, _, _ in exported(snapshot))
    table = [f"| {kind} | {number} |" for kind, number in sorted(kinds.items())]
    body = [
        f"# {_plain(title)}",
        "",
        _plain(settings.description)
        or f"{count} pictures of {sum(1 for _ in snapshot.counted())} notes on "
        f"{len(snapshot.photos)} photographs of {len(snapshot.boards)} workshop boards.",
        "",
        f"Data of {data_time(snapshot)}. Privacy: {settings.redaction}.",
        "",
        "A row is one note as one photograph shows it. `text` is null where there is none; "
        "`legibility` says why. `[illeg.]` stands for a word that could not be read. `polygon` is "
        "in pixels of the upright full-size photo. `readings` holds what each engine read, "
        "`history` every version of the text with who decided it; `source` tells texts of "
        "machines from those of people: only the latter are truth to train on.",
        "",
        "| legibility | rows |",
        "|---|---|",
        *table,
        "",
    ]
    return "\n".join([*head, "", *body])


def _licence(licence: str) -> list[str]:
    if not licence:
        return []
    if match := _CREATIVE_COMMONS.search(licence):
        return [f"license: cc-{match[1]}-{match[2]}"]
    if _ZERO in licence:
        return ["license: cc0-1.0"]
    return ["license: other", f"license_name: {json.dumps(clean(licence))}"]


def _plain(text: str) -> str:
    """Text from outside that Markdown shows as it is."""
    one_line = " ".join(html.escape(clean(text), quote=False).split())
    return re.sub(r"([\\`*_{}\[\]()#!|~])", r"\\\1", one_line)
