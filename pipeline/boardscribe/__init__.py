"""Photographs of workshop boards in; a checked, citable record of every note out."""

from boardscribe._version import __version__

__all__ = ["__version__"]
