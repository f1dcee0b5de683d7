"""Trains the recogniser on simulated hands and real lines, several times side by side.

Usage: PYTHONPATH=models python models/training/reading/train_recogniser.py --data FOLDER --out FOLDER
           [--minutes 8] [--workers 9] [--networks NAME@RATE,...]

The data folder holds `latin.onnx` (export.py), `letters.npz` (skeletons.py), `words.txt`
(wording.py), `dev.npz` and `samples.npz` (lines.py) and `fonts/`. Several networks are trained on one
stream of batches: on simulated lines alone (`sim`); with the real lines of one half of the boards
or the other (`first`, `second`), each watched on the half it has not seen; and with all of them
(`all`), at one rate or another. Networks are
judged by what their running averages read, likeliest letter by likeliest letter, without regard
to case: shares of wrong letters. Nothing is chosen by lines that a network was trained on.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from rapidfuzz.distance import Levenshtein
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from training.reading import batches, linefile
from training.reading.batches import Batch, Codes, Plan
from training.reading.net import GraphModule, characters_of
from training.reading.steps import Feed, advance, prepared, rate_at

BOARDS = (
    ("opl-1606", "opl-abstraction-ladder", "tb-group-ranking"),
    ("18f-the-meeting", "opl-action-steps-1", "packt-4-3"),
)
"""The development half, in two halves of about as many lines."""
_GROUPS: dict[str, tuple[int, ...]] = {
    "sim": (),
    "first": (0,),
    "second": (1,),
    "all": (0, 1),
}
"""Networks and the halves whose real lines they are given."""
_NETWORKS = ",".join(
    [
        "sim@6e-5",
        *(
            f"{name}@{rate}"
            for rate in ("2e-5", "6e-5", "2e-4")
            for name in ("first", "second", "all")
        ),
    ]
)
_SHARES = (0.3, 0.5, 0.75)
"""Parts of the way from the shipped weights to the trained ones that are judged as well."""
_CASED = 0.3
"""Weight of the loss that tells capitals from small letters."""


@dataclass(slots=True, eq=False)
class Run:
    """One network in training."""

    name: str
    groups: tuple[int, ...]
    """Whose real lines it is given."""
    rate: float
    module: GraphModule
    average: GraphModule
    optimiser: torch.optim.Optimizer
    losses: list[Tensor] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """Lines to judge networks by."""

    name: str
    batches: list[tuple[Tensor, tuple[str, ...]]]


class Loss:
    """Connectionist temporal classification, with and without case."""

    def __init__(self, codes: Codes, device: torch.device) -> None:
        # What the engine does to probabilities, as a matrix: classes x letters.
        count = len(codes.classes) + 1
        fold = torch.from_numpy(codes.alphabet.fold(np.eye(count, dtype=np.float32))[0])
        self.fold = fold.to(device)
        self._codes = codes
        self._device = device

    def targets(self, texts: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
        """Cased classes, folded letters (N x longest each) and lengths, the last on the CPU."""
        longest = max(len(text) for text in texts)
        cased = np.zeros((len(texts), longest), np.int64)
        folded = np.zeros((len(texts), longest), np.int64)
        for row, text in enumerate(texts):
            cased[row, : len(text)] = self._codes.cased(text)
            folded[row, : len(text)] = self._codes.folded(text)
        # On the CPU, where the loss wants them: fetching them from a GPU would wait for it.
        lengths = torch.tensor([len(text) for text in texts])
        move = self._device
        return torch.from_numpy(cased).to(move), torch.from_numpy(folded).to(move), lengths

    def __call__(self, logits: Tensor, targets: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Mean over the lines of each loss per letter."""
        cased, folded, lengths = targets
        logs = logits.float().log_softmax(-1)
        steps = torch.full((logits.shape[0],), logits.shape[1])
        letters = (logs.exp() @ self.fold + 1e-7).log()
        plain = F.ctc_loss(
            letters.transpose(0, 1), folded, steps, lengths, reduction="none", zero_infinity=True
        )
        exact = F.ctc_loss(
            logs.transpose(0, 1), cased, steps, lengths, reduction="none", zero_infinity=True
        )
        return ((plain + _CASED * exact) / (lengths.to(plain.device) + 2)).mean()


def plain(text: str) -> str:
    """As texts are compared: without case, bullets and repeated spaces."""
    return " ".join(text.lower().replace("□", " ").replace("–", "-").split())


@torch.no_grad()
def read(module: GraphModule, pictures: Tensor, loss: Loss, letters: Sequence[str]) -> list[str]:
    """The likeliest letter of each step, repetitions and blanks removed."""
    probabilities = torch.softmax(module(pictures).float(), -1) @ loss.fold
    texts = []
    for row in probabilities.argmax(-1).cpu().numpy():
        kept = [
            int(n) for n, before in zip(row, [0, *row[:-1]], strict=True) if n not in (0, before)
        ]
        texts.append("".join(letters[n] for n in kept))
    return texts


