"""Training examples: views of pictures, turned, mirrored and scaled, with targets; in PyTorch.

Pictures lie in a `Bank` on the device that trains, so that a processor composes and an
accelerator does all the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor
from torch.nn import functional

from training.segmentation.data import IGNORE, Picture
from training.segmentation.net import UNIT

__all__ = ["Bank", "Plan", "plan", "targets", "views"]

_LABELS = 256
_RARITY = np.array([1.0, 1.5, 1.2, 5.0, 1.0])
"""How much more often a view is taken around a note of each shape; ticks are rare and thin."""
_STEPS = 96
"""Pixels of the target up to which the distance from an outline is measured."""


class Bank:
    """The last so many pictures, each at most `side` pixels wide and high, on a device."""

    def __init__(self, capacity: int, side: int, device: torch.device) -> None:
        self.images = torch.zeros((capacity, side, side, 3), dtype=torch.uint8, device=device)
        self.notes = torch.zeros((capacity, side, side), dtype=torch.uint8, device=device)
        self.shapes = torch.zeros((capacity, _LABELS), device=device)
        self.whole = torch.zeros((capacity, _LABELS), device=device)
        self.sizes = np.zeros((capacity, 2), np.int64)
        self.spots: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
        self._next = 0

    def __len__(self) -> int:
        return len(self.spots)

    def add(self, picture: Picture) -> None:
        """Take a picture in, in place of the oldest when the bank is full."""
        at, height, width = self._next, *picture.notes.shape
        image = torch.from_numpy(picture.image)
        self.images[at, :height, :width] = image.to(self.images.device)
        self.notes[at, :height, :width] = torch.from_numpy(picture.notes).to(self.notes.device)
        count = len(picture.shapes)
        self.shapes[at, :count] = torch.from_numpy(picture.shapes.astype(np.float32)).to(
            self.shapes.device
        )
        self.whole[at, :count] = torch.from_numpy(picture.whole).to(self.whole.device)
        self.sizes[at] = height, width
        spots = _spots(picture)
        if at == len(self.spots):
            self.spots.append(spots)
        else:
            self.spots[at] = spots
        self._next = (at + 1) % len(self.sizes)


def _spots(picture: Picture) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Boxes (N, 4) of the notes that can be seen and how often to look at each, adding to 1."""
    boxes, weights = [], []
    # Numbers are 1 to 254; what is not judged is not looked at.
    for number, place in enumerate(ndimage.find_objects(picture.notes, len(picture.shapes) - 1), 1):
        if place is not None:
            rows, columns = place
            boxes.append((columns.start, rows.start, columns.stop, rows.stop))
            weights.append(_RARITY[picture.shapes[number]])
    shares = np.array(weights, np.float64)
    return np.array(boxes, np.float64).reshape(-1, 4), shares / max(shares.sum(), 1e-9)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which view of which picture: as numbers, made on the processor."""

    index: int
    matrix: NDArray[np.float64]
    """2 x 3, from pixels of the view to pixels of the picture."""
    size: tuple[int, int]
    """Height and width of the picture."""
    beyond: bool
    """Outside is black and shows no note; otherwise its border goes on and is not judged."""


def plan(rng: Generator, bank: Bank, side: int, *, real: bool = False) -> Plan:
    """A random view of a random picture."""
    index = int(rng.integers(len(bank)))
    height, width = (int(v) for v in bank.sizes[index])
    boxes, shares = bank.spots[index]
    zoom = float(np.exp(rng.uniform(-0.6, 0.35)))
    if real:  # the network sees photographs at 1024 pixels; views are taken from larger ones
        zoom *= 1024 / max(height, width)
    span = side / zoom
    angle = rng.normal(0, 6) if rng.random() < 0.8 else rng.uniform(-180, 180)
    centre = rng.uniform(0, 1, 2) * (width, height)
    if len(boxes) and rng.random() < 0.75:  # around some note
        box = boxes[int(rng.choice(len(boxes), p=shares))]
        centre = rng.uniform(box[:2], box[2:]) + rng.normal(0, span / 5, 2)
    half = min(span / 2, width / 2), min(span / 2, height / 2)
    centre = np.clip(centre, half, (width - half[0], height - half[1]))
    matrix = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), float(angle), zoom)
    matrix[:, 2] += side / 2 - centre
    if rng.random() < 0.5:
        matrix[0] = -matrix[0]
        matrix[0, 2] += side - 1
    back = np.asarray(cv2.invertAffineTransform(matrix))
    return Plan(index, back, (height, width), bool(rng.random() < 0.5))


def views(bank: Bank, plans: list[Plan], side: int, *, real: bool = False) -> tuple[Tensor, Tensor]:
    """Pictures N x 3 x S x S (BGR, 0 to 1) and targets N x 9 x S/2 x S/2, see `targets`."""
    device = bank.images.device
    index = torch.tensor([p.index for p in plans], device=device)
    matrix = torch.tensor(np.stack([p.matrix for p in plans]), dtype=torch.float32, device=device)
    size = torch.tensor([p.size for p in plans], dtype=torch.float32, device=device)
    beyond = torch.tensor([p.beyond for p in plans], device=device)[:, None, None]
    # Twice as fine, then halved: what is reduced does not flicker.
    fine = _places(matrix, side, 2 if device.type == "cuda" else 1)
    x = fine[..., 0].clamp(min=0).minimum(size[:, 1, None, None] - 1)
    y = fine[..., 1].clamp(min=0).minimum(size[:, 0, None, None] - 1)
    image = _between(bank.images, index, x, y)
    outside = (fine[..., 0] != x) | (fine[..., 1] != y)
    image = image * ~(outside & beyond)[:, None]
    if image.shape[2] != side:
        image = functional.avg_pool2d(image, 2)
    coarse = _places(matrix, side, 1)[:, 1::2, 1::2].round().long()
    column, row = coarse[..., 0], coarse[..., 1]
    high, wide = size[:, 0, None, None].long(), size[:, 1, None, None].long()
    out = (column < 0) | (row < 0) | (column >= wide) | (row >= high)
    column, row = column.clamp(min=0).minimum(wide - 1), row.clamp(min=0).minimum(high - 1)
    notes = bank.notes[index[:, None, None], row, column].long()
    notes = torch.where(out, torch.where(beyond, 0, IGNORE), notes)
    return _lit(image, real=real), targets(notes, bank.shapes[index], bank.whole[index])


def _places(matrix: Tensor, side: int, fine: int) -> Tensor:
    """Where each pixel of a view lies in its picture, N x S x S x 2 (x, y); `fine` a pixel."""
    steps = (torch.arange(side * fine, device=matrix.device) + 0.5) / fine - 0.5
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    spots = torch.stack([x, y, torch.ones_like(x)], dim=2)
    return torch.einsum("nij,hwj->nhwi", matrix, spots)


def _between(images: Tensor, index: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Bilinear values at places of pictures, N x 3 x H x W, 0 to 1; reads no more than needed."""
    _, rows, columns, _ = images.shape
    pixels = images.view(-1, 3)
    x0, y0 = x.floor(), y.floor()
    right, below = (x - x0)[..., None], (y - y0)[..., None]
    first = (index[:, None, None] * rows + y0.long()) * columns + x0.long()
    # Beyond the last pixel of a bank there is nothing to read, and its weight is 0.
    most = len(pixels) - 1

    def at(step: int) -> Tensor:
        return pixels[(first + step).clamp(max=most)].float()

    upper = at(0) * (1 - right) + at(1) * right
    lower = at(columns) * (1 - right) + at(columns + 1) * right
    return (upper * (1 - below) + lower * below).permute(0, 3, 1, 2) / 255


