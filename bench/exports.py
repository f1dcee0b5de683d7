"""Seconds, peak memory and size of each export format for a workspace of many notes.

    .venv/bin/python bench/exports.py [--notes 20000] [--formats NAME ...] [--out docs/exports.md]

Each format runs in a process of its own. Memory includes the snapshot itself. Crops are 300 x 300
pictures of noise, about 30 kB each, hard links to one file.
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
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
BEGIN, END = "<!-- exports:begin -->", "<!-- exports:end -->"
LIMIT_SECONDS, LIMIT_MB = 60, 1024


def draw(workspace: Path, notes: int) -> None:
    """Write the pictures that the snapshot names."""
    from support.snapshots import large

    noise = np.random.default_rng(1).normal(0, 20, (300, 300, 3))
    picture = np.clip(np.full((300, 300, 3), (250, 224, 110)) + noise, 0, 255).astype(np.uint8)
    one = workspace / "one.jpg"
    Image.fromarray(picture).save(one, quality=85)
    snapshot = large(notes)
    paths = [entry.preview for entry in snapshot.photos]
    paths += [seen.crop for note in snapshot.notes for seen in note.sightings]
    for path in paths:
        target = workspace / str(path)
        target.parent.mkdir(exist_ok=True)
        # A file takes only so many links; the next ones are of a copy.
        try:
            os.link(one, target)
        except OSError:
            target.write_bytes(one.read_bytes())
            one = target


def work(name: str, workspace: Path, notes: int) -> None:
    """Export once; prints seconds, seconds of the processor and peak megabytes."""
    from support.snapshots import large

    from boardscribe.export import ExportSettings, write_export
    from boardscribe.options import Options

    snapshot = large(notes)
    settings = ExportSettings(workspace=workspace)
    start, before = time.perf_counter(), time.process_time()
    write_export(snapshot, Options(), format=name, out=workspace / "out" / name, settings=settings)
    seconds = time.perf_counter() - start
    busy = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(seconds, busy, peak / (2**20 if platform.system() == "Darwin" else 2**10))


def size_mb(path: Path) -> float:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=20_000)
    parser.add_argument("--formats", nargs="*")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "exports.md")
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.work[0], Path(arguments.work[1]), arguments.notes)
        return 0

    from boardscribe.export import FORMATS

    rows, slow = [], []
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        draw(workspace, arguments.notes)
        for name in arguments.formats or sorted(FORMATS):
            command = [sys.executable, __file__, "--notes", str(arguments.notes)]
            done = subprocess.run(
                [*command, "--work", name, str(workspace)],
                check=True,
                capture_output=True,
                text=True,
            )
            seconds, busy, peak = (float(value) for value in done.stdout.split())
            size = size_mb(workspace / "out" / name)
            rows.append(f"| `{name}` | {seconds:.1f} | {busy:.1f} | {peak:.0f} | {size:.0f} |")
            print(rows[-1], flush=True)
            if seconds > LIMIT_SECONDS or peak > LIMIT_MB:
                slow.append(name)
    table = "\n".join(
        [
            f"Made by `python bench/exports.py --notes {arguments.notes}` on a machine with "
            f"{os.cpu_count()} cores that also did other work; limits: {LIMIT_SECONDS} s and "
            f"{LIMIT_MB} MB.",
            "",
            "| format | seconds | of the processor | peak MB | size MB |",
            "|---|---:|---:|---:|---:|",
            *rows,
        ]
    )
    if not arguments.formats:
        text = arguments.out.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        _, _, after = rest.partition(END)
        arguments.out.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
    if slow:
        print("over the limit:", ", ".join(slow))
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