def judge(module: GraphModule, check: Check, loss: Loss, letters: Sequence[str]) -> float:
    """Share of letters read wrong."""
    wrong = total = 0
    for pictures, texts in check.batches:
        for text, found in zip(texts, read(module, pictures, loss, letters), strict=True):
            wrong += Levenshtein.distance(plain(text), plain(found))
            total += len(plain(text))
    return wrong / max(1, total)


def checks_of(data: Path, device: torch.device, count: int) -> list[Check]:
    """Real lines by board, lines of samples, simulated ones in unknown letters."""
    sets: dict[str, list[tuple[np.ndarray, str]]] = {}
    for line in linefile.load(data / "dev.npz"):
        if line.text:
            sets.setdefault(line.board, []).append((line.strip, line.text))
    sets["samples"] = [(n.strip, n.text) for n in linefile.load(data / "samples.npz") if n.text]
    sets["simulated"] = list(batches.check_lines(data, count))
    return [Check(name, list(_packed(lines, device))) for name, lines in sets.items()]


def _packed(
    lines: list[tuple[np.ndarray, str]], device: torch.device
) -> Iterator[tuple[Tensor, tuple[str, ...]]]:
    lines = sorted(lines, key=lambda line: line[0].shape[1])
    for begin in range(0, len(lines), 64):
        batch = batches.pack(lines[begin : begin + 64])
        yield prepared(batch.pictures, device), batch.texts


def runs_of(model: onnx.ModelProto, wanted: Sequence[str], device: torch.device) -> list[Run]:
    """Networks to train, each named by its lines and its rate."""
    runs = []
    for entry in wanted:
        name, _, rate = entry.partition("@")
        module, average = GraphModule(model).to(device), GraphModule(model).to(device)
        average.requires_grad_(False)
        optimiser = torch.optim.AdamW(
            module.parameters(), lr=float(rate), weight_decay=0.01, fused=device.type == "cuda"
        )
        runs.append(Run(entry, _GROUPS[name], float(rate), module, average, optimiser))
    return runs


def rows_of(run: Run, plan: Plan) -> list[int]:
    """Which lines of a batch a network is given; as many real ones whoever it is."""
    rows = list(range(plan.simulated))
    each = plan.real // max(1, len(run.groups))
    for group in run.groups:
        begin = plan.simulated + group * plan.real
        rows += range(begin, begin + each)
    return rows


def step(
    run: Run,
    pictures: Tensor,
    targets: tuple[Tensor, Tensor, Tensor],
    rows: Sequence[int],
    loss: Loss,
    rate: float,
    count: int,
    *,
    half: bool,
) -> None:
    """One step of one network on some rows of a batch."""
    places = torch.tensor(rows)
    there = places.to(pictures.device, non_blocking=True)
    cased, folded, lengths = targets
    with torch.autocast(pictures.device.type, torch.bfloat16, enabled=half):
        logits = run.module(pictures[there])
    value = loss(logits, (cased[there], folded[there], lengths[places]))
    advance(run.module, run.average, run.optimiser, value, rate=rate, count=count, clip=10.0)
    run.losses.append(value.detach())


def report(
    runs: Sequence[Run], checks: Sequence[Check], loss: Loss, codes: Codes
) -> dict[str, dict[str, float]]:
    """Print a table of wrong letters; boards that a network was trained on stand in brackets."""
    table = {}
    names = [check.name for check in checks]
    print(f"{'':16}" + "".join(f"{name[:13]:>14}" for name in names) + f"{'left out':>10}")
    for run in runs:
        seen = {board for group in run.groups for board in BOARDS[group]}
        row = {c.name: judge(run.average, c, loss, codes.alphabet.letters) for c in checks}
        cells = [f"({row[n]:.4f})" if n in seen else f"{row[n]:.4f}" for n in names]
        print(
            f"{run.name:16}"
            + "".join(f"{cell:>14}" for cell in cells)
            + f"{_unseen(run, checks, row):10.4f}"
        )
        table[run.name] = row
    for rate, share in left_out(runs, checks, table).items():
        print(f"left out by board, rate {rate:g}: {share:.4f}")
    sys.stdout.flush()
    return table


def left_out(
    runs: Sequence[Run], checks: Sequence[Check], table: Mapping[str, Mapping[str, float]]
) -> dict[float, float]:
    """Share of wrong letters by rate, every board read by the network that has not seen it."""
    found = {}
    for rate in sorted({run.rate for run in runs}):
        parts = {run.name.partition("@")[0]: run for run in runs if run.rate == rate}
        if {"first", "second"} <= set(parts):
            counts = [_counts(parts[n], checks, table[parts[n].name]) for n in ("first", "second")]
            found[rate] = sum(wrong for wrong, _ in counts) / max(1, sum(n for _, n in counts))
    return found


def _counts(run: Run, checks: Sequence[Check], row: Mapping[str, float]) -> tuple[float, float]:
    """Wrong letters and letters on the boards that a network has not seen."""
    seen = {board for group in run.groups for board in BOARDS[group]}
    wrong = total = 0.0
    for check in checks:
        if any(check.name in boards for boards in BOARDS) and check.name not in seen:
            size = sum(len(plain(text)) for _, texts in check.batches for text in texts)
            wrong, total = wrong + row[check.name] * size, total + size
    return wrong, total


