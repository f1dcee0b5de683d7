"""Render photographs of invented workshop boards, with truth, for training and measuring.

    python models/training/photoreal/generate.py --out DIR --count 12 --seed 1

The same seed gives the same photographs. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from training.photoreal import texts
from training.photoreal.fonts import (
    HANDWRITING,
    PRINTED,
    FontsMissingError,
    evaluation_families,
    font_file,
)
from training.photoreal.render import BlenderMissingError, render
from training.photoreal.specs import SURFACES, SceneSpec
from training.photoreal.studio import compose

__all__ = ["main", "random_scene"]

MOOD_ODDS = {"day": 0.32, "office": 0.28, "dim": 0.1, "skewed": 0.14, "glossy": 0.1, "bad": 0.06}


def random_scene(
    seed: int,
    number: int,
    size: tuple[int, int],
    samples: int,
    *,
    view: int = 0,
    fonts: Sequence[str] = HANDWRITING,
) -> SceneSpec:
    """Scene `number` of a seed: board, texts, surface, light and camera by chance.

    Further views show the same board, note for note, in another light and from elsewhere.
    """
    rng = np.random.default_rng([seed, number])
    surface = str(rng.choice(SURFACES))
    mood = str(rng.choice(list(MOOD_ODDS), p=list(MOOD_ODDS.values())))
    count = int(rng.integers(12, 30))
    upright = size[::-1] if rng.random() < 0.22 else size
    title = texts.heading(rng)
    moods = [mood, *(other for other in MOOD_ODDS if other != mood)]
    mood = moods[view % len(moods)]
    name = f"board-{seed}-{number:03d}" + (f"-view{view + 1}" if view else "")
    scene = compose(
        name, title, texts.wishes(rng, count), fonts,
        surface=surface, mood=mood, heading_font=str(rng.choice(PRINTED)),
        seed=int(rng.integers(2**31)), size=upright, samples=samples,
        overlap=float(rng.uniform(0.1, 0.45)),
    )  # fmt: skip
    if upright != size:
        turned = replace(scene.finish, orientation=int(rng.choice([6, 8])))
        scene = replace(scene, finish=turned)
    return scene


def main() -> int:
    """Parse the command line and render; exit code 1 says what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True, help="folder for photos/ and truth/")
    parser.add_argument("--count", type=int, default=1, help="how many boards")
    parser.add_argument("--seed", type=int, default=1, help="chance; the same gives the same")
    parser.add_argument("--size", default="2600x1950", help="pixels, WIDTHxHEIGHT")
    parser.add_argument("--samples", type=int, default=6, help="light samples a pixel")
    parser.add_argument("--threads", type=int, default=1, help="threads Blender may use")
    parser.add_argument("--views", type=int, default=1, help="photographs of each board")
    parser.add_argument(
        "--evaluation", action="store_true", help="fonts that nothing may be trained on"
    )
    options = parser.parse_args()
    hands = evaluation_families() if options.evaluation else HANDWRITING
    width, height = (int(part) for part in options.size.lower().split("x"))
    try:
        for family in (*hands, *PRINTED):
            font_file(family)
        for number, view in product(range(options.count), range(options.views)):
            start = time.monotonic()
            size = (width, height)
            scene = random_scene(
                options.seed, number, size, options.samples, view=view, fonts=hands
            )
            if (options.out / "truth" / f"{scene.name}.json").exists():
                continue
            truth = render(scene, options.out, threads=options.threads)
            spent = time.monotonic() - start
            print(f"{scene.name}: {len(truth['notes'])} notes, {spent:.0f} s", flush=True)
    except (FontsMissingError, BlenderMissingError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
