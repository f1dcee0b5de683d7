"""Put an ONNX file into `boardscribe_models` and its size and checksum into `models.json`.

    PYTHONPATH=models python -m training.install segment segment.onnx --version 1.0

The card, `NAME.md` beside the file, is written by hand.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "boardscribe_models"
SUMMARIES = {
    "detect": "Finds lines of handwriting: PP-OCRv6's text detector, trained further.",
    "recognise": "Reads a line of handwriting: PP-OCRv6's recogniser, trained further.",
    "segment": "Finds notes: what each pixel shows, and where the centre of its note is.",
    "shape": "Tells the shape of an outline: square, bubble, heart, tick or other.",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(SUMMARIES))
    parser.add_argument("file", type=Path)
    parser.add_argument("--version", required=True)
    arguments = parser.parse_args()
    data = arguments.file.read_bytes()
    (FOLDER / f"{arguments.name}.onnx").write_bytes(data)
    index = FOLDER / "models.json"
    entries = {entry["name"]: entry for entry in json.loads(index.read_text())}
    entries[arguments.name] = {
        "name": arguments.name,
        "file": f"{arguments.name}.onnx",
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "licence": "Apache-2.0",
        "version": arguments.version,
        "summary": SUMMARIES[arguments.name],
    }
    ordered = [entries[name] for name in sorted(entries)]
    index.write_text(json.dumps(ordered, indent=2) + "\n")


if __name__ == "__main__":
    main()
