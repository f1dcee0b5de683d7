"""The pages people look at: an overview and a page a board, readable from any folder.

`write_report` takes a `boardscribe.snapshot.Snapshot` and the pictures in the workspace, and
nothing else; it knows neither the database nor the stages. See `docs/decisions/0005-report.md`.
"""

from boardscribe.report._write import write_report

__all__ = ["write_report"]
