"""One scene to one photograph with its truth: pictures, geometry, Blender, lens, truth."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.photoreal import textures
from training.photoreal.develop import develop, save_jpeg, unbarrel
from training.photoreal.handwriting import write
from training.photoreal.outlines import outline
from training.photoreal.paper import Relief, Sheet, hang
from training.photoreal.specs import NoteSpec, Outline, SceneSpec
from training.photoreal.truth import Written, photo_truth

__all__ = ["MEANINGS", "BlenderMissingError", "render", "write_truth"]

MEANINGS = {
    "tick": "agree",
    "heart": "important",
    "bubble": "amend or expand",
    "square": "challenge",
}
TEXTURE = 6.0
"""Pixels a mm on a note's texture."""


class BlenderMissingError(RuntimeError):
    """Blender is not there, or it failed; the message says what to do."""


def _frame(shape: Outline) -> tuple[float, float]:
    """Width and height (mm) of the picture about the origin that holds an outline."""
    reach = np.abs(np.asarray(shape.points)).max(axis=0) * 2 + 1.0
    return float(reach[0]), float(reach[1])


def _face(note: NoteSpec, shape: Outline, path: Path, rng: np.random.Generator) -> Written:
    """Paint a note's texture into `path`; return what is written where."""
    width, height = _frame(shape)
    papers = textures.PAPERS[note.colour]
    paper = papers[int(rng.integers(len(papers)))]
    writing = None
    if note.text:
        box = shape.text_box
        writing = write(note.text, note.hand, box.width, box.height, TEXTURE, rng)
    picture, words = textures.note_picture(
        width, height, TEXTURE, paper, note.hand.ink, shape.text_box, writing, rng
    )
    cv2.imwrite(str(path), picture)
    h, w = words.shape
    ink: list[NDArray[np.float64]] = []
    for number in range(1, int(words.max()) + 1):
        ys, xs = np.nonzero(words == number)
        some = rng.permutation(len(xs))[:240]
        ink.append(np.column_stack([(xs[some] + 0.5) / w, 1 - (ys[some] + 0.5) / h]))
    mask = np.zeros((h, w), np.uint8)
    flat = (np.asarray(shape.points) * [1, -1] * TEXTURE + [w / 2, h / 2]).astype(np.int32)
    cv2.fillPoly(mask, [flat], 1)
    return Written(writing.lines if writing else (), tuple(ink), float(mask.mean()))


def _sheet_json(number: int, sheet: Sheet, shape: Outline, texture: Path) -> dict[str, Any]:
    width, height = _frame(shape)
    uv = sheet.flat / np.array([width, height]) + 0.5
    return {
        "number": number,
        "flat": sheet.flat.round(4).tolist(),
        "space": sheet.space.round(4).tolist(),
        "uv": uv.round(6).tolist(),
        "rim": sheet.rim,
        "texture": str(texture),
        "roughness": 0.85,
    }


