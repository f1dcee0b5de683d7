"""What the line detector is taught: simulated notes, and the cores of their lines."""

from __future__ import annotations

import importlib.util
import string
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from boardscribe.lines import find_boxes

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "models"))

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("torch", "onnx")),
    reason="what training needs is not installed",
)


@pytest.mark.parametrize(("width", "height"), [(200.0, 30.0), (40.0, 36.0), (120.0, 18.0)])
def test_a_core_grows_back_to_its_line(width: float, height: float) -> None:
    """What the detector is taught is what the engine makes boxes of."""
    from training.reading.pages import core_of

    long, high = core_of(width, height)
    probability = np.zeros((200, 320), np.float32)
    probability[80 : 80 + round(high), 60 : 60 + round(long)] = 1.0
    (box,) = find_boxes(probability, (320, 200))
    assert sorted((box.width, box.height)) == pytest.approx(sorted((width, height)), abs=5)


def test_every_core_lies_on_writing_and_none_touches_another(tmp_path: Path) -> None:
    """However close the lines are."""
    from training.reading.pages import make_page
    from training.reading.pictures import Simulator
    from training.reading.skeletons import Glyph
    from training.reading.wording import Wording

    stroke = np.array([[0, 0], [0.3, 1], [0.6, 0]], np.float32)
    letters = {sign: Glyph((stroke,), 0.0, 0.6) for sign in string.ascii_letters + string.digits}
    words = tmp_path / "words.txt"
    words.write_text("more\t5\ntrees\t3\nless\t2\n", encoding="utf-8")
    rng = np.random.default_rng(4)
    simulator = Simulator({"zigzag": letters}, Wording(words), (), rng)
    found = []
    for size in ((320, 320), (256, 320), (416, 352)) * 4:
        page = make_page(simulator, size, rng)
        assert page.picture.shape == (size[1], size[0], 3)
        assert page.cores.shape == (size[1], size[0])
        count, _ = cv2.connectedComponents(page.cores)
        boxes = find_boxes(page.cores.astype(np.float32), size)
        # A core at the border may be too thin to count.
        assert count - 3 <= len(boxes) <= count - 1
        found.append(len(boxes))
    assert max(found) > 4
