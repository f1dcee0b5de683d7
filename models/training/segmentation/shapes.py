"""Train the network that tells the shape of an outline.

    PYTHONPATH=models:pipeline python -m training.segmentation.shapes --out shapes --count 100000 \
        [--found found.npz]

Outlines are drawn, bent, seen from the side, covered by others, cut by the border, and then
rasterised and traced as the segmentation would do it. No pictures are needed; views of what
the segmentation really finds on scenes (`found`) are mixed in where given.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from boardscribe._geometry import clip, polygon_of
from boardscribe.records import Polygon
from boardscribe.segment import _outline
from boardscribe.shapes import VIEW, view
from training.segmentation.compose import _curl
from training.segmentation.eight_bits import Inputs, quantise
from training.segmentation.outlines import SHAPES, outline

SHARES = (0.38, 0.24, 0.16, 0.12, 0.1)
HARD = 0.35
"""Share of views that are tiny, crowded or badly segmented; the others are as boards show them."""


class ShapeNet(nn.Module):
    """3 x VIEW x VIEW -> logits of `outlines.SHAPES`."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs, kernel in ((3, 40, 5), (40, 80, 3), (80, 144, 3), (144, 176, 3)):
            layers += [
                nn.Conv2d(inputs, outputs, kernel, 2, kernel // 2, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(inplace=True),
            ]
        self.body = nn.Sequential(*layers)
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(176 * 9, len(SHAPES))

    def forward(self, x: Tensor) -> Tensor:
        features = self.body(x)
        out: Tensor = self.head(self.drop(features.flatten(1)))
        return out


def draw(rng: Generator) -> tuple[NDArray[np.float32], int]:
    """One view and its shape."""
    while True:
        label = int(rng.choice(len(SHAPES), p=SHARES))
        found = _seen(rng, SHAPES[label])
        if found is not None:
            return found, label


def batch_of(
    seed: np.random.SeedSequence, count: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Many views, 0 to 255, and their shapes."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    drawn = [draw(rng) for _ in range(count)]
    views = np.stack([np.round(v * 255).astype(np.uint8) for v, _ in drawn])
    return views, np.array([label for _, label in drawn], np.int64)


def _seen(rng: Generator, shape: str) -> NDArray[np.float32] | None:
    hard = rng.random() < HARD
    cells = float(np.exp(rng.uniform(math.log(11 if hard else 24), math.log(110))))
    own = _placed(rng, shape, cells)
    low, high = own.min(axis=0), own.max(axis=0)
    side = int((high - low).max()) + 8
    shift = np.array([side, side]) / 2 - (low + high) / 2
    own = own + shift
    canvas = np.zeros((side, side), np.uint8)
    _paint(canvas, own, 1)
    full = int(canvas.sum())
    others: list[NDArray[np.float64]] = []
    crowd = (0.4, 0.3, 0.18, 0.12) if hard else (0.58, 0.27, 0.1, 0.05)
    for _ in range(int(rng.choice(4, p=crowd))):
        kind = "square" if rng.random() < 0.6 else SHAPES[int(rng.choice(len(SHAPES)))]
        other = _placed(rng, kind, cells * rng.uniform(0.7, 1.3))
        angle = rng.uniform(0, 2 * math.pi)
        away = cells * rng.uniform(0.45 if hard else 0.6, 1.1)
        direction = np.array([math.cos(angle), math.sin(angle)])
        other = other + side / 2 + away * direction
        others.append(other)
        if rng.random() < 0.75:  # it lies over, not under
            _paint(canvas, other, 0)
    width = height = 10 * side
    move = np.array([4.0 * side, 4.0 * side])
    if rng.random() < 0.12:  # cut by the photo's border
        cut = int(rng.uniform(0.1, 0.55) * side)
        canvas[:, :cut] = 0
        move = np.array([-float(cut), 4.0 * side])
    if canvas.sum() < max(40, 0.25 * full):
        return None
    if rng.random() < (
        0.4 if hard else 0.2
    ):  # the segmentation errs: a bit of the board too much or too little
        _err(rng, canvas, cells)
    canvas = cv2.morphologyEx(canvas, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    soft = cv2.GaussianBlur(canvas.astype(np.float32), (0, 0), rng.uniform(0.3, 1.1))
    reach = rng.uniform(0.8, 3.5)
    waver = cv2.GaussianBlur(rng.standard_normal(canvas.shape).astype(np.float32), (0, 0), reach)
    soft += rng.uniform(0, 0.25 if hard else 0.15) * waver * 2 * reach
    fine = cv2.resize(soft, None, fx=4, fy=4, interpolation=cv2.INTER_LINEAR)
    level = rng.uniform(0.4, 0.6)
    contours, _ = cv2.findContours(
        (fine > level).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    if not contours:
        return None
    largest = max(contours, key=cv2.contourArea)
    dense = (largest.reshape(-1, 2) + 0.5) / 4
    area = cv2.contourArea(largest) / 16
    if area < 0.25 * full:
        return None
    points, _ = _outline._simplify(dense, math.sqrt(area))
    if len(points) < 3:
        return None
    polygon = clip(polygon_of((points + move) * 10), width * 10, height * 10)
    if len(polygon) < 3:
        return None
    around: list[Polygon] = [polygon_of((o + move) * 10) for o in others]
    return view(polygon, around, width * 10, height * 10)


def _err(rng: Generator, canvas: NDArray[np.uint8], cells: float) -> None:
    """Add or take away small blobs at the rim."""
    rim = np.argwhere(canvas != cv2.erode(canvas, np.ones((3, 3), np.uint8)))
    for _ in range(int(rng.integers(1, 4))):
        if len(rim) == 0:
            return
        y, x = rim[int(rng.integers(len(rim)))]
        size = rng.uniform(0.02, 0.1, 2) * cells + 0.6
        value = int(rng.random() < 0.5)
        axes = (int(np.ceil(size[0])), int(np.ceil(size[1])))
        cv2.ellipse(canvas, (int(x), int(y)), axes, rng.uniform(0, 180), 0, 360, value, -1)


def _paint(canvas: NDArray[np.uint8], points: NDArray[np.float64], value: int) -> None:
    cv2.fillPoly(canvas, [np.round((points - 0.5) * 16).astype(np.int32)], value, cv2.LINE_8, 4)


def _placed(rng: Generator, shape: str, cells: float) -> NDArray[np.float64]:
    """An outline bent, turned any way and seen from the side; centred, in cells."""
    flat, lift, _ = _curl(rng, outline(rng, shape))
    flat = flat + lift[:, None] * rng.normal(0, 0.4, 2)
    if shape == "square" and rng.random() < 0.4:  # a second corner lifts
        again, more, _ = _curl(rng, flat)
        flat = again + more[:, None] * rng.normal(0, 0.35, 2)
    angle = rng.uniform(0, 2 * math.pi)
    spin = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    turned = flat @ spin.T
    view_angle = rng.uniform(0, 2 * math.pi)
    axis = np.array([math.cos(view_angle), math.sin(view_angle)])
    tilt = math.radians(min(50.0, abs(rng.normal(0, 20))))
    along = turned @ axis
    squeezed = turned + np.outer(along * (math.cos(tilt) - 1), axis)
    depth = 1 + along * math.sin(tilt) * rng.uniform(0.05, 0.3)
    return np.asarray(squeezed / depth[:, None] * cells)


def turned(views: Tensor) -> Tensor:
    """Each view mirrored and turned by quarter turns at random."""
    for k in range(1, 4):
        pick = torch.randint(4, (len(views),)) == k
        views[pick] = torch.rot90(views[pick], k, (2, 3))
    flip = torch.rand(len(views)) < 0.5
    views[flip] = views[flip].flip(3)
    return views


def _in_shares(labels: NDArray[np.int64], rng: Generator) -> NDArray[np.intp]:
    """As many examples as there are in the proportions of `SHARES`; "other" may be fewer."""
    counts = np.bincount(labels, minlength=len(SHARES))
    least = min(count / share for count, share in zip(counts[:-1], SHARES[:-1], strict=True))
    return np.concatenate(
        [rng.permutation(np.flatnonzero(labels == k))[: int(least * share)]
         for k, share in enumerate(SHARES)]
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=60_000)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--found", type=Path, nargs="*", default=[])
    parser.add_argument("--start", type=Path, help="go on from a shape.pt")
    parser.add_argument("--rate", type=float, default=3e-3)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(arguments.jobs)
    torch.manual_seed(arguments.seed)
    cv2.setNumThreads(1)
    store = arguments.out / f"views-{arguments.seed}.npz"
    begin = time.monotonic()
    if store.exists():
        data = np.load(store)
        views, labels = data["views"], data["labels"]
    else:
        parts = 4 * arguments.jobs
        seeds = np.random.SeedSequence(arguments.seed).spawn(parts)
        with ProcessPoolExecutor(arguments.jobs, multiprocessing.get_context("spawn")) as pool:
            drawn = list(pool.map(batch_of, seeds, [arguments.count // parts] * parts))
        views = np.concatenate([v for v, _ in drawn])
        labels = np.concatenate([label for _, label in drawn])
        np.savez(store, views=views, labels=labels)
    print(len(views), f"views {time.monotonic() - begin:.0f} s", flush=True)
    hold = len(views) // 10
    for file in arguments.found:
        data = np.load(file)
        pick = _in_shares(data["labels"], np.random.default_rng(arguments.seed))
        views = np.concatenate([views, data["views"][pick]])
        labels = np.concatenate([labels, data["labels"][pick]])
    print("shares", np.round(np.bincount(labels) / len(labels), 3).tolist(), flush=True)
    test = slice(0, hold)
    net = ShapeNet()
    if arguments.start:
        net.load_state_dict(torch.load(arguments.start))
    net = net.to(memory_format=torch.channels_last)
    batch, total = 128, arguments.epochs * (len(views) - hold) // 128
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.03)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, arguments.rate, total_steps=total + 20
    )
    x, y = torch.from_numpy(views), torch.from_numpy(labels)
    for epoch in range(arguments.epochs):
        net.train()
        order = torch.randperm(len(x) - hold) + hold
        for k in range(0, len(order) - batch, batch):
            pick = order[k : k + batch]
            image = turned(x[pick].float() / 255).to(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16):
                logits = net(image)
            value = functional.cross_entropy(logits.float(), y[pick], label_smoothing=0.01)
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
            schedule.step()
        net.eval()
        with torch.no_grad():
            logits = torch.cat(
                [net(x[test][k : k + 500].float() / 255) for k in range(0, hold, 500)]
            )
        hit = (logits.argmax(1) == y[test]).float()
        by = [round(float(hit[y[test] == c].mean()), 4) for c in range(len(SHAPES))]
        print(epoch, f"accuracy {float(hit.mean()):.4f} by shape {by}", flush=True)
    torch.save(net.state_dict(), arguments.out / "shape.pt")
    plain = arguments.out / "shape32.onnx"
    torch.onnx.export(
        net,
        (torch.rand(2, 3, VIEW, VIEW),),
        str(plain),
        input_names=["view"],
        output_names=["logits"],
        dynamic_axes={"view": {0: "n"}, "logits": {0: "n"}},
        opset_version=17,
        dynamo=False,
    )
    quantise(plain, arguments.out / "shape.onnx", _examples(views[:hold]))


def _examples(views: NDArray[np.uint8]) -> Iterator[Inputs]:
    """A few hundred views in batches."""
    for k in range(0, min(400, len(views)), 40):
        yield {"view": (views[k : k + 40] / 255).astype(np.float32)}


if __name__ == "__main__":
    main()
