"""MOVED: use boardscribe.worker. This shim goes away as soon as run.py imports the new place."""

from boardscribe.worker import (
    STAGES,
    PhotoJob,
    PhotoOutcome,
    PhotoWorker,
    Prior,
    stamps,
    transcribe,
)

__all__ = ["STAGES", "PhotoJob", "PhotoOutcome", "PhotoWorker", "Prior", "stamps", "transcribe"]
