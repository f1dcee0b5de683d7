"""Seconds and peak memory of each stage, and how a run scales with photos and jobs.

    .venv/bin/python bench/stages.py [--photos DIR] [--out bench/README.md]

Timings are from one run on one machine: read them as ratios. Peak memory by stage uses Linux's
resettable high-water mark; elsewhere only the peak of the whole process is known.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tables import put

from boardscribe import headings, photos, reading, segment, shapes
from boardscribe.options import Options
from boardscribe.straighten import encode, straighten

ROOT = Path(__file__).resolve().parent.parent
MARK = "<!-- stages -->"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one stage of one photo took."""

    seconds: float
    peak_mb: float


def measured(work: Callable[[], T]) -> tuple[T, Cost]:
    """Run `work`; seconds of wall clock and peak resident memory while it ran."""
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")
    start = time.perf_counter()
    result = work()
    return result, Cost(time.perf_counter() - start, _peak_mb())


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024)


def one_photo(path: Path, models: dict[str, object]) -> tuple[str, dict[str, Cost]]:
    """All stages of one photo, in the order of `boardscribe.transcribe`."""
    options = Options()
    if not models:
        models["segment"] = segment.Segmenter(options.segment)
        models["shape"] = shapes.ShapeClassifier()
        models["heading"] = headings.HeadingFinder(options.headings)
        models["read"] = reading.Reader(options.read)
    costs: dict[str, Cost] = {}
    loaded, costs["load"] = measured(lambda: photos.load(path, options.photos))
    image = loaded.image
    found, costs["segment"] = measured(lambda: models["segment"].find(image))
    guesses, costs["shape"] = measured(lambda: models["shape"].classify(image, found))
    _, costs["heading"] = measured(lambda: models["heading"].find(image, found))
    crops, costs["straighten"] = measured(
        lambda: [straighten(image, d.polygon, g.shape) for d, g in zip(found, guesses, strict=True)]
    )
    _, costs["encode"] = measured(lambda: [encode(crop) for crop in crops])
    _, costs["read"] = measured(lambda: models["read"].read(crops))
    height, width = image.shape[:2]
    label = f"{path.name} | {width * height / 1e6:.1f} | {len(found)}"
    return label, costs


def by_stage(paths: list[Path]) -> str:
    """Table of stages; models are loaded, and each has run once, before the first row."""
    models: dict[str, object] = {}
    one_photo(paths[0], models)
    rows = [one_photo(path, models) for path in paths]
    stages = list(rows[0][1])
    lines = [
        "| photo | Mpx | notes | " + " | ".join(f"{s} s" for s in stages) + " | sum s | peak MB |",
        "|---|---:|---:|" + "---:|" * (len(stages) + 2),
    ]
    for label, costs in rows:
        seconds = [costs[stage].seconds for stage in stages]
        peak = max(cost.peak_mb for cost in costs.values())
        cells = [f"{value:.2f}" for value in seconds] + [f"{sum(seconds):.2f}", f"{peak:.0f}"]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    means = {s: sum(costs[s].seconds for _, costs in rows) / len(rows) for s in stages}
    total = sum(means.values())
    lines.append(
        "| **mean** | | | " + " | ".join(f"{means[s]:.2f}" for s in stages) + f" | {total:.2f} | |"
    )
    lines.append(
        "| **share** | | | " + " | ".join(f"{means[s] / total:.0%}" for s in stages) + " | | |"
    )
    peaks = {s: max(costs[s].peak_mb for _, costs in rows) for s in stages}
    lines.append(
        "| **peak MB** | | | "
        + " | ".join(f"{peaks[s]:.0f}" for s in stages)
        + f" | | {max(peaks.values()):.0f} |"
    )
    return "\n".join(lines)


def run_once(paths: list[Path], jobs: int) -> tuple[float, float]:
    """Wall-clock seconds and peak memory (all processes) of one whole `transcribe`."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(sys.executable, "-m", "boardscribe", "transcribe", *map(str, paths)),
            *("--workspace", folder, "--jobs", str(jobs)),
        ]
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _tree_mb(process.pid))
            time.sleep(0.1)
        seconds = time.perf_counter() - start
        if process.returncode != 0:
            raise SystemExit(f"transcribe ended with {process.returncode}: {' '.join(command)}")
    return seconds, peak


def _tree_mb(pid: int) -> float:
    """Resident memory of a process and its descendants; 0 where /proc is absent."""
    total, todo = 0.0, [pid]
    while todo:
        current = todo.pop()
        try:
            pages = int(Path(f"/proc/{current}/statm").read_text().split()[1])
            todo += map(int, Path(f"/proc/{current}/task/{current}/children").read_text().split())
        except (OSError, IndexError):
            continue
        total += pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return total


def scaling(paths: list[Path]) -> str:
    """Table of whole runs: start of the program, loading of models and the report included."""
    lines = [
        "| photos | jobs | seconds | photos a minute | against 1 job | peak MB, all processes |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    counts = sorted({1, 2, 4, len(paths)} & set(range(1, len(paths) + 1)))
    for count in counts:
        single = 0.0
        for jobs in (1, 2):
            seconds, peak = run_once(paths[:count], jobs)
            single = seconds if jobs == 1 else single
            lines.append(
                f"| {count} | {jobs} | {seconds:.1f} | {60 * count / seconds:.1f} "
                f"| {single / seconds:.2f} x | {peak:.0f} |"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=ROOT / "samples" / "photos")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "README.md")
    options = parser.parse_args()
    paths = sorted(p for p in options.photos.iterdir() if p.suffix in {".jpg", ".jpeg", ".png"})
    table = (
        f"Measured on {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, over `{options.photos.name}` of "
        f"`{options.photos.parent.name}/`; one thread a process.\n\n"
        f"### By stage, one process, models loaded\n\n{by_stage(paths)}\n\n"
        f"### Whole runs\n\n{scaling(paths)}"
    )
    print(table)
    put(options.out, MARK, table)


if __name__ == "__main__":
    main()
