"""What a scene is made of: frozen records, no algorithms.

Lengths are millimetres on the board (x right, y up, origin at the centre of the
board, z towards the camera); angles are degrees, counter-clockwise as one looks
at the board. Pictures are the business of `develop`, truth that of `truth`.
"""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]

VERSION = "1.0"
"""Of the generator; raised when the same seed no longer gives the same photograph."""

SHAPES = ("square", "bubble", "heart", "tick")
COLOURS = ("yellow", "pink", "green", "blue", "orange", "white")
SURFACES = ("whiteboard", "brown paper", "cork", "wall", "flip chart")


@dataclass(frozen=True, slots=True)
class TextBox:
    """Where one may write on a note: centre, size (mm) and angle in the note's frame."""

    x: float
    y: float
    width: float
    height: float
    angle: float = 0.0


@dataclass(frozen=True, slots=True)
class Outline:
    """A cut piece of paper, flat: a simple polygon (mm, y up) and its text box."""

    shape: str
    drawing: int
    points: tuple[Point, ...]
    text_box: TextBox


@dataclass(frozen=True, slots=True)
class Hand:
    """One person's handwriting and pen.

    `x_height` is the wished height of a small letter in mm; long texts are written
    smaller. `neatness` runs from 0 (wild) to 1 (ruled).
    """

    font: str
    x_height: float
    pen: float
    ink: str
    slant: float
    neatness: float
    capitals: bool = False


@dataclass(frozen=True, slots=True)
class NoteSpec:
    """One note as it hangs: what, where, how it is turned and how it curls."""

    shape: str
    drawing: int
    colour: str
    text: str
    hand: Hand
    width: float
    x: float
    y: float
    angle: float
    curl: float
    seed: int


@dataclass(frozen=True, slots=True)
class HeadingSpec:
    """The printed heading card of a board."""

    text: str
    font: str
    x: float
    y: float
    width: float
    height: float
    angle: float
    style: int = 0


@dataclass(frozen=True, slots=True)
class LampSpec:
    """A rectangular lamp: place, the point it faces, size (mm), power (W), colour (K)."""

    x: float
    y: float
    z: float
    to: tuple[float, float, float]
    width: float
    height: float
    power: float
    kelvin: float


@dataclass(frozen=True, slots=True)
class CameraSpec:
    """A pinhole with a lens: it stands at `place` and looks at `target` (mm)."""

    place: tuple[float, float, float]
    target: tuple[float, float, float]
    roll: float
    focal: float
    f_stop: float
    focus: float


@dataclass(frozen=True, slots=True)
class FinishSpec:
    """What the phone does after the shutter.

    `exposure` is the brightness a white sheet should get (0 to 1), `noise` the standard
    deviation of 8-bit values, `blur` a Gaussian in pixels, `motion` the pixels and
    degrees of a shake, `orientation` the EXIF value (1, 3, 6 or 8).
    """

    exposure: float = 0.8
    kelvin_error: float = 0.0
    noise: float = 2.0
    blur: float = 0.6
    motion: tuple[float, float] = (0.0, 0.0)
    vignette: float = 0.25
    barrel: float = 0.0
    sharpen: float = 0.4
    quality: int = 88
    max_bytes: int = 0
    orientation: int = 1


@dataclass(frozen=True, slots=True)
class SceneSpec:
    """A board, the room it hangs in and the photograph taken of it."""

    name: str
    board: str
    surface: str
    width: float
    height: float
    heading: HeadingSpec
    notes: tuple[NoteSpec, ...]
    lamps: tuple[LampSpec, ...]
    ambient: float
    camera: CameraSpec
    finish: FinishSpec
    wall_colour: tuple[int, int, int]
    seed: int
    size: tuple[int, int]
    samples: int
