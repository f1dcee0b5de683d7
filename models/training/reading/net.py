"""The engine's networks as PyTorch modules: their ONNX graphs, run node by node, and written back.

The weights keep the names that they have in the graph, so that what was trained is put back into
the same graph: no export can change what the network computes. The recogniser's last layer is cut down to the
characters that a Latin hand writes (`boardscribe.engines._ctc`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

__all__ = ["GraphModule", "characters_of", "cut_head", "halved", "write_back"]

CHARACTERS = "character"
"""Key of the metadata that lists the characters, one a line, less the blank and the space."""
_LEAST_HALVED = 64
"""Smaller constants are kept as they are."""


class GraphModule(nn.Module):
    """An ONNX graph of the kinds of nodes that PP-OCRv6's detector and recogniser are made of.

    The result is that of the node before the last softmax or sigmoid, logits: N x T x classes of
    the recogniser, N x 1 x H x W of the detector.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        super().__init__()
        constants = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
        same: dict[str, str] = {}
        nodes = []
        for node in model.graph.node:
            inputs = [same.get(name, name) for name in node.input]
            if node.op_type == "Identity":
                same[node.output[0]] = inputs[0]
                continue
            found = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            nodes.append((node.op_type, inputs, node.output[0], found))
        if nodes[-1][0] not in ("Softmax", "Sigmoid"):
            raise ValueError("the graph does not end in a softmax or a sigmoid")
        self._input = model.graph.input[0].name
        self._steps = _fused(nodes[:-1], constants)
        self.weight_names: dict[str, str] = {}
        """Attribute of this module to name in the graph."""
        used = {name for _, inputs, _, _ in self._steps for name in inputs}
        # How much a step enlarges is part of the graph, no weight.
        scales = {name for op, inputs, _, _ in self._steps if op == "Resize" for name in inputs}
        self._attributes: dict[str, str] = {}
        self._fixed: dict[str, Any] = {}
        for name, value in constants.items():
            if name not in used:
                continue
            if value.dtype == np.float32 and value.size > 1 and name not in scales:
                attribute = "w_" + "".join(c if c.isalnum() else "_" for c in name)
                tensor = torch.from_numpy(value.copy())
                # Running mean and variance of the batch normalisations stay as they are.
                if any(op == "BatchNormalization" and name in ins[3:] for op, ins, _, _ in nodes):
                    self.register_buffer(attribute, tensor)
                else:
                    self.register_parameter(attribute, nn.Parameter(tensor))
                self._attributes[name] = attribute
                self.weight_names[attribute] = name
            elif value.size == 1 and value.dtype == np.float32:
                self._fixed[name] = float(value.reshape(-1)[0])
            else:
                self._fixed[name] = value.tolist()
        self._last_use = {
            name: step for step, (_, inputs, _, _) in enumerate(self._steps) for name in inputs
        }

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits of line pictures (N x 3 x 48 x W, -1 to 1) or of whole notes (N x 3 x H x W)."""
        values: dict[str, Any] = {self._input: pictures}
        for number, (op, inputs, output, attributes) in enumerate(self._steps):
            given = [self._value(name, values) for name in inputs]
            values[output] = _OPERATIONS[op](given, attributes)
            for name in inputs:
                if self._last_use[name] == number:
                    values.pop(name, None)
        result: Tensor = values[self._steps[-1][2]]
        return result

    def _value(self, name: str, values: Mapping[str, Any]) -> Any:
        if name in values:
            return values[name]
        attribute = self._attributes.get(name)
        return getattr(self, attribute) if attribute is not None else self._fixed[name]


def characters_of(model: onnx.ModelProto) -> tuple[str, ...]:
    """The character of each class; class 0 is the CTC blank, the last one the space."""
    text = next(p.value for p in model.metadata_props if p.key == CHARACTERS)
    return ("", *text.splitlines(), " ")


def cut_head(model: onnx.ModelProto, kept: Sequence[int]) -> onnx.ModelProto:
    """A copy of a recogniser that knows fewer characters.

    Args:
        model: the recogniser.
        kept: numbers of the classes to keep, ascending; the blank (0) and the space (the last)
            among them.
    """
    characters = characters_of(model)
    if kept[0] != 0 or kept[-1] != len(characters) - 1 or list(kept) != sorted(set(kept)):
        raise ValueError("keep the blank first and the space last, in ascending order")
    result = onnx.ModelProto()
    result.CopyFrom(model)
    for weight in result.graph.initializer:
        value = numpy_helper.to_array(weight)
        if value.ndim and value.shape[-1] == len(characters):
            weight.CopyFrom(numpy_helper.from_array(value[..., list(kept)].copy(), weight.name))
    for entry in result.metadata_props:
        if entry.key == CHARACTERS:
            entry.value = "\n".join(characters[number] for number in kept[1:-1])
    del result.graph.value_info[:]  # shapes of the larger head
    result.graph.output[0].type.tensor_type.shape.dim[2].dim_value = len(kept)
    return result


def write_back(
    model: onnx.ModelProto, module: GraphModule, state: Mapping[str, Tensor]
) -> onnx.ModelProto:
    """A copy of a graph with trained weights.

    Args:
        model: the graph that `module` was made from.
        module: tells where each weight belongs.
        state: weights by attribute, as `module.state_dict()` gives them.
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    by_name: dict[str, NDArray[np.float32]] = {
        module.weight_names[key]: value.detach().float().cpu().numpy()
        for key, value in state.items()
    }
    for weight in result.graph.initializer:
        if weight.name in by_name:
            value = by_name[weight.name].reshape(tuple(weight.dims))
            weight.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(value), weight.name))
    onnx.checker.check_model(result)
    return result


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy whose weights are kept as 16-bit floats, and cast to 32 bits when it is loaded."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    casts = []
    for weight in result.graph.initializer:
        value = numpy_helper.to_array(weight)
        if value.dtype != np.float32 or value.size < _LEAST_HALVED:
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(value.astype(np.float16), f"{name}_half"))
        casts.append(
            onnx.helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT)
        )
    nodes = [*casts, *result.graph.node]
    del result.graph.node[:]
    result.graph.node.extend(nodes)
    onnx.checker.check_model(result)
    return result


