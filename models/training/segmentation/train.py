"""Train the network that finds notes.

    PYTHONPATH=models python -m training.segmentation.train /tmp/scenes --out /tmp/run \
        --minutes 60 [--real ../shared/real] [--start segment.onnx]

Needs no GPU: one core of 2024 sees six crops a second. `--resume` goes on from the last
checkpoint, `--start` from the weights of an earlier version. The learning rate follows the
clock, so that the run ends in time. Scenes that are added meanwhile are taken in.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.segmentation.data import REAL_FOR_TRAINING, Picture, crop, load_real, load_scene
from training.segmentation.net import NoteNet
from training.segmentation.outlines import SHAPES
from training.segmentation.restore import restore


def loss(output: Tensor, target: Tensor) -> tuple[Tensor, dict[str, float]]:
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
        bce(output[:, 1], edge, reduction="none", pos_weight=torch.tensor(3.0)), judged, total
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
    return whole, {name: float(value.detach()) for name, value in parts.items()}


def examples(
    scenes: Path, reals: list[Picture], side: int, batch: int, share: float, seed: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless batches; four crops a loaded scene, kept in a small pool so that they mix."""
    rng = np.random.default_rng(seed)
    pool = []
    while True:
        stems = sorted(p.with_suffix("") for p in scenes.glob("*.json"))
        rng.shuffle(stems)
        for stem in stems[:400]:
            picture = load_scene(stem)
            if SHAPES.index("tick") not in picture.shapes[1:] and rng.random() < 0.4:
                continue
            pool += [crop(rng, picture, side) for _ in range(4)]
            if reals and rng.random() < 4 * share:
                real = reals[int(rng.integers(len(reals)))]
                pool.append(crop(rng, real, side, real=True))
            while len(pool) >= 48 + batch:
                chosen = [pool.pop(int(rng.integers(len(pool)))) for _ in range(batch)]
                yield (
                    torch.from_numpy(np.stack([e.image for e in chosen])),
                    torch.from_numpy(np.stack([e.target for e in chosen])),
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--side", type=int, default=416)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--real-share", type=float, default=0.15)
    parser.add_argument("--real-from", type=float, default=0.6, help="share of the time")
    parser.add_argument("--start", type=Path, help="an ONNX file to begin with")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    cv2.setNumThreads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    net = NoteNet()
    if arguments.start:
        first = examples(arguments.scenes, [], arguments.side, 16, 0.0, arguments.seed)
        net = restore(arguments.start, next(first)[0]).train()
    net = net.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), lr=arguments.rate, weight_decay=0.02)
    average = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.995), use_buffers=True
    )
    spent, step = 0.0, 0
    last = arguments.out / "last.pt"
    if arguments.resume and last.exists():
        state = torch.load(last)
        net.load_state_dict(state["net"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        spent, step = state["spent"], state["step"]
    reals = []
    if arguments.real:
        folder = arguments.real
        reals = [
            load_real(folder / "photos" / f"{n}.jpg", folder / "truth" / f"{n}.json")
            for n in REAL_FOR_TRAINING
        ]
    begin, budget = time.monotonic() - spent, arguments.minutes * 60
    saved = time.monotonic()
    stream = examples(arguments.scenes, [], arguments.side, arguments.batch, 0.0, step)
    mixed = False
    log: dict[str, float] = {}
    while (spent := time.monotonic() - begin) < budget:
        part = spent / budget
        if reals and not mixed and part >= arguments.real_from:
            share = arguments.real_share
            stream = examples(arguments.scenes, reals, arguments.side, arguments.batch, share, step)
            mixed = True
            torch.save({"average": average.state_dict(), "step": step}, arguments.out / "made.pt")
        warm = min(1.0, (step + 1) / 150)
        rate = arguments.rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * part)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        image, target = next(stream)
        with torch.autocast("cpu", torch.bfloat16):
            output = net(image.to(memory_format=torch.channels_last))
        total, parts = loss(output.float(), target)
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        average.update_parameters(net)
        step += 1
        for name, value in parts.items():
            log[name] = log.get(name, value) * 0.97 + 0.03 * value
        if step % 50 == 0:
            text = " ".join(f"{name} {value:.3f}" for name, value in log.items())
            print(f"{step} {spent / 60:.1f} min rate {rate:.5f} {text}", flush=True)
        if time.monotonic() - saved > 150 or spent > budget - 20:
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
