"""Batches for training, made by worker processes: simulated lines, and real ones varied.

Every batch holds lines of like width: first simulated ones, then as many real ones of each group
of boards, so that networks which may see different boards can share one stream.
"""

from __future__ import annotations

import itertools
import multiprocessing
import multiprocessing.queues
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from boardscribe.engines._ctc import Alphabet
from training.reading import linefile, skeletons
from training.reading.faces import CHECK, TRAINING
from training.reading.linefile import Line
from training.reading.pictures import HEIGHT, Simulator, vary
from training.reading.wording import Wording

__all__ = [
    "Batch",
    "Codes",
    "Plan",
    "check_lines",
    "check_simulator",
    "pack",
    "put_lines",
    "simulator_of",
    "start",
]

_LEAST_WIDTH = 160
"""The engine pads shorter lines to this width."""
_STEP = 32
_WIDEST = 960
_FRAME = 8
"""Pixels along the line for each step of the recogniser."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What batches are made of."""

    data: Path
    """Folder with letters.npz, words.txt, dev.npz and fonts/."""
    groups: tuple[tuple[str, ...], ...]
    """Boards whose real lines are used, in groups."""
    simulated: int
    """Lines of each batch."""
    real: int
    """Lines of each group in each batch."""
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Pictures and texts."""

    pictures: NDArray[np.uint8]
    """N x 48 x W x 3, BGR."""
    widths: NDArray[np.int32]
    """Of each picture without padding."""
    texts: tuple[str, ...]


class Codes:
    """Texts as class numbers: as written, and without case as the engine decodes them."""

    def __init__(self, characters: Sequence[str]) -> None:
        self.alphabet = Alphabet(characters)
        self.classes = {c: i for i, c in enumerate(characters) if c}
        self.letters = self.alphabet.index

    def knows(self, text: str) -> bool:
        """Whether every sign has a class."""
        return all(c in self.classes and c.lower() in self.letters for c in text)

    def cased(self, text: str) -> list[int]:
        """Classes of the recogniser."""
        return [self.classes[c] for c in text]

    def folded(self, text: str) -> list[int]:
        """Letters without case."""
        return [self.letters[c.lower()] for c in text]


def pack(lines: Sequence[tuple[NDArray[np.uint8], str]]) -> Batch:
    """Pictures of 48 x w x 3 padded on the right to one width, with grey as the engine does."""
    longest = max(_LEAST_WIDTH, *(picture.shape[1] for picture, _ in lines))
    width = -(-longest // _STEP) * _STEP
    pictures = np.full((len(lines), HEIGHT, width, 3), 128, np.uint8)
    for row, (picture, _) in enumerate(lines):
        pictures[row, :, : picture.shape[1]] = picture
    widths = np.array([picture.shape[1] for picture, _ in lines], np.int32)
    return Batch(pictures, widths, tuple(text for _, text in lines))


def check_simulator(data: Path, rng: np.random.Generator) -> Simulator:
    """Hands whose letters are not trained on."""
    faces = skeletons.load(data / "letters.npz")
    kept = {name: glyphs for name, glyphs in faces.items() if name in CHECK}
    return Simulator(kept, Wording(data / "words.txt"), (), rng)


def check_lines(data: Path, count: int, seed: int = 1) -> list[tuple[NDArray[np.uint8], str]]:
    """Simulated lines in letters that are not trained on; always the same."""
    simulator = check_simulator(data, np.random.default_rng(seed))
    return [line for line in (simulator.line() for _ in range(count)) if _fits(*line)]


def start(
    work: Callable[..., None], given: Sequence[Any], workers: int
) -> tuple[multiprocessing.queues.Queue[Any], list[multiprocessing.Process]]:
    """Start workers that fill a queue with batches until they are ended.

    Call it before anything uses a GPU: the workers are forks.

    Args:
        work: what each does with what it is given, its number and the queue.
        given: to each of them.
        workers: how many.
    """
    context = multiprocessing.get_context("fork")
    queue: multiprocessing.queues.Queue[Any] = context.Queue(3 * workers)
    processes = []
    for number in range(workers):
        process = context.Process(target=work, args=(*given, number, queue), daemon=True)
        process.start()
        processes.append(process)
    return queue, processes  # type: ignore[return-value]


def simulator_of(data: Path, rng: np.random.Generator) -> Simulator:
    """Hands and typefaces to train on."""
    faces = skeletons.load(data / "letters.npz")
    return Simulator(
        {name: glyphs for name, glyphs in faces.items() if name in TRAINING},
        Wording(data / "words.txt"),
        sorted((data / "fonts").glob("*.ttf")),
        rng,
    )


def put_lines(
    plan: Plan,
    characters: Sequence[str],
    number: int,
    queue: multiprocessing.queues.Queue[Batch],
) -> None:
    """Put batches of lines into a queue without end."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng((plan.seed, number))
    simulator = simulator_of(plan.data, rng)
    codes = Codes(characters)
    groups = [_of_boards(plan.data / "dev.npz", boards, codes) for boards in plan.groups]
    pool = 6
    while True:
        simulated = []
        while len(simulated) < pool * plan.simulated:
            line = simulator.line()
            if _fits(*line) and codes.knows(line[1]):
                simulated.append(line)
        sources = [(simulated, plan.simulated)]
        for group in groups:
            real = []
            while len(real) < pool * plan.real:
                line = _varied(group, rng)
                if _fits(*line):
                    real.append(line)
            sources.append((real, plan.real))
        for lines, _ in sources:
            lines.sort(key=lambda line: line[0].shape[1])
        for part in rng.permutation(pool):
            chosen = [
                line for lines, size in sources for line in lines[part * size : (part + 1) * size]
            ]
            queue.put(pack(chosen))


def _fits(picture: NDArray[np.uint8], text: str) -> bool:
    repeated = sum(a == b for a, b in itertools.pairwise(text))
    return picture.shape[1] <= _WIDEST and picture.shape[1] / _FRAME > 1.1 * (len(text) + repeated)


def _of_boards(path: Path, boards: Sequence[str], codes: Codes) -> Mapping[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in linefile.load(path):
        if line.board in boards and line.text and codes.knows(line.text):
            found.setdefault(line.board, []).append(line)
    return found


def _varied(
    boards: Mapping[str, list[Line]], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], str]:
    """A real line, or up to three of one board one after the other."""
    names = list(boards)
    # Lines of boards with few are seen more often than their share.
    weights = np.sqrt([len(boards[name]) for name in names])
    lines = boards[names[int(rng.choice(len(names), p=weights / weights.sum()))]]
    count = int(rng.choice([1, 2, 3], p=[0.6, 0.28, 0.12]))
    pictures, texts = [], []
    for _ in range(count):
        line = lines[int(rng.integers(len(lines)))]
        pictures.append(vary(line.wide, linefile.MARGIN, rng))
        texts.append(line.text)
    return np.concatenate(pictures, axis=1), " ".join(texts)