_Node = tuple[str, list[str], str, dict[str, Any]]


def _fused(nodes: Sequence[_Node], constants: Mapping[str, NDArray[Any]]) -> list[_Node]:
    """The same nodes with biases, GELUs and layer normalisations as one step each.

    On a GPU the time goes into starting steps, not into computing them.
    """
    steps: list[_Node] = []
    position = 0
    while position < len(nodes):
        op, inputs, output, attributes = nodes[position]
        kinds = [node[0] for node in nodes[position : position + 9]]
        if kinds[:5] == ["Div", "Erf", "Add", "Mul", "Mul"]:
            steps.append(("Gelu", inputs[:1], nodes[position + 4][2], {}))
            position += 5
        elif kinds[:8] == ["ReduceMean", "Sub", "Pow", "ReduceMean", "Add", "Sqrt", "Div", "Mul"]:
            epsilon = _constant(nodes[position + 4], constants)
            scale = _weight(nodes[position + 7], constants)
            shift = _weight(nodes[position + 8], constants)
            last = nodes[position + 8][2]
            steps.append(("LayerNorm", [inputs[0], scale, shift], last, {"epsilon": epsilon}))
            position += 9
        elif op == "Conv" and kinds[1:2] == ["Add"] and nodes[position + 1][1][1] in constants:
            follower = nodes[position + 1]
            steps.append(("Conv", [*inputs, follower[1][1]], follower[2], attributes))
            position += 2
        else:
            steps.append((op, list(inputs), output, attributes))
            position += 1
    return steps


def _constant(node: _Node, constants: Mapping[str, NDArray[Any]]) -> float:
    return float(next(constants[name] for name in node[1] if name in constants).reshape(-1)[0])


def _weight(node: _Node, constants: Mapping[str, NDArray[Any]]) -> str:
    return next(name for name in node[1] if name in constants)


def _convolve(given: Sequence[Any], attributes: Mapping[str, Any]) -> Tensor:
    picture, weight = given[0], given[1]
    bias = given[2].reshape(-1) if len(given) > 2 else None
    picture, padding = _padded(picture, attributes)
    return F.conv2d(
        picture, weight, bias, attributes["strides"], padding, groups=attributes["group"]
    )


