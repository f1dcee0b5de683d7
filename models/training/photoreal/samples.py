"""Render the photographs of `samples/`: one invented workshop, each picture by a recipe.

python models/training/photoreal/samples.py [--only NAME ...] [--out samples]
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "models"))

from training.photoreal.fonts import HANDWRITING, FontsMissingError  # noqa: E402
from training.photoreal.render import BlenderMissingError, render, write_truth  # noqa: E402
from training.photoreal.specs import SceneSpec  # noqa: E402
from training.photoreal.studio import compose  # noqa: E402
from training.photoreal.workshop import BOARDS  # noqa: E402

__all__ = ["SAMPLES", "Sample", "main", "read_by_eye", "scene"]

LANDSCAPE, PORTRAIT = (2200, 1650), (1650, 2200)
MAX_BYTES = 840_000


@dataclass(frozen=True, slots=True)
class Sample:
    """How one photograph is made; boards of one name and seed are the same board."""

    name: str
    board: str
    surface: str
    mood: str
    font: str
    seed: int
    size: tuple[int, int] = LANDSCAPE
    orientation: int = 1
    overlap: float = 0.28
    margin: float | None = None
    by_eye: tuple[tuple[int, str], ...] = ()
    """Pieces of which a person can read less than geometry says, and what."""


BLURRED = (
    (2, "[illeg.] course"), (4, "my [illeg.]\n[illeg.]"), (16, "Cooked food\ndoes [illeg.]\nbelong in the\nbins"),
    (8, "[illeg.] [illeg.]\n[illeg.] LAST\nYEAR"), (18, "[illeg.]"),
)  # fmt: skip
"""Read in the photograph itself, at full size: blur is not in the truth's geometry."""

SAMPLES = (
    Sample("share-the-water", "Share The Water", "whiteboard", "day", "open-sans", 101),
    Sample("open-to-newcomers", "Open To Newcomers", "cork", "day", "lora", 102),
    Sample("waste-nothing", "Waste Nothing", "brown paper", "office", "oswald", 103, overlap=0.35),
    Sample("waste-nothing-blurred", "Waste Nothing", "brown paper", "bad", "oswald", 103,
           overlap=0.35, by_eye=BLURRED),
    Sample("room-for-nature-portrait", "Room For Nature", "flip chart", "day", "bitter", 105,
           PORTRAIT, 6),
    Sample("decide-together-dim", "Decide Together", "wall", "dim", "montserrat", 106),
    Sample("tools-in-common-glossy", "TOOLS IN COMMON", "whiteboard", "glossy", "work-sans", 107,
           orientation=3),
    Sample("teach-and-learn-skewed", "Teach And Learn", "brown paper", "skewed", "lora", 108),
    Sample("a-welcome-for-every-age-portrait", "A Welcome For Every Age", "cork", "office",
           "open-sans", 109, PORTRAIT, 8),
    Sample("keep-it-simple-cut-off", "Keep It Simple", "wall", "day", "oswald", 110, margin=-0.03),
)  # fmt: skip


def scene(sample: Sample, samples: int = 4) -> SceneSpec:
    """The scene of one recipe."""
    made = compose(
        sample.name, sample.board, BOARDS[sample.board], HANDWRITING, surface=sample.surface,
        mood=sample.mood, heading_font=sample.font, seed=sample.seed, size=sample.size,
        samples=samples, overlap=sample.overlap, margin=sample.margin,
    )  # fmt: skip
    finish = replace(made.finish, orientation=sample.orientation, max_bytes=MAX_BYTES)
    return replace(made, finish=finish)


def read_by_eye(sample: Sample, truth: dict[str, Any]) -> dict[str, Any]:
    """The truth with the texts that blur makes less readable than geometry says."""
    seen = dict(sample.by_eye)
    for note in truth["notes"]:
        if note["piece"] in seen:
            note["text"] = seen[note["piece"]]
            note["legible"] = "none" if note["text"] == "[illeg.]" else "partial"
    return truth


def main() -> int:
    """Render all samples, or those named; exit code 1 says what is missing."""
    parser = argparse.ArgumentParser(description="Render the photographs of samples/.")
    parser.add_argument("--only", nargs="*", default=[], help="names of samples; all if none")
    parser.add_argument("--out", type=Path, default=ROOT / "samples")
    parser.add_argument("--samples", type=int, default=4, help="light samples a pixel")
    parser.add_argument("--scale", type=float, default=1.0, help="smaller for a quick look")
    parser.add_argument("--threads", type=int, default=1, help="threads Blender may use")
    options = parser.parse_args()
    for sample in SAMPLES:
        if options.only and sample.name not in options.only:
            continue
        width, height = (round(side * options.scale) for side in sample.size)
        try:
            made = scene(replace(sample, size=(width, height)), options.samples)
            truth = render(made, options.out, threads=options.threads)
            if sample.by_eye:
                write_truth(read_by_eye(sample, truth), options.out / "truth" / f"{made.name}.json")
        except (FontsMissingError, BlenderMissingError) as error:
            print(error, file=sys.stderr)
            return 1
        print(f"{sample.name}: {len(truth['notes'])} notes", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
