"""32-bit ONNX file -> 8-bit convolutions: half the time, a quarter of the size, and as good."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

__all__ = ["Inputs", "quantise"]

Inputs = dict[str, NDArray[np.float32]]
"""What a network is given, by name."""


class _Reader(CalibrationDataReader):
    """Feeds examples to the measuring of ranges."""

    def __init__(self, examples: Iterable[Inputs]) -> None:
        self._examples: Iterator[Inputs] = iter(examples)

    def get_next(self) -> Inputs | None:
        return next(self._examples, None)


def quantise(source: Path, target: Path, examples: Iterable[Inputs]) -> None:
    """Reduce a file's convolutions, and what lies between them, to 8 bits.

    The first convolution sees the picture itself, the head says what comes out: those stay exact.

    Args:
        source: a 32-bit ONNX file.
        target: where the other is written.
        examples: what ranges of values are measured on.
    """
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        quant_pre_process(str(source), str(plain), skip_symbolic_shape=True)
        names = [n.name for n in onnx.load(str(plain)).graph.node if n.op_type == "Conv"]
        quantize_static(
            str(plain),
            str(target),
            _Reader(examples),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            # Seven bits of eight: older processors overflow with all eight.
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            # What lies between convolutions too: going to and fro costs time and exactness.
            op_types_to_quantize=["Conv", "Relu", "Add", "Resize"],
            nodes_to_exclude=[names[0], *(name for name in names if "head" in name)],
            calibrate_method=CalibrationMethod.MinMax,
        )
