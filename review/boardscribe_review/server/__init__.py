"""A local Label Studio: installed apart, private, found again, stopped.

It is a queue for answers on their way, never the place where they are kept.
"""

from __future__ import annotations

from boardscribe_review.server._install import VERSION, Installation, install
from boardscribe_review.server._places import Account, Places, account, places
from boardscribe_review.server._process import Running, find_running, start, stop

__all__ = [
    "VERSION",
    "Account",
    "Installation",
    "Places",
    "Running",
    "account",
    "find_running",
    "install",
    "places",
    "start",
    "stop",
]
