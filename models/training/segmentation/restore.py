"""ONNX file -> the network that it came from, ready to be trained on.

Export folds each batch normalisation into the convolution before it. To train on, the
normalisation is put back so that it changes nothing at first: its statistics are those of a
batch of examples, and its scale and shift undo them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from training.segmentation.net import NoteNet

__all__ = ["restore"]


def restore(file: Path, images: Tensor) -> NoteNet:
    """The network of a file that `export` wrote.

    Args:
        file: the ONNX file.
        images: a batch of examples, N x 3 x H x W, -0.5 to 0.5; sixteen or more.
    """
    graph = onnx.load(str(file)).graph
    values = _weights(graph)
    nodes = {_module(n.name): n for n in graph.node if n.op_type in ("Conv", "BatchNormalization")}
    net = NoteNet().eval()
    modules = [(n, m) for n, m in net.named_modules() if isinstance(m, nn.Conv2d | nn.BatchNorm2d)]
    folded: dict[nn.BatchNorm2d, Tensor] = {}
    with torch.no_grad():
        for (name, module), (_, after) in zip(modules, [*modules[1:], ("", None)], strict=True):
            if isinstance(module, nn.Conv2d):
                _, weight, *bias = nodes.pop(name).input
                module.weight.copy_(values[weight])
                if module.bias is not None:
                    module.bias.copy_(values[bias[0]])
                elif bias:
                    assert isinstance(after, nn.BatchNorm2d)
                    folded[after] = values[bias[0]]
            elif module not in folded:
                _, *stored = nodes.pop(name).input
                for own, source in zip(
                    (module.weight, module.bias, module.running_mean, module.running_var),
                    stored,
                    strict=True,
                ):
                    assert own is not None
                    own.copy_(values[source])
        assert not nodes
        hooks = [bn.register_forward_pre_hook(_Undo(bias)) for bn, bias in folded.items()]
        net(images)
    for hook in hooks:
        hook.remove()
    return net


def _module(node: str) -> str:
    """The module that a node came from: `/s4/s4.1/body/body.0/Conv` is `s4.1.body.0`."""
    scopes = node.strip("/").split("/")[:-1]
    following = [*scopes[1:], ""]
    return ".".join(
        scope for scope, after in zip(scopes, following, strict=True)
        if not after.startswith(f"{scope}.")
    )  # fmt: skip


def _weights(graph: onnx.GraphProto) -> dict[str, Tensor]:
    """Stored values by name; what was reduced to 8 bits under the name of what it stands for."""
    stored = {i.name: np.array(numpy_helper.to_array(i)) for i in graph.initializer}
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and all(name in stored for name in node.input):
            whole, scale, *zero = (stored[name] for name in node.input)
            axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
            along = [1] * whole.ndim
            if scale.ndim:
                along[axis] = -1
            middle = zero[0].astype(np.float32).reshape(along) if zero else 0
            stored[node.output[0]] = (whole.astype(np.float32) - middle) * scale.reshape(along)
    return {name: torch.from_numpy(value) for name, value in stored.items() if value.ndim}


class _Undo:
    """Sets a normalisation, as it first sees data, to add nothing but a bias."""

    def __init__(self, bias: Tensor) -> None:
        self._bias = bias

    def __call__(self, module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(module, nn.BatchNorm2d)
        assert module.running_mean is not None
        assert module.running_var is not None
        (x,) = inputs
        mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
        module.running_mean.copy_(mean)
        module.running_var.copy_(variance)
        module.weight.copy_((variance + module.eps).sqrt())
        module.bias.copy_(mean + self._bias)