def _small_things(
    scene: SceneSpec, sheets: list[Sheet], rng: np.random.Generator
) -> list[dict[str, Any]]:
    """What holds card and notes: magnets on a whiteboard, pins in cork."""
    kind = {"whiteboard": "magnet", "cork": "pin"}.get(scene.surface)
    if kind is None:
        return []
    colours = ((0.5, 0.02, 0.02), (0.02, 0.08, 0.45), (0.02, 0.25, 0.06), (0.03, 0.03, 0.03))
    card, things = scene.heading, []

    def put(x: float, y: float, z: float) -> None:
        colour = colours[int(rng.integers(len(colours)))]
        things.append({"kind": kind, "x": x, "y": y, "z": z, "colour": colour})

    edge = 12 if kind == "magnet" else 7
    for side in (-1, 1):
        put(card.x + side * (card.width / 2 - edge), card.y + card.height / 2 - edge, 2.3)
    for note, sheet in zip(scene.notes, sheets, strict=True):
        if note.shape != "square" and kind == "pin" and rng.random() < 0.55:
            inner = sheet.space[sheet.rim :]
            top = inner[np.argsort(sheet.flat[sheet.rim :, 1])[-max(3, len(inner) // 12) :]]
            x, y, z = top.mean(axis=0) if note.shape != "heart" else inner[len(inner) * 3 // 4]
            put(float(x), float(y), float(z))
    return things


def _blender(folder: Path, threads: int) -> None:
    program = shutil.which("blender")
    if program is None:
        raise BlenderMissingError("blender is missing: apt-get install blender (3.4 was tried)")
    script = Path(__file__).with_name("blender_scene.py")
    command = [program, "-b", "--factory-startup", "-t", str(threads), "-P", str(script)]
    command += ["--python-exit-code", "3", "--", str(folder / "scene.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not (folder / "index.png").exists():
        raise BlenderMissingError(f"blender failed:\n{done.stdout[-2500:]}\n{done.stderr[-2500:]}")


def render(
    scene: SceneSpec, out: Path, *, threads: int = 1, meanings: Mapping[str, str] = MEANINGS,
    keep: Path | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Render a scene into `out/photos/NAME.jpg` and `out/truth/NAME.json`; return the truth.

    Args:
        scene: what to render. The same scene gives the same photograph.
        out: where the two folders are made.
        threads: how many threads Blender uses.
        meanings: response type of each shape, for the truth.
        keep: a folder for the renderer's own files; a temporary one otherwise.

    Raises:
        BlenderMissingError: Blender is missing or failed.
    """
    with tempfile.TemporaryDirectory(prefix="photoreal-") as scratch:
        folder = keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        written, description = _describe(scene, folder)
        (folder / "scene.json").write_text(json.dumps(description), encoding="utf-8")
        _blender(folder, threads)
        photo = develop(folder, scene.finish, np.random.default_rng([scene.seed, 7]))
        index = cv2.imread(str(folder / "index.png"), cv2.IMREAD_UNCHANGED)
        if index is None or index.dtype != np.uint16:
            raise BlenderMissingError("blender wrote no 16-bit index picture")
        flat = unbarrel(index, scene.finish.barrel, nearest=True)
    (out / "photos").mkdir(parents=True, exist_ok=True)
    (out / "truth").mkdir(parents=True, exist_ok=True)
    name = f"{scene.name}.jpg"
    save_jpeg(photo, out / "photos" / name, scene.finish)
    truth = photo_truth(
        scene, written, np.asarray(flat, dtype=np.uint16), photo=name, meanings=meanings
    )
    write_truth(truth, out / "truth" / f"{scene.name}.json")
    return truth


def write_truth(truth: Mapping[str, Any], path: Path) -> None:
    """Write a photograph's truth as JSON."""
    path.write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _describe(scene: SceneSpec, folder: Path) -> tuple[list[Written], dict[str, Any]]:
    """Write all textures; return what is on the notes and the scene for Blender."""
    relief = Relief(scene.width, scene.height)
    written: list[Written] = []
    sheets: list[Sheet] = []
    described: list[dict[str, Any]] = []
    for i, note in enumerate(scene.notes):
        rng = np.random.default_rng(note.seed)
        shape = outline(note.shape, note.drawing, note.width, rng)
        texture = folder / f"note{i}.png"
        written.append(_face(note, shape, texture, rng))
        sheets.append(hang(note, shape, relief, rng))
        described.append(_sheet_json(i + 2, sheets[-1], shape, texture))
    rng = np.random.default_rng([scene.seed, 3])
    wall, card, board = folder / "wall.png", folder / "card.png", folder / "board.png"
    cv2.imwrite(str(wall), textures.wall_picture(scene.wall_colour, rng))
    cv2.imwrite(str(card), textures.card_picture(scene.heading, TEXTURE, rng))
    picture = textures.board_picture(scene.surface, scene.width, scene.height, 3.0, rng)
    if picture is not None:
        cv2.imwrite(str(board), picture)
    description = {
        "size": scene.size,
        "samples": scene.samples,
        "seed": scene.seed % 2**31,
        "surface": scene.surface,
        "width": scene.width,
        "height": scene.height,
        "gloss": float(rng.uniform(0.12, 0.25)),
        "wall": str(wall),
        "board_picture": str(board),
        "heading": asdict(scene.heading) | {"texture": str(card)},
        "sheets": described,
        "things": _small_things(scene, sheets, rng),
        "lamps": [asdict(lamp) for lamp in scene.lamps],
        "ambient": scene.ambient,
        "camera": asdict(scene.camera),
    }
    return written, description
