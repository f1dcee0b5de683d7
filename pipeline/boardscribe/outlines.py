"""Outlines that people gave, in place of what segmentation finds there.

They are kept in the workspace beside the database, by photo, and are in force whenever that photo
is segmented, by whatever version: a person outranks a machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from boardscribe._geometry import clip, clockwise, covered, polygon_of, touches_border
from boardscribe.errors import WorkspaceError
from boardscribe.files import write_whole
from boardscribe.options import digest
from boardscribe.records import Detection, Polygon, StageStamp

__all__ = ["OUTLINES_FILE", "add_outlines", "put_in_force", "read_outlines", "with_outlines"]

OUTLINES_FILE = "outlines.json"
_FORMAT = 1
_SAME = 0.5
"""An outline that lies within given ones by at least this share of its area gives way to them."""


def read_outlines(workspace: Path) -> Mapping[str, tuple[Polygon, ...]]:
    """The given outlines by the SHA-256 of their photo, in pixels of the upright photo.

    Raises:
        WorkspaceError: the file is damaged.
    """
    path = workspace / OUTLINES_FILE
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["format"] != _FORMAT:
            raise ValueError(f"format {kept['format']}")
        return {
            str(sha256): tuple(polygon_of(points) for points in outlines)
            for sha256, outlines in kept["photos"].items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise WorkspaceError(
            f"{path} cannot be read: {error}",
            remedy="Put it back from a backup, or remove it: the outlines found by the program "
            "are then in force again.",
        ) from error


def add_outlines(workspace: Path, given: Mapping[str, Sequence[Polygon]]) -> None:
    """Keep outlines by photo; earlier ones that they cover are replaced. Hold the workspace."""
    kept = dict(read_outlines(workspace))
    for sha256, outlines in given.items():
        before = [one for one in kept.get(sha256, ()) if covered(one, outlines) < _SAME]
        kept[sha256] = (*before, *outlines)
    text = json.dumps({"format": _FORMAT, "photos": kept}, indent=1, sort_keys=True) + "\n"
    write_whole(workspace / OUTLINES_FILE, text.encode())


def put_in_force(
    found: Sequence[Detection], given: Sequence[Polygon], width: int, height: int
) -> tuple[Detection, ...]:
    """What was found on a photo, with the given outlines in place of what lies in them.

    Args:
        found: by segmentation.
        given: by people.
        width: of the photo in pixels.
        height: of the photo in pixels.
    """
    if not given:
        return tuple(found)
    kept = [one for one in found if covered(one.polygon, given) < _SAME]
    for outline in given:
        polygon = clockwise(clip(outline, width, height))
        if polygon:
            cut_off = touches_border(polygon, width, height)
            kept.append(Detection(polygon, confidence=1.0, cut_off=cut_off))
    return tuple(sorted(kept, key=lambda one: min((y, x) for x, y in one.polygon)))


def with_outlines(
    stamps: Mapping[str, StageStamp], given: Sequence[Polygon]
) -> Mapping[str, StageStamp]:
    """The stamps of a photo's results under given outlines: all that builds on them is redone."""
    if not given:
        return stamps
    return {
        stage: stamp
        if stage == "photo"
        else StageStamp(stage, stamp.version, digest(stage, stamp.version, given, [stamp.digest]))
        for stage, stamp in stamps.items()
    }
