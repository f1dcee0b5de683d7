"""The network that finds notes: a small U-Net of depthwise-separable blocks.

Input: BGR, -0.5 to 0.5, N x 3 x H x W, sides a multiple of 32. Output at half that resolution,
N x 12 x H/2 x W/2:

| channel | meaning |
|---|---|
| 0 | logit: this pixel shows a note |
| 1 | logit: this pixel lies on the outline of a note's visible part |
| 2, 3 | from here to the centre of the note's visible part, in units of 32 input pixels |
| 4 | natural logarithm of the square root of the visible area, in units of 32 input pixels |
| 5 | logit: the visible part is the whole note |
| 6 to 10 | logits: square, bubble, heart, tick, other |
| 11 | distance to the outline of the visible part over its greatest value in the note, 0 to 1 |
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["CHANNELS", "UNIT", "NoteNet", "load"]

CHANNELS = 12
UNIT = 32.0
"""Input pixels that offsets and sizes are measured in."""


class _Block(nn.Module):
    """Residual: depthwise k x k, normalise, widen, narrow; one normalisation is enough."""

    def __init__(self, channels: int, kernel: int, widen: int = 2) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, kernel, padding=kernel // 2, groups=channels, bias=False),
            nn.BatchNorm2d(channels),
            nn.Conv2d(channels, widen * channels, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(widen * channels, channels, 1),
        )
        # Blocks begin as nearly nothing, so that a deep stack trains from the first step.
        nn.init.normal_(self.body[-1].weight, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    pad = kernel // 2 if kernel % 2 else 0
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, pad, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class _Up(nn.Module):
    """Twice the resolution, joined with the encoder's features there."""

    def __init__(self, below: int, beside: int, outputs: int, blocks: int = 1) -> None:
        super().__init__()
        self.below = nn.Conv2d(below, outputs, 1, bias=False)
        self.beside = nn.Conv2d(beside, outputs, 1, bias=False)
        self.join = nn.Sequential(nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))
        self.blocks = nn.Sequential(*(_Block(outputs, 3) for _ in range(blocks)))

    def forward(self, below: Tensor, beside: Tensor) -> Tensor:
        up = functional.interpolate(self.below(below), scale_factor=2.0, mode="bilinear")
        joined: Tensor = self.blocks(self.join(up + self.beside(beside)))
        return joined


class NoteNet(nn.Module):
    """See the module's description."""

    def __init__(self) -> None:
        super().__init__()
        self.s2 = _conv(3, 24, 3, 2)
        self.s4 = nn.Sequential(_conv(24, 48, 3, 2), _Block(48, 3), _Block(48, 3))
        self.s8 = nn.Sequential(_conv(48, 80, 2, 2), *(_Block(80, 3) for _ in range(3)))
        self.s16 = nn.Sequential(_conv(80, 128, 2, 2), *(_Block(128, 3) for _ in range(4)))
        self.s32 = nn.Sequential(_conv(128, 192, 2, 2), *(_Block(192, 7) for _ in range(4)))
        self.up16 = _Up(192, 128, 128)
        self.up8 = _Up(128, 80, 80, 2)
        self.up4 = _Up(80, 48, 64, 2)
        # Four outputs a cell of four by four pixels: fine maps without fine features.
        self.head = nn.Sequential(
            nn.Conv2d(64, 64, 1), nn.ReLU(inplace=True), nn.Conv2d(64, 4 * CHANNELS, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        s4 = self.s4(self.s2(x))
        s8 = self.s8(s4)
        s16 = self.s16(s8)
        x = self.up16(self.s32(s16), s16)
        x = self.up4(self.up8(x, s8), s4)
        out: Tensor = functional.pixel_shuffle(self.head(x), 2)
        return out


def load(checkpoint: Path) -> NoteNet:
    """The averaged network of a checkpoint that `train` wrote, ready to look."""
    state = torch.load(checkpoint, map_location="cpu")["average"]
    net = NoteNet()
    net.load_state_dict(
        {k.removeprefix("module."): v for k, v in state.items() if k.startswith("module.")}
    )
    return net.eval()
