"""What a dataset export is told besides the snapshot: where pictures are, who publishes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

__all__ = ["NOT_REDACTED", "REDACTED", "ExportSettings"]

NOT_REDACTED = "not redacted: names, e-mail addresses and telephone numbers stand as written"
REDACTED = (
    "redacted: likely names, e-mail addresses and telephone numbers were replaced by [name], "
    "[e-mail] and [telephone]; photographs and crops were left out"
)


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """Settings that all dataset formats share; each uses what it needs."""

    workspace: Path | None = None
    """Folder that `PhotoEntry.preview` and `SightingEntry.crop` are relative to; without it no
    pictures are exported."""
    redacted: bool = False
    """The snapshot went through `boardscribe.privacy.redact`. Pictures are then left out: they
    would show what the texts hide."""
    base_url: str = "http://127.0.0.1:8000/"
    """Where an IIIF export will be served from; IIIF identifiers must be absolute."""
    description: str = ""
    """One or two sentences about the dataset; empty for a plain one made from the counts."""
    licence: str = ""
    """URL or SPDX name of the licence of the data; empty says that none is stated."""
    creator: str = ""
    """Person or body that publishes the data."""
    originals: Mapping[str, Path] = field(default_factory=lambda: MappingProxyType({}))
    """Original photo files by SHA-256, for the archive's package."""
    location: bool = False
    """Let originals out whose EXIF says where they were taken."""
    record: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    """Files of the rendered record by plain file name, for the archive's package."""

    @property
    def pictures(self) -> Path | None:
        """Folder to take pictures from; None where none may be exported."""
        return None if self.redacted else self.workspace

    @property
    def redaction(self) -> str:
        """What every export says about privacy."""
        return REDACTED if self.redacted else NOT_REDACTED
