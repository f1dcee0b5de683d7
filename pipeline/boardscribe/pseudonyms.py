"""Names that stand for the people who answered.

A pseudonym is the same for one person within a workspace, other in every other workspace, and
cannot be turned back without the workspace's key, which no export contains: it is a keyed digest
(HMAC-SHA-256), so trying all likely e-mail addresses does not help either.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

from boardscribe.decisions import READERS_JOINED_BY
from boardscribe.records import Source, Transcription
from boardscribe.review import Correction

__all__ = ["Pseudonyms"]


class Pseudonyms:
    """Gives pseudonyms made with one key.

    Args:
        key: the workspace's; None leaves all names as they are.
    """

    def __init__(self, key: str | None) -> None:
        self._key = None if key is None else key.encode()

    def of(self, account: str) -> str:
        """The pseudonym of one account.

        >>> Pseudonyms("key of this workspace").of("ada@example.org")
        'reader-5d5d9ff6'
        """
        if self._key is None:
            return account
        digest = hmac.new(self._key, account.encode("utf-8", "replace"), hashlib.sha256)
        return f"reader-{digest.hexdigest()[:8]}"

    def of_all(self, decided_by: str) -> str:
        """Pseudonyms of accounts that stand in one field; sorted, so that their order is silent."""
        names = [self.of(name) for name in decided_by.split(READERS_JOINED_BY)]
        return READERS_JOINED_BY.join(names if self._key is None else sorted(names))

    def transcription(self, said: Transcription) -> Transcription:
        """The transcription; a machine's stays as it is."""
        if said.source is Source.MACHINE:
            return said
        return replace(said, decided_by=self.of_all(said.decided_by))

    def correction(self, made: Correction) -> Correction:
        """The correction with a pseudonym for who made it."""
        return replace(made, decided_by=self.of_all(made.decided_by))
