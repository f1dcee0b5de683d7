"""The same workspace gives the same bytes in every format: whoever exports it, where and when."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.snapshots import draw_pictures, hard_cases

from boardscribe.export import FORMATS

HERE = Path(__file__).parent
WORK = """
import sys
from pathlib import Path
from support.snapshots import hard_cases
from boardscribe.export import FORMATS, ExportSettings, write_export
from boardscribe.options import Options
workspace, out = map(Path, sys.argv[1:])
settings = ExportSettings(workspace=workspace)
for form in sorted(FORMATS):
    write_export(hard_cases(), Options(), format=form, out=out / form, settings=settings)
"""
PLACES = {
    "tokyo": {"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1", "COLUMNS": "40"},
    "the other side of the day": {"TZ": "Etc/GMT+12", "LC_ALL": "C", "PYTHONHASHSEED": "2"},
}


def files(path: Path) -> dict[str, bytes]:
    if path.is_file():
        return {"": path.read_bytes()}
    return {str(p.relative_to(path)): p.read_bytes() for p in path.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def outs(tmp_path_factory):
    """Every format written by two processes that share nothing but the workspace."""
    found = []
    for number, (place, environment) in enumerate(PLACES.items()):
        top = tmp_path_factory.mktemp("place") / place
        draw_pictures(hard_cases(), top / f"workspace {number}")
        if found:
            time.sleep(1.1)  # a clock that is written to the second would show
        subprocess.run(
            [sys.executable, "-c", WORK, str(top / f"workspace {number}"), str(top / "out")],
            cwd=top,
            env={**os.environ, "PYTHONPATH": str(HERE), "PYTHONUTF8": "0", **environment},
            check=True,
            timeout=300,
        )
        found.append(top / "out")
    return found


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_another_place_hour_language_and_process_give_the_same_bytes(form, outs):
    first, again = (files(out / form) for out in outs)
    assert first.keys() == again.keys()
    assert [name for name in first if first[name] != again[name]] == []


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_no_export_knows_what_day_it_is(form, outs):
    """Times are those of the data, months ago: today's date would change the bytes tomorrow."""
    today = datetime.now(UTC)
    days = [today + timedelta(days=offset) for offset in (-1, 0, 1)]
    spellings = [day.strftime(how) for day in days for how in ("%Y-%m-%d", "%Y%m%d", "%d %b %Y")]
    for name, data in files(outs[0] / form).items():
        assert [one for one in spellings if one.encode() in data] == [], name
