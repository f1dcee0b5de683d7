"""Type colours can be told apart by people who see colours differently."""

from __future__ import annotations

import itertools
import re
from importlib.resources import files

import numpy as np
import pytest

STYLE = (files("boardscribe.report") / "templates" / "style.css").read_text(encoding="utf-8")

# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB.
VISION = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def _linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def _lab(linear: np.ndarray) -> np.ndarray:
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ np.clip(linear, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def _contrast(one: str, other: str) -> float:
    low, high = sorted(_linear(c) @ [0.2126, 0.7152, 0.0722] for c in (one, other))
    return (high + 0.05) / (low + 0.05)


BANDS = [re.search(r"\.outline \{ --band: (#\w{6})", STYLE)[1]] + [
    re.search(rf"\.outline\.t{n} \{{ --band: (#\w{{6}})", STYLE)[1] for n in range(1, 6)
]
LIGHT, DARK = (
    [re.findall(rf"--t{n}: (#\w{{6}})", STYLE)[theme] for n in range(6)] for theme in (0, 1)
)
GROUNDS = [re.findall(r"--sheet: (#\w+)", STYLE)[theme] for theme in (0, 1)]


@pytest.mark.parametrize("vision", VISION)
def test_the_four_types_of_the_default_legend_differ_in_every_vision(vision):
    matrix = np.array(VISION[vision])
    for colours in (BANDS[:4], LIGHT[:4], DARK[:4]):
        apart = [
            np.linalg.norm(_lab(matrix @ _linear(one)) - _lab(matrix @ _linear(other)))
            for one, other in itertools.combinations(colours, 2)
        ]
        assert min(apart) >= 20


def test_outlines_stand_out_from_the_white_band_they_run_on():
    assert min(_contrast(band, "#ffffff") for band in BANDS) >= 3


def test_icons_stand_out_from_the_page_in_light_and_dark():
    assert min(_contrast(colour, "#ffffff") for colour in LIGHT) >= 3
    assert min(_contrast(colour, GROUNDS[1]) for colour in DARK) >= 3
