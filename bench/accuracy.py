"""Accuracy of the whole way, photograph to text, as a table in docs/accuracy.md.

    .venv/bin/python bench/accuracy.py [--real ../shared/real] [--generated DIR]

Real photographs are reported by half: DEVELOPMENT boards were looked at and trained on, HELD
boards were only ever measured. `--generated` adds another folder with `photos/` and `truth/`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tables import put

from boardscribe.evaluate import Evaluation, evaluate
from boardscribe.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
MARK = "<!-- accuracy -->"
DEVELOPMENT = frozenset(
    {
        "18f-the-meeting",
        "opl-1606",
        "opl-abstraction-ladder",
        "opl-action-steps-1",
        "packt-4-3",
        "tb-group-ranking",
    }
)


def transcribed(photos: Path, workspace: Path) -> Path:
    """Run the command as a user does."""
    command = [sys.executable, "-m", "boardscribe", "transcribe", str(photos)]
    options = ["--workspace", str(workspace), "--jobs", "2", "--no-report"]
    subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL)
    return workspace


def measured(workspace: Path, truths: list[Path]) -> Evaluation:
    """Measure the photos that these truth files describe."""
    with tempfile.TemporaryDirectory() as folder, Workspace.open(workspace, create=False) as space:
        for truth in truths:
            shutil.copy(truth, folder)
        return evaluate(space.snapshot(), Path(folder))


def percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def row(name: str, photos: int, evaluation: Evaluation) -> str:
    data = evaluation.as_dict()
    total, calibration = data["total"], data["calibration"]
    found, text = total["detection"], total["text"]
    accepted = total["acceptance"]
    cells = [
        name,
        str(photos),
        str(found["truth"]),
        number(found["f1"]),
        number(found["f1_75"]),
        number(found["mean_iou"]),
        percent(total["shape"]["accuracy"]),
        percent(total["headings"]["accuracy"]),
        number(text["matched_folded"]["cer"]),
        number(text["end_to_end_folded"]["cer"]),
        number(text["end_to_end"]["cer"]),
        number(text["end_to_end_folded"]["wer"]),
        percent(text["end_to_end_folded"]["exact_share"]),
        percent(total["legibility"]["blank_recall"]),
        percent(total["legibility"]["written_called_blank"]),
        number(calibration["auroc"]),
        number(calibration["ece_mass"]),
        percent(accepted["accepted_share"]),
        percent(accepted["wrong_share_of_accepted"]),
    ]
    return "| " + " | ".join(cells) + " |"


HEAD = (
    "| set | photos | notes | F1 at IoU 0.5 | F1 at 0.75 | mean IoU | shape | heading "
    "| CER matched | CER end to end | the same, case counts | WER end to end | exact | blank found "
    "| written called blank | AUROC | ECE | accepted | of those wrong |\n"
    "|---|" + "---:|" * 18
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--real", type=Path, default=ROOT.parent / "shared" / "real")
    parser.add_argument("--generated", type=Path, action="append", default=[])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "accuracy.md")
    options = parser.parse_args()
    rows = [HEAD]
    with tempfile.TemporaryDirectory() as folder:
        sets = [("samples", ROOT / "samples"), *((g.name, g) for g in options.generated)]
        for index, (name, path) in enumerate(sets):
            workspace = transcribed(path / "photos", Path(folder) / str(index))
            truths = sorted((path / "truth").glob("*.json"))
            rows.append(row(name, len(truths), measured(workspace, truths)))
        if options.real.is_dir():
            workspace = transcribed(options.real / "photos", Path(folder) / "real")
            truths = sorted((options.real / "truth").glob("*.json"))
            held = [truth for truth in truths if truth.stem not in DEVELOPMENT]
            development = [truth for truth in truths if truth.stem in DEVELOPMENT]
            halves = (("real, development", development), ("real, held", held), ("real", truths))
            rows += [row(name, len(part), measured(workspace, part)) for name, part in halves]
    table = "\n".join(rows)
    print(table)
    put(options.out, MARK, table)


if __name__ == "__main__":
    main()
