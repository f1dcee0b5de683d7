"""The group of commands `boardscribe review`, and what they share."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["QueueOption", "app"]

app = typer.Typer(
    name="review",
    help="Put doubtful notes to people, and take up their answers.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

QueueOption = Annotated[
    str | None,
    typer.Option(
        "--queue",
        metavar="NAME",
        help="Where questions are put: label-studio or csv. Default: [review] queue.",
        show_default=False,
    ),
]
