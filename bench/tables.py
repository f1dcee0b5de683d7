"""Tables that scripts write into Markdown files, between two equal marks."""

from __future__ import annotations

from pathlib import Path

from boardscribe.files import write_whole

__all__ = ["put"]


def put(file: Path, mark: str, table: str) -> None:
    """Replace what stands between two marks of a file; add marks and table where it has none."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if text.count(mark) != 2:
        text = f"{text.rstrip()}\n\n{mark}\n\n{mark}\n".lstrip()
    before, _, rest = text.partition(mark)
    after = rest.rpartition(mark)[2]
    write_whole(file, f"{before}{mark}\n\n{table.strip()}\n\n{mark}{after}".encode())
