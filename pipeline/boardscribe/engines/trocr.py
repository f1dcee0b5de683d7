"""TrOCR: a transformer that reads lines of handwriting, for users with a GPU.

The weights are the user's: a folder named in the settings, such as a download of
microsoft/trocr-base-handwritten; nothing is fetched at run time. Source: Li et al., "TrOCR:
Transformer-based Optical Character Recognition with Pre-trained Models", AAAI 2023. Its decoder
is a language model that can write fluently what nobody wrote, so it is `generative`.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from boardscribe.engines._networks import Detector
from boardscribe.engines._strips import Strip, cut_strips, texts_of
from boardscribe.engines.base import EngineInfo, EngineText, EngineWord
from boardscribe.errors import MissingComponentError
from boardscribe.options import ReadOptions

if TYPE_CHECKING:
    import torch

__all__ = ["Trocr", "create", "describe", "probe", "version"]

_VERSION = "1"
_INSTALL = 'pip install "boardscribe[trocr]"'
_NEEDS = ("torch", "transformers")
_HEIGHT = 96
"""Of a line in pixels; the model scales it further by itself."""


class Trocr:
    """TrOCR weights of the user's on lines found by the text detector.

    Raises:
        MissingComponentError: the packages are not installed, or the folder holds no such model.
    """

    name = "trocr"
    generative = True

    def __init__(self, options: ReadOptions) -> None:
        own = options.trocr
        folder = _folder(options)
        # Slow to import, and not there for most users.
        import torch  # noqa: PLC0415
        from transformers import TrOCRProcessor, VisionEncoderDecoderModel, logging  # noqa: PLC0415

        # A report of the weights and a bar for each process would drown what the user is told.
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        try:
            # Safetensors hold numbers alone; the older format is a pickle, which can run code.
            self._model: Any = VisionEncoderDecoderModel.from_pretrained(
                folder, local_files_only=True, use_safetensors=True
            )
            self._processor: Any = TrOCRProcessor.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MissingComponentError(
                f"{folder} holds no TrOCR model: {str(error).splitlines()[0][:200]}",
                remedy="Name a folder with config.json, model.safetensors and the files of the "
                "tokenizer and image processor under [read.trocr].",
            ) from error
        self._device = _device(own.device)
        self._model.to(self._device).eval()
        self._torch = torch
        self._options = own
        self._detector = Detector()
        self.version = version(options)

    def read(self, crops: Sequence[NDArray[np.uint8]]) -> tuple[EngineText, ...]:
        """See `boardscribe.engines.Engine`."""
        strips = list(cut_strips(self._detector, crops, height=_HEIGHT))
        # Lines of like width fill a batch best.
        order = sorted(range(len(strips)), key=lambda index: strips[index].picture.shape[1])
        found: dict[int, tuple[tuple[EngineWord, ...], float]] = {}
        for start in range(0, len(order), self._options.batch):
            batch = order[start : start + self._options.batch]
            read = self._read_batch([strips[index] for index in batch])
            found.update(zip(batch, read, strict=True))
        return texts_of(len(crops), [(strip, *found[index]) for index, strip in enumerate(strips)])

    def _read_batch(self, strips: Sequence[Strip]) -> list[tuple[tuple[EngineWord, ...], float]]:
        pictures = [np.ascontiguousarray(strip.picture[..., ::-1]) for strip in strips]
        pixels = self._processor(images=pictures, return_tensors="pt").pixel_values
        with self._torch.inference_mode():
            answer = self._model.generate(
                pixels.to(self._device),
                max_new_tokens=self._options.max_tokens,
                num_beams=self._options.beams,
                do_sample=False,
                output_scores=True,
                return_dict_in_generate=True,
            )
            scores = self._model.compute_transition_scores(
                answer.sequences,
                answer.scores,
                getattr(answer, "beam_indices", None),
                normalize_logits=self._options.beams == 1,
            )
        return [
            self._words(ids, logs)
            for ids, logs in zip(
                # The first token only starts the sequence and has no score.
                answer.sequences[:, -scores.shape[1] :].tolist(), scores.tolist(), strict=True
            )
        ]  # fmt: skip

    def _words(
        self, ids: Sequence[int], logs: Sequence[float]
    ) -> tuple[tuple[EngineWord, ...], float]:
        """Each character has the probability of the token that brought it."""
        tokenizer = self._processor.tokenizer
        text, chances, total = "", [], 0.0
        for end, (token, log) in enumerate(zip(ids, logs, strict=True), 1):
            if token in tokenizer.all_special_ids:
                continue
            total += log
            longer = tokenizer.decode(
                ids[:end], skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
            chance = math.exp(min(0.0, log)) if math.isfinite(log) else 0.0
            chances += [chance] * (len(longer) - len(text))
            text, chances = longer, chances[: len(longer)]
        words, at = [], 0
        for word in text.split():
            at = text.index(word, at)
            words.append(EngineWord(word, tuple(chances[at : at + len(word)])))
            at += len(word)
        return tuple(words), total


def create(options: ReadOptions) -> Trocr:
    """Entry point of the group `boardscribe.engines`."""
    return Trocr(options)


def version(options: ReadOptions) -> str:
    """Changes with the weights, wherever they lie; empty where there are none."""
    folder = Path(options.trocr.folder)
    files = _files(folder) if options.trocr.folder else ()
    return f"{_VERSION}+{_digest(files)[:12]}" if files else ""


def describe() -> EngineInfo:
    """What `boardscribe doctor` says about this engine where no settings are known."""
    absent = [name for name in _NEEDS if importlib.util.find_spec(name) is None]
    if absent:
        return EngineInfo(
            Trocr.name,
            "",
            available=False,
            missing=f"not installed: {', '.join(absent)}",
            install=_INSTALL,
            niche=True,
        )
    return EngineInfo(Trocr.name, _VERSION, available=True, niche=True)


def probe(options: ReadOptions) -> EngineInfo:
    """What `boardscribe doctor` says under these settings: which weights the folder holds."""
    try:
        folder = _folder(options)
    except MissingComponentError as error:
        return EngineInfo(Trocr.name, "", False, missing=error.message, install=error.remedy)
    weights = tuple(
        (file.name, _digest((file,))) for file in _files(folder) if file.suffix == ".safetensors"
    )
    if not weights:
        return EngineInfo(
            Trocr.name,
            "",
            available=False,
            missing=f"{folder} holds no weights (*.safetensors)",
            install="Name a folder that does under [read.trocr] in boardscribe.toml.",
        )
    return EngineInfo(Trocr.name, version(options), available=True, weights=weights)


def _folder(options: ReadOptions) -> Path:
    info = describe()
    if not info.available:
        raise MissingComponentError(
            f"the engine `trocr` cannot be used ({info.missing})", remedy=f"Run `{_INSTALL}`."
        )
    folder = Path(options.trocr.folder)
    if not options.trocr.folder or not folder.is_dir():
        raise MissingComponentError(
            "the engine `trocr` needs a folder with weights, and "
            + (f"{folder} is none" if options.trocr.folder else "none is named"),
            remedy="Set folder under [read.trocr] in boardscribe.toml.",
        )
    return folder


def _files(folder: Path) -> tuple[Path, ...]:
    wanted = (".json", ".safetensors", ".txt", ".model")
    try:
        return tuple(sorted(file for file in folder.iterdir() if file.suffix in wanted))
    except OSError:
        return ()


def _digest(files: tuple[Path, ...]) -> str:
    """SHA-256 over the files; hashed again only where one has changed."""
    return _hashed(tuple((file, file.stat().st_size, file.stat().st_mtime_ns) for file in files))


@functools.lru_cache(maxsize=8)
def _hashed(files: tuple[tuple[Path, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, *_ in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _device(wanted: str) -> torch.device:
    import torch  # noqa: PLC0415

    if wanted != "auto":
        return torch.device(wanted)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
