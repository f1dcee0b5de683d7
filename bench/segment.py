"""Finding and typing notes against decoding the photo: one core, one run, 12 megapixels.

    .venv/bin/python bench/segment.py [--rounds 7] [--out bench/README.md]

The photograph is two boards of `samples/` put one over the other and scaled to 4000 x 3000, saved
in two qualities: of the real photographs of 5 megapixels and more some have 1.1 to 1.8 bits a
pixel, others 4, and decoding takes the longer the more there are. Rounds of decoding and of finding
alternate, so that a busy machine slows both; the table has the medians and the
median of the ratios. Peak memory is that of a process that does nothing else.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from tables import put

from boardscribe import photos, segment, shapes
from boardscribe.options import Options

ROOT = Path(__file__).resolve().parent.parent
MARK = "<!-- segment -->"
BOARDS = ("open-to-newcomers.jpg", "share-the-water.jpg")
SIZE = (4000, 3000)
QUALITIES = (92, 98)


def photograph(folder: Path, quality: int) -> Path:
    """Two boards in one photograph of 12 megapixels."""
    halves = [
        cv2.resize(cv2.imread(str(ROOT / "samples/photos" / name)), (SIZE[0], SIZE[1] // 2))
        for name in BOARDS
    ]
    # Enlarging makes a picture smooth; a camera's grain makes the file as large as cameras' are.
    grain = np.random.default_rng(1).normal(0, 3, (SIZE[1], SIZE[0], 3)).astype(np.float32)
    picture = np.clip(np.vstack(halves) + cv2.GaussianBlur(grain, (0, 0), 0.6), 0, 255)
    path = folder / "two-boards.jpg"
    cv2.imwrite(str(path), picture.astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return path


def seconds(work: Callable[[], object]) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start


def peak_mb(path: Path) -> float:
    """Peak resident memory of loading a photo, finding its notes and typing them.

    As Linux counts it for the program alone: `getrusage` would count this one, which starts it.
    """
    script = (
        "import sys; from pathlib import Path\n"
        "import cv2; cv2.setNumThreads(1)\n"
        "from boardscribe import photos, segment, shapes\n"
        "from boardscribe.options import Options\n"
        "image = photos.load(Path(sys.argv[1]), Options().photos).image\n"
        "found = segment.Segmenter(Options().segment).find(image)\n"
        "shapes.ShapeClassifier().classify(image, found)\n"
        "status = Path('/proc/self/status').read_text()\n"
        "print(int(status.split('VmHWM:')[1].split()[0]) / 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def row(path: Path, rounds: int) -> str:
    """One photograph as a line of the table."""
    options = Options()
    segmenter, classifier = segment.Segmenter(options.segment), shapes.ShapeClassifier()
    image = photos.load(path, options.photos).image
    found = segmenter.find(image)
    classifier.classify(image, found)
    data = np.fromfile(path, np.uint8)
    rows = [
        (
            seconds(lambda: cv2.imdecode(data, cv2.IMREAD_COLOR)),
            seconds(lambda: photos.load(path, options.photos)),
            seconds(lambda: segmenter.find(image)),
            seconds(lambda: classifier.classify(image, found)),
        )
        for _ in range(rounds)
    ]
    plain, strict, find, tell = (statistics.median(column) for column in zip(*rows, strict=True))
    to_plain = statistics.median((f + t) / p for p, _, f, t in rows)
    to_strict = statistics.median((f + t) / s for _, s, f, t in rows)
    return (
        f"| {path.stat().st_size / 1e6:.1f} | {len(found)} | {plain:.3f} | {strict:.3f} | {find:.3f} "
        f"| {tell:.3f} | **{to_plain:.1f}** | {to_strict:.1f} | {peak_mb(path):.0f} |"
    )


def table(rounds: int) -> str:
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        lines = [row(photograph(Path(folder), quality), rounds) for quality in QUALITIES]
    return (
        f"{SIZE[0] * SIZE[1] / 1e6:.0f} megapixels, {rounds} rounds, processor seconds of one thread.\n\n"
        "| file, MB | notes | decoding, OpenCV | loading as boardscribe does (strict, hashed) "
        "| finding notes | telling shapes | both / OpenCV's decoding | both / loading | peak MB |\n"
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n" + "\n".join(lines)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "README.md")
    arguments = parser.parse_args()
    text = table(arguments.rounds)
    print(text)
    put(arguments.out, MARK, text)


if __name__ == "__main__":
    main()
