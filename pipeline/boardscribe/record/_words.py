"""Putting words into a text: at the place of a gap, with the spaces that belong there."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["fitted", "spliced"]

_STOPS = ".?!,;:"


def spliced(text: str, changes: Sequence[tuple[tuple[int, int], str]]) -> str:
    """A text with some stretches replaced and every other character as it was.

    >>> spliced("a ... c", [((2, 5), "b")])
    'a b c'
    """
    parts: list[str] = []
    position = 0
    for (start, end), replacement in sorted(changes):
        parts += (text[position:start], replacement)
        position = end
    return "".join((*parts, text[position:]))


def fitted(fill: str, text: str, span: tuple[int, int], *, glued: tuple[bool, bool]) -> str:
    """A fill as it goes into the place of a gap: spaces towards letters, no stop twice.

    Args:
        fill: the words.
        text: the published text.
        span: the gap in it.
        glued: whether the fill goes on with the word before it, and the word after with it.
    """
    before, after = text[: span[0]][-1:], text[span[1] :][:1]
    if after and after in _STOPS and fill.endswith(after):
        fill = fill[:-1].rstrip()
    if not fill:
        return fill
    if before and not before.isspace() and not glued[0] and before not in "([“‘\"'":
        fill = f" {fill}"
    if after and not after.isspace() and not glued[1] and after not in _STOPS + ")]”’\"'":
        fill = f"{fill} "
    return fill