def _unseen(run: Run, checks: Sequence[Check], row: Mapping[str, float]) -> float:
    wrong, total = _counts(run, checks, row)
    return wrong / total if total else math.nan


def towards(start: GraphModule, run: Run, share: float) -> Run:
    """The network part of the way from where it started to where training led it."""
    mixed = GraphModule.__new__(GraphModule)
    mixed.__dict__.update(run.average.__dict__)
    mixed._parameters = {
        name: torch.nn.Parameter(
            torch.lerp(dict(start.named_parameters())[name], value, share), requires_grad=False
        )
        for name, value in run.average.named_parameters()
    }
    return Run(f"{run.name} x{share:g}", run.groups, run.rate, mixed, mixed, run.optimiser)


def save(path: Path, runs: Sequence[Run]) -> None:
    """Running averages in half precision, by name of the network."""
    states = {
        run.name: {name: value.half().cpu() for name, value in run.average.named_parameters()}
        for run in runs
    }
    torch.save(states, path)


def _save_best(out: Path, runs: Sequence[Run], scores: Mapping[float, float]) -> None:
    """Keep the networks of the two rates, and the halves of the one, that did best on boards
    left out."""
    rates = sorted({run.rate for run in runs}, key=lambda rate: scores.get(rate, math.inf))
    kept = [run for rate in rates[:2] for run in runs if run.rate == rate]
    save(out / "all.pt", [run for run in kept if run.name.startswith("all")])
    best = [run for run in kept if run.rate == rates[0]]
    save(out / "halves.pt", [run for run in best if run.name.startswith(("first", "second"))])
    print("kept: " + ", ".join(f"{rate:g}" for rate in rates[:2]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--workers", type=int, default=9)
    parser.add_argument("--networks", default=_NETWORKS)
    parser.add_argument("--simulated", type=int, default=128)
    parser.add_argument("--real", type=int, default=32)
    parser.add_argument("--check", type=int, default=600, help="simulated lines to judge by")
    parser.add_argument("--reports", type=int, default=3)
    parser.add_argument("--bf16", action="store_true", help="compute in half precision")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    began = time.monotonic()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    wanted.out.mkdir(parents=True, exist_ok=True)
    model = onnx.load(str(wanted.data / "latin.onnx"))
    codes = Codes(characters_of(model))
    plan = Plan(wanted.data, BOARDS, wanted.simulated, wanted.real, wanted.seed)
    given = (plan, characters_of(model))
    source, workers = batches.start(batches.put_lines, given, wanted.workers)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    loss = Loss(codes, device)
    feed: Feed[Batch] = Feed(source)
    checks = checks_of(wanted.data, device, wanted.check)
    start = GraphModule(model).to(device).requires_grad_(False)
    runs = runs_of(model, wanted.networks.split(","), device)
    first = Run("start", (), 0.0, start, start, runs[0].optimiser)
    print(f"device {device}, {len(runs)} networks, ready after {time.monotonic() - began:.0f} s")
    report([first], checks, loss, codes)
    judging = time.monotonic()
    report([first], checks, loss, codes)
    loop_began = time.monotonic()
    # The closing reports need time as well.
    closing = (loop_began - judging) * len(runs) * (1.2 + len(_SHARES))
    last = max(began + 60 * wanted.minutes - closing, loop_began + 20)
    print(f"training for {last - loop_began:.0f} s, {closing:.0f} s for the end", flush=True)
    rows = {run.name: rows_of(run, plan) for run in runs}
    count, lines = 0, 0
    reports = 1
    for batch, done in feed.until(last):
        pictures = prepared(batch.pictures, device)
        targets = loss.targets(batch.texts)
        for run in runs:
            rate = run.rate * rate_at(done)
            step(run, pictures, targets, rows[run.name], loss, rate, count, half=wanted.bf16)
        count += 1
        lines += len(batch.texts)
        if count == 20 or done > reports / wanted.reports:
            reports += count != 20
            spent = time.monotonic() - loop_began
            print(
                f"{spent:.0f} s, {count} steps, {lines} lines, waited {feed.waited:.0f} s for them"
            )
            for run in runs:
                recent = torch.stack(run.losses).mean().item()
                run.losses.clear()
                print(f"  {run.name}: loss {recent:.4f}", flush=True)
            if count != 20:
                report(runs, checks, loss, codes)
                save(wanted.out / "all.pt", [r for r in runs if r.name.startswith("all")][:2])
    for process in workers:
        process.terminate()
    print(f"{count} steps, {lines} lines, waited {feed.waited:.0f} s; the end:")
    scores = left_out(runs, checks, report(runs, checks, loss, codes))
    _save_best(wanted.out, runs, scores)
    for share in _SHARES:
        mixed = [towards(start, run, share) for run in runs]
        for rate, score in left_out(mixed, checks, report(mixed, checks, loss, codes)).items():
            scores[rate] = min(scores[rate], score)
    _save_best(wanted.out, runs, scores)
    print(f"{time.monotonic() - began:.0f} s in all")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