def _padded(
    picture: Tensor, attributes: Mapping[str, Any], value: float = 0.0
) -> tuple[Tensor, tuple[int, int]]:
    if attributes.get("auto_pad", b"") == b"SAME_UPPER":
        # Stride 1 only: the odd pixel lies below and to the right.
        kernel = attributes["kernel_shape"]
        down, right = kernel[0] - 1, kernel[1] - 1
        sides = (right // 2, right - right // 2, down // 2, down - down // 2)
        return F.pad(picture, sides, value=value), (0, 0)
    pads = attributes.get("pads", [0, 0, 0, 0])
    return picture, (pads[0], pads[1])


def _enlarge(given: Sequence[Any], _: Mapping[str, Any]) -> Tensor:
    """Nearest neighbour, by whole factors."""
    factor = [round(value) for value in given[2][2:]]
    return given[0].repeat_interleave(factor[0], 2).repeat_interleave(factor[1], 3)


def _largest(given: Sequence[Any], attributes: Mapping[str, Any]) -> Tensor:
    picture, padding = _padded(given[0], attributes, -math.inf)
    return F.max_pool2d(picture, attributes["kernel_shape"], attributes["strides"], padding)


def _average(given: Sequence[Any], attributes: Mapping[str, Any]) -> Tensor:
    picture, padding = _padded(given[0], attributes)
    return F.avg_pool2d(
        picture,
        attributes["kernel_shape"],
        attributes["strides"],
        padding,
        count_include_pad=bool(attributes.get("count_include_pad", 0)),
    )


def _slice(given: Sequence[Any], _: Mapping[str, Any]) -> Any:
    value, starts, ends, axes = given[:4]
    if isinstance(value, list):
        return value[starts[0] : ends[0]]
    for start, end, axis in zip(starts, ends, axes, strict=True):
        value = value.narrow(axis, start, min(end, value.shape[axis]) - start)
    return value


def _squeeze(given: Sequence[Any], attributes: Mapping[str, Any]) -> Any:
    value = given[0]
    if isinstance(value, list):
        return value[0]
    for axis in sorted(attributes["axes"], reverse=True):
        value = value.squeeze(axis)
    return value


def _concatenate(given: Sequence[Any], attributes: Mapping[str, Any]) -> Any:
    if all(isinstance(value, list) for value in given):
        return [item for value in given for item in value]
    return torch.cat(list(given), dim=attributes["axis"])


def _reshape(given: Sequence[Any], _: Mapping[str, Any]) -> Any:
    value, shape = given
    if not isinstance(value, Tensor):
        return value
    sizes = [value.shape[i] if size == 0 else size for i, size in enumerate(shape)]
    return value.reshape(sizes)


_OPERATIONS: dict[str, Any] = {
    "Add": lambda given, _: given[0] + given[1],
    "AveragePool": _average,
    "BatchNormalization": lambda given, attributes: F.batch_norm(
        given[0], given[3], given[4], given[1], given[2], training=False, eps=attributes["epsilon"]
    ),
    "Concat": _concatenate,
    "Conv": _convolve,
    "ConvTranspose": lambda given, attributes: F.conv_transpose2d(
        given[0], given[1], stride=attributes["strides"], groups=attributes["group"]
    ),
    "Gelu": lambda given, _: F.gelu(given[0]),
    "GlobalAveragePool": lambda given, _: given[0].mean((2, 3), keepdim=True),
    "HardSigmoid": lambda given, attributes: (
        given[0] * attributes["alpha"] + attributes["beta"]
    ).clamp(0, 1),
    "LayerNorm": lambda given, attributes: F.layer_norm(
        given[0], given[1].shape, given[1], given[2], attributes["epsilon"]
    ),
    "MatMul": lambda given, _: given[0] @ given[1],
    "MaxPool": _largest,
    "Mul": lambda given, _: given[0] * given[1],
    "ReduceMean": lambda given, attributes: given[0].mean(attributes["axes"], keepdim=True),
    "Relu": lambda given, _: F.relu(given[0]),
    "Reshape": _reshape,
    "Resize": _enlarge,
    "Shape": lambda given, _: list(given[0].shape),
    "Sigmoid": lambda given, _: torch.sigmoid(given[0]),
    "Slice": _slice,
    "Softmax": lambda given, attributes: torch.softmax(given[0], attributes["axis"]),
    "Squeeze": _squeeze,
    "Transpose": lambda given, attributes: given[0].permute(attributes["perm"]),
    "Unsqueeze": lambda given, _: [given[0]],
}
