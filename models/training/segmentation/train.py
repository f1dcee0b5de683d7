"""Train the network that finds notes, on scenes composed while it trains.

    PYTHONPATH=models python -m training.segmentation.train --out /tmp/run --minutes 60 \
        [--real ../shared/real] [--drawings DIR ... --grounds DIR ...] [--start segment.onnx]
        [--jobs 1] [--device cpu]

Needs no GPU: one core of 2024 sees eight views a second while another one composes. `--resume`
goes on from the last checkpoint, `--start` from the weights of an earlier version. The learning
rate follows the clock, so that the run ends in time.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.segmentation.compose import compose
from training.segmentation.cutouts import Cutouts
from training.segmentation.data import REAL_FOR_TRAINING, Picture, load_real
from training.segmentation.inks import InkBank
from training.segmentation.make import SIZES
from training.segmentation.net import NoteNet, load
from training.segmentation.outlines import SHAPES
from training.segmentation.reals import Reals
from training.segmentation.views import Bank, plan, views

_FIRST = 24
"""Scenes that must be there before training begins."""


def loss(output: Tensor, target: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Weighted sum of the losses of all channels, and each one for the log."""
    judged, note, edge = target[:, 0], target[:, 1], target[:, 2]
    inside = note * judged
    count, total = inside.sum().clamp(min=1), judged.sum().clamp(min=1)

    def mean(values: Tensor, weight: Tensor, over: Tensor) -> Tensor:
        return (values * weight).sum() / over

    bce = functional.binary_cross_entropy_with_logits
    parts = {}
    # Pixels beside an outline decide how well polygons fit; they count three times.
    # So do ticks, which have few pixels.
    tick = inside * (target[:, 7] == SHAPES.index("tick"))
    weight = judged * (1 + 2 * edge + 2 * tick)
    parts["note"] = mean(bce(output[:, 0], note, reduction="none"), weight, total)
    p = torch.sigmoid(output[:, 0])
    overlap = (p * inside).sum((1, 2))
    dice = 1 - (2 * overlap + 50) / ((p * judged).sum((1, 2)) + inside.sum((1, 2)) + 50)
    parts["dice"] = dice.mean() * 0.5
    parts["edge"] = mean(
        bce(output[:, 1], edge, reduction="none", pos_weight=output.new_tensor(3.0)), judged, total
    )
    # Offsets count relative to the note's size: what matters is whose centre is nearest.
    size = torch.exp(target[:, 5])
    off = functional.smooth_l1_loss(output[:, 2:4], target[:, 3:5], reduction="none", beta=0.1)
    parts["offset"] = mean(off.sum(1) / size.clamp(min=0.4), inside, count)
    parts["size"] = 0.5 * mean((output[:, 4] - target[:, 5]).abs(), inside, count)
    known = inside * (target[:, 6] >= 0)
    parts["whole"] = 0.2 * mean(
        bce(output[:, 5], target[:, 6].clamp(min=0), reduction="none"), known, count
    )
    shape = functional.cross_entropy(output[:, 6:11], target[:, 7].long(), reduction="none")
    parts["shape"] = 0.4 * mean(shape, inside, count)
    parts["depth"] = mean((output[:, 11] - target[:, 8]).abs(), inside, count)
    whole = torch.stack(list(parts.values())).sum()
    return whole, {name: value.detach() for name, value in parts.items()}


@dataclass(frozen=True)
class Material:
    """Folders that scenes are composed from; each may be missing."""

    real: Path | None
    drawings: list[Path] | None
    grounds: list[Path] | None


def _compose(queue: Queue[Picture], seed: tuple[int, ...], material: Material) -> None:
    """Put scenes into a queue for ever."""
    cv2.setNumThreads(1)
    inks = InkBank(np.random.default_rng((*seed, 999_999)))
    reals = Reals(material.real) if material.real else None
    rng = np.random.default_rng(seed)
    cutouts = None
    if material.drawings and material.grounds:
        cutouts = Cutouts(rng, material.drawings, material.grounds)
    while True:
        width, height = SIZES[int(rng.integers(len(SIZES)))]
        scene = compose(rng, inks, width, height, reals, cutouts)
        # Up to 70 notes fit a byte; 255 stands for -1.
        notes = scene.notes.astype(np.uint8)
        if SHAPES.index("tick") in scene.shapes[1:] or rng.random() < 0.6:
            queue.put(Picture(scene.image, notes, scene.shapes, scene.whole))


