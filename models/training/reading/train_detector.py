"""Trains the line detector further on whole notes of simulated hands.

Usage: PYTHONPATH=models python models/training/reading/train_detector.py --data FOLDER --out FOLDER
           [--minutes 8] [--workers 4] [--rate 2e-4]

The data folder is that of train_recogniser.py. The network is PP-OCRv6's small detector as shipped in the
rapidocr wheel; the loss is that of its map, after Liao et al., "Real-time Scene Text Detection
with Differentiable Binarization" (AAAI 2020): cross-entropy with as many of the hardest other
pixels as count, and the overlap. No real photograph takes part, so all of them can tell what it
is worth. `average.pt` is the running average of the weights, for `export.py trained`.
"""

from __future__ import annotations

import argparse
import multiprocessing.queues
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from boardscribe.lines import TextBox, find_boxes
from training.reading import batches
from training.reading.net import GraphModule
from training.reading.pages import Page, make_page
from training.reading.steps import Feed, advance, prepared, rate_at

_SIZES = ((320, 320), (320, 320), (320, 256), (256, 320), (416, 416), (416, 352), (352, 416))
"""Width and height of the views of a batch."""
_BATCH = 24
_OTHERS = 3.0
"""So many pixels beside the cores count for each one inside: the hardest."""


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    pictures: NDArray[np.uint8]
    """N x h x w x 3 BGR."""
    cores: NDArray[np.uint8]
    """N x h x w."""


def put_pages(
    data: Path, seed: int, number: int, queue: multiprocessing.queues.Queue[_Batch]
) -> None:
    """Put batches of notes into a queue; see `batches.start`."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng((seed, number))
    simulator = batches.simulator_of(data, rng)
    while True:
        size = _SIZES[int(rng.integers(len(_SIZES)))]
        pages = [make_page(simulator, size, rng) for _ in range(_BATCH)]
        queue.put(_Batch(np.stack([p.picture for p in pages]), np.stack([p.cores for p in pages])))


def loss_of(logits: Tensor, cores: Tensor) -> Tensor:
    """Of maps N x 1 x h x w against cores N x h x w, 0 or 1."""
    logits = logits[:, 0].float()
    each = F.binary_cross_entropy_with_logits(logits, cores, reduction="none")
    inside = cores.sum()
    count = int(torch.clamp(_OTHERS * inside, 2000, cores.numel() - 1))
    hardest = (each * (1 - cores)).flatten().topk(count).values
    crossed = ((each * cores).sum() + hardest.sum()) / (inside + count)
    shown = torch.sigmoid(logits)
    shared = (shown * cores).sum((1, 2))
    overlap = 1 - (2 * shared + 20) / (shown.sum((1, 2)) + cores.sum((1, 2)) + 20)
    return crossed + 0.5 * overlap.mean()


def check_pages(data: Path, count: int) -> list[Page]:
    """Notes in letters that are not trained on; always the same."""
    rng = np.random.default_rng(11)
    simulator = batches.check_simulator(data, rng)
    return [make_page(simulator, (320, 320), rng) for _ in range(count)]


@torch.no_grad()
def judged(module: GraphModule, pages: Sequence[Page], device: torch.device) -> str:
    """Precision and recall of the lines found, at an overlap of half, in words."""
    found = wanted = hit = 0
    for begin in range(0, len(pages), 32):
        some = pages[begin : begin + 32]
        maps = torch.sigmoid(module(prepared(np.stack([p.picture for p in some]), device)).float())
        for page, shown in zip(some, maps[:, 0].cpu().numpy(), strict=True):
            size = (page.cores.shape[1], page.cores.shape[0])
            true = find_boxes(page.cores.astype(np.float32), size)
            boxes = list(find_boxes(shown, size))
            found, wanted = found + len(boxes), wanted + len(true)
            for box in true:
                near = max(boxes, key=lambda other, box=box: _overlap(box, other), default=None)
                if near is not None and _overlap(box, near) >= 0.5:
                    boxes.remove(near)
                    hit += 1
    return f"precision {hit / max(1, found):.3f}, recall {hit / max(1, wanted):.3f}"


def _overlap(a: TextBox, b: TextBox) -> float:
    first, second = (box.corners.astype(np.float32) for box in (a, b))
    shared = float(cv2.intersectConvexConvex(first, second)[0])
    return shared / max(1.0, a.width * a.height + b.width * b.height - shared)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="ONNX file to begin with")
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--seed", type=int, default=3)
    wanted = parser.parse_args()
    began = time.monotonic()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    wanted.out.mkdir(parents=True, exist_ok=True)
    model = onnx.load(str(wanted.model or wanted.data / "detect.onnx"))
    source, workers = batches.start(put_pages, (wanted.data, wanted.seed), wanted.workers)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    feed: Feed[_Batch] = Feed(source)
    pages = check_pages(wanted.data, 200)
    module, average = GraphModule(model).to(device), GraphModule(model).to(device)
    average.requires_grad_(False)
    print(f"start: {judged(average, pages, device)}", flush=True)
    optimiser = torch.optim.AdamW(
        module.parameters(), lr=wanted.rate, weight_decay=0.01, fused=device.type == "cuda"
    )
    losses: list[Tensor] = []
    count, reports = 0, 1
    for batch, done in feed.until(began + 60 * wanted.minutes - 10):
        cores = torch.from_numpy(batch.cores).to(device).float()
        with torch.autocast(device.type, torch.bfloat16):
            logits = module(prepared(batch.pictures, device))
        value = loss_of(logits, cores)
        rate = wanted.rate * rate_at(done)
        advance(module, average, optimiser, value, rate=rate, count=count, clip=5.0)
        losses.append(value.detach())
        count += 1
        if count == 20 or done > reports / 6:
            reports += count != 20
            mean = torch.stack(losses).mean().item()
            losses.clear()
            scores = judged(average, pages, device)
            spent = time.monotonic() - began
            print(
                f"{spent:.0f} s, {count} steps, waited {feed.waited:.0f} s, loss {mean:.4f}, {scores}"
            )
            _save(wanted.out / "average.pt", average)
    for process in workers:
        process.terminate()
    print(f"{count} steps: {judged(average, pages, device)}")
    _save(wanted.out / "average.pt", average)


def _save(path: Path, module: GraphModule) -> None:
    state = {name: value.half().cpu() for name, value in module.named_parameters()}
    torch.save({"detector": state}, path)


if __name__ == "__main__":
    main()
