"""Sessions of networks."""

from __future__ import annotations

import onnxruntime

import boardscribe_models
from boardscribe.errors import MissingComponentError

__all__ = ["session", "session_of"]


def session(name: str) -> onnxruntime.InferenceSession:
    """A model of this package.

    Raises:
        MissingComponentError: the weights are missing or damaged.
    """
    try:
        data = boardscribe_models.load(name)
    except boardscribe_models.ModelError as error:
        raise MissingComponentError(error.message, remedy=error.remedy) from error
    return session_of(data)


def session_of(model: bytes) -> onnxruntime.InferenceSession:
    """An ONNX file, on one thread (photos are what is run in parallel)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Pictures differ in size: a memory pattern of one is wasted on the next.
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