class Examples:
    """Endless batches from scenes that other processes compose."""

    def __init__(
        self, jobs: int, seed: tuple[int, ...], material: Material, capacity: int,
        device: torch.device,
    ) -> None:  # fmt: skip
        context = multiprocessing.get_context("spawn")
        self._queue: Queue[Picture] = context.Queue(32)
        self._workers = [
            context.Process(
                target=_compose, args=(self._queue, (*seed, job), material), daemon=True
            )
            for job in range(jobs)
        ]
        for worker in self._workers:
            worker.start()
        self._rng = np.random.default_rng(seed)
        self.scenes = Bank(capacity, 1024, device)
        self.composed = 0
        self.reals: Bank | None = None
        if material.real:
            self.reals = Bank(len(REAL_FOR_TRAINING), 1400, device)
            for name in REAL_FOR_TRAINING:
                photo = material.real / "photos" / f"{name}.jpg"
                self.reals.add(load_real(photo, material.real / "truth" / f"{name}.json"))
        while len(self.scenes) < _FIRST:
            try:
                self._take(self._queue.get(timeout=5))
            except Empty:
                self._check()

    def _check(self) -> None:
        """Stop where nothing composes any more; what went wrong was printed by the worker."""
        if not any(worker.is_alive() for worker in self._workers):
            raise RuntimeError("the processes that compose scenes have died; see above")

    def _take(self, picture: Picture) -> None:
        self.scenes.add(picture)
        self.composed += 1

    def batch(self, count: int, side: int, share: float) -> tuple[Tensor, Tensor]:
        """Views and targets; a share of them of real photographs."""
        # Each scene is looked at a few times: composing one costs more than training on a view.
        for _ in range(max(1, count // 8)):
            try:
                self._take(self._queue.get_nowait())
            except Empty:
                break
        real = int(self._rng.binomial(count - 1, share)) if self.reals else 0
        plans = [plan(self._rng, self.scenes, side) for _ in range(count - real)]
        image, target = views(self.scenes, plans, side)
        if self.reals and real:
            plans = [plan(self._rng, self.reals, side, real=True) for _ in range(real)]
            more = views(self.reals, plans, side, real=True)
            image, target = torch.cat([image, more[0]]), torch.cat([target, more[1]])
        return image, target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--side", type=int, default=416)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--keep", type=float, default=0.995, help="of the averaged weights a step")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--jobs", type=int, default=1, help="processes that compose")
    parser.add_argument("--capacity", type=int, default=400, help="scenes to choose views from")
    parser.add_argument("--real", type=Path)
    parser.add_argument("--drawings", type=Path, nargs="+", help="folders of cut-out things")
    parser.add_argument("--grounds", type=Path, nargs="+", help="folders of photographs, textures")
    parser.add_argument("--real-share", type=float, default=0.15)
    parser.add_argument("--real-from", type=float, default=0.6, help="share of the time")
    parser.add_argument("--start", type=Path, help="an ONNX file or a checkpoint to begin with")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    torch.backends.cudnn.benchmark = True
    cv2.setNumThreads(1)
    device = torch.device(arguments.device)
    arguments.out.mkdir(parents=True, exist_ok=True)
    last = arguments.out / "last.pt"
    state = torch.load(last, map_location=device) if arguments.resume and last.exists() else None
    step = int(state["step"]) if state else 0
    examples = Examples(
        arguments.jobs,
        (arguments.seed, step),
        Material(arguments.real, arguments.drawings, arguments.grounds),
        arguments.capacity,
        device,
    )
    net = NoteNet()
    if arguments.start and arguments.start.suffix == ".onnx":
        # Only this needs the library that reads ONNX files.
        from training.segmentation.restore import restore  # noqa: PLC0415

        net = restore(arguments.start, examples.batch(16, arguments.side, 0.0)[0].cpu() - 0.5)
    elif arguments.start:
        net = load(arguments.start)
    net.train()
    net = net.to(device, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), lr=arguments.rate, weight_decay=0.02)
    keep = torch.optim.swa_utils.get_ema_multi_avg_fn(arguments.keep)
    average = torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=keep, use_buffers=True)
    spent = 0.0
    if state:
        net.load_state_dict(state["net"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        spent = state["spent"]
    begin, budget = time.monotonic() - spent, arguments.minutes * 60
    saved = time.monotonic()
    log: dict[str, float] = {}
    while (spent := time.monotonic() - begin) < budget:
        part = spent / budget
        warm = min(1.0, (step + 1) / 150)
        rate = arguments.rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * part)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        share = arguments.real_share if part >= arguments.real_from else 0.0
        image, target = examples.batch(arguments.batch, arguments.side, share)
        with torch.autocast(device.type, torch.bfloat16):
            output = net((image - 0.5).contiguous(memory_format=torch.channels_last))
        total, parts = loss(output.float(), target)
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        average.update_parameters(net)
        step += 1
        if step % 10 == 0:
            for name, value in parts.items():
                log[name] = log.get(name, float(value)) * 0.8 + 0.2 * float(value)
        if step % 50 == 0:
            text = " ".join(f"{name} {value:.3f}" for name, value in log.items())
            print(
                f"{step} {spent / 60:.1f} min rate {rate:.5f} scenes {examples.composed} {text}",
                flush=True,
            )
        if time.monotonic() - saved > 150:
            saved = time.monotonic()
            _save(last, net, average, optimiser, spent, step)
    _save(last, net, average, optimiser, spent, step)


def _save(
    path: Path, net: NoteNet, average: torch.nn.Module, optimiser: torch.optim.Optimizer,
    spent: float, step: int,
) -> None:  # fmt: skip
    state = {
        "net": net.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
        "spent": spent,
        "step": step,
    }
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


if __name__ == "__main__":
    main()
