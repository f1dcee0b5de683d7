"""Push and pull killed at random steps: no answer lost, no task twice, nothing half applied."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SUPPORT = Path(__file__).resolve().parent / "support"
KILLS = 50


@pytest.mark.slow
def test_pushes_and_pulls_killed_fifty_times_lose_and_double_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT.parent)}
    command = [sys.executable, str(SUPPORT / "reviewkilling.py"), str(tmp_path), "7", str(KILLS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    assert sum(found["killed"].values()) == KILLS
    assert min(found["killed"].values()) >= 5
    assert found["most_tasks_of_one_id"] == 1
    assert found["answers_given"] == found["answers_stored"] == found["rows"]
    assert found["reviewed"] == found["notes"]
    # The machine's text, and one decision: an answer applied twice would have made a third.
    assert found["versions"] == [2]