def _lit(image: Tensor, *, real: bool) -> Tensor:
    """Other light, colours and noise for some of the views; for all real ones."""
    count, device = len(image), image.device

    def one(sigma: float, channels: int = 1) -> Tensor:
        return torch.exp(sigma * torch.randn((count, channels, 1, 1), device=device))

    lit = (image * one(0.12, 3) * one(0.12)).clamp(0, 1) ** one(0.2)
    grey = lit.mean(dim=1, keepdim=True)
    draw = torch.rand((4, count, 1, 1, 1), device=device)
    lit = torch.where(draw[0] < 0.25, grey + (lit - grey) * 6 * draw[0], lit)
    order = torch.rand((count, 3), device=device).argsort(dim=1)
    mixed = lit.gather(1, order[..., None, None].expand_as(lit))
    lit = torch.where(draw[1] < 0.3, mixed, lit)
    lit = lit - 0.01 * torch.log(1 - draw[2].clamp(max=0.999)) * torch.randn_like(lit)
    if not real:
        lit = torch.where(draw[3] < 0.3, lit, image)
    return lit.clamp(0, 1)


def targets(notes: Tensor, shapes: Tensor, whole: Tensor) -> Tensor:
    """What the network should say, N x 9 x H x W.

    Args:
        notes: number of the note that each pixel shows, 0 for none, 255 not to be judged.
        shapes: shape of each number, N x 256.
        whole: visible share of each number's note, -1 unknown, N x 256.

    Channels: judged (1) or not (0); note; outline; offset x; offset y; log size; whole (0 to 1,
    -1 unknown); shape as a number; relative distance to the outline.
    """
    count, height, width = notes.shape
    judged = notes != IGNORE
    differs = torch.zeros(notes.shape, device=notes.device)
    across, down = notes[:, :, 1:] != notes[:, :, :-1], notes[:, 1:] != notes[:, :-1]
    differs[:, :, 1:] += across
    differs[:, :, :-1] += across
    differs[:, 1:] += down
    differs[:, :-1] += down
    differs = differs.clamp(max=1) * judged
    distance = _distance(differs)
    flat = torch.where(judged, notes, 0)
    note = flat > 0
    flat = flat + _LABELS * torch.arange(count, device=notes.device)[:, None, None]
    y, x = torch.meshgrid(
        torch.arange(height, device=notes.device, dtype=torch.float32),
        torch.arange(width, device=notes.device, dtype=torch.float32),
        indexing="ij",
    )

    def each(values: Tensor) -> Tensor:
        total = torch.zeros(count * _LABELS, device=notes.device)
        return total.index_add_(0, flat.ravel(), values.expand(notes.shape).ravel())

    area = each(torch.ones_like(x)).clamp(min=1)
    most = torch.zeros(count * _LABELS, device=notes.device)
    most = most.scatter_reduce(0, flat.ravel(), distance.ravel(), "amax").clamp(min=1)
    unit = UNIT / 2
    part = whole.ravel()[flat]
    return torch.stack(
        [
            judged.float(),
            note.float(),
            differs,
            ((each(x) / area)[flat] - x) / unit * note,
            ((each(y) / area)[flat] - y) / unit * note,
            torch.log(area.sqrt() / unit)[flat] * note,
            torch.where(note & (part >= 0), (part > 0.93).float(), -1.0),
            shapes.ravel()[flat] * note,
            distance / most[flat] * note,
        ],
        dim=1,
    )


def _distance(outline: Tensor) -> Tensor:
    """Pixels to the nearest outline pixel, about (octagons on an accelerator)."""
    if outline.device.type != "cuda":
        masks = (1 - outline).numpy().astype(np.uint8)
        return torch.from_numpy(np.stack([cv2.distanceTransform(m, cv2.DIST_L2, 3) for m in masks]))
    edge = outline[:, None].half()
    total = torch.zeros_like(edge)
    for step in range(_STEPS):
        total += 1 - edge
        # A cross, then a square, and so on: circles come out as octagons.
        if step % 2:
            edge = functional.max_pool2d(edge, 3, 1, 1)
        else:
            edge = torch.maximum(
                functional.max_pool2d(edge, (3, 1), 1, (1, 0)),
                functional.max_pool2d(edge, (1, 3), 1, (0, 1)),
            )
    return total[:, 0].float()
