"""Accounts have two names: the wire's opaque id, and the system's own reference. They are exchanged here alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class References(Protocol):
    """Exchanges the names, at the boundary between the protocol and the port."""

    def reference(self, account: str) -> str:
        """The system's reference of a wire id. Raises Refusal ACCOUNT_UNKNOWN."""
        ...

    def ids(self, references: Sequence[str]) -> Mapping[str, str]:
        """The wire's id of each reference that names an account."""
        ...


class SameNames:
    """A system that shares the store's database calls its accounts by the wire's ids, and knows which are there."""

    def reference(self, account: str) -> str:
        return account

    def ids(self, references: Sequence[str]) -> Mapping[str, str]:
        return {reference: reference for reference in references}
