"""Boards and links over all photos of a workspace, after a run has changed what it holds."""

from __future__ import annotations

import functools
from collections.abc import Callable

from boardscribe import linking, registration
from boardscribe.options import Options
from boardscribe.store import Registration
from boardscribe.workspace import Workspace

__all__ = ["arrange"]

_REGISTRATIONS_A_TRANSACTION = 25


def arrange(workspace: Workspace, options: Options, notice: Callable[[str], None]) -> None:
    """Compare photos that may show the same notes, and put boards and links in force at once.

    Comparisons are kept: a pair of photos is compared once, and an interruption costs few.

    Args:
        workspace: held for writing.
        options: what photos are compared by.
        notice: told that it takes a while.
    """
    store = workspace.store
    holdings = store.holdings()
    pairs = linking.candidates(holdings, options)
    found = {
        (item.first_sha256, item.second_sha256): item
        for item in store.registrations(registration.DIGEST)
    }
    missing = [pair for pair in pairs if pair not in found]
    if missing:
        notice("Comparing photos of the same boards ...")
    previews = {
        entry.photo.sha256: (entry.preview, entry.preview_scale) for entry in holdings.photos
    }

    @functools.lru_cache(maxsize=32)
    def features(sha256: str) -> registration.Features | None:
        path, scale = previews[sha256]
        data = workspace.read_pictures([path]).get(path) if path else None
        return registration.features(data, scale) if data else None

    for start in range(0, len(missing), _REGISTRATIONS_A_TRANSACTION):
        new = []
        for one, other in missing[start : start + _REGISTRATIONS_A_TRANSACTION]:
            first, second = features(one), features(other)
            matrix, inliers = (
                registration.register(first, second) if first and second else (None, 0)
            )
            new.append(Registration(one, other, matrix, inliers))
        store.save_registrations(registration.DIGEST, new)
        found.update({(item.first_sha256, item.second_sha256): item for item in new})
    store.arrange(linking.arrange(holdings, found.values(), options))
