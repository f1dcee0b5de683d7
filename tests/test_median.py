"""The median without numpy's overhead is numpy's median."""

from __future__ import annotations

import numpy as np
import pytest

from boardscribe._median import median


@pytest.mark.parametrize("count", [1, 2, 3, 8, 31])
@pytest.mark.parametrize("width", [(), (3,)])
@pytest.mark.parametrize("kind", [np.float32, np.uint8])
def test_it_is_numpys(count: int, width: tuple[int, ...], kind: type) -> None:
    values = (np.random.default_rng(count).random((count, *width)) * 255).astype(kind)
    assert np.array_equal(median(values), np.median(values, axis=0))
