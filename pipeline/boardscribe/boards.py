"""Which board a photo shows: what the user says, else its headings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from boardscribe._geometry import area
from boardscribe.options import BoardOptions, digest
from boardscribe.records import Board, Heading

__all__ = ["Placement", "board_of", "given_board", "place"]


def board_of(name: str) -> Board | None:
    """The board of this name; None for a name without a letter or digit.

    Case, spacing, punctuation at the ends and the way accents are encoded make no difference:
    `MAKE  TIME:` and `Make time` are one board.

    >>> board_of("Make time").board_id == board_of(" MAKE  TIME:").board_id
    True
    """
    shown = " ".join(name.split())
    key = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    key = re.sub(r"^[\W_]+|[\W_]+$", "", key)
    if not key:
        return None
    plain = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    return Board(board_id=f"{slug or 'board'}-{digest(key)[:8]}", name=shown)


@dataclass(frozen=True, slots=True)
class Placement:
    """Boards of one photo."""

    board: Board | None
    """Of the photo: what the user says, else its largest heading."""
    headings: tuple[Board | None, ...]
    """Of each heading; all the same where the user says which board it is."""

    def of(self, heading: int | None) -> Board | None:
        """Board of a sighting under this heading."""
        if heading is not None and 0 <= heading < len(self.headings):
            return self.headings[heading] or self.board
        return self.board


def given_board(photo_name: str, given: str | None, rules: Sequence[BoardOptions]) -> Board | None:
    """The board that the user names for a photo: on the command line, else in the options."""
    if given is not None:
        return board_of(given)
    name = photo_name.casefold()
    for rule in rules:
        if any(fnmatchcase(name, pattern.casefold()) for pattern in rule.photos):
            return board_of(rule.name)
    return None


def place(
    photo_name: str,
    headings: Sequence[Heading],
    *,
    given: str | None = None,
    rules: Sequence[BoardOptions] = (),
) -> Placement:
    """Boards of a photo and its headings.

    Args:
        photo_name: file name, for the patterns of the options.
        headings: as found on the photo.
        given: board name from the command line; wins over all else.
        rules: the `boards` of the options; win over headings.
    """
    said = given_board(photo_name, given, rules)
    if said is not None:
        return Placement(said, (said,) * len(headings))
    boards = tuple(board_of(heading.text) for heading in headings)
    by_size: Mapping[float, Board] = {
        area(heading.polygon): board
        for heading, board in zip(reversed(headings), reversed(boards), strict=True)
        if board is not None
    }
    return Placement(by_size[max(by_size)] if by_size else None, boards)
