"""Queries under way, found again by the hash that only an answer to them carries."""

import msgspec


class Pending(msgspec.Struct, frozen=True):
    """One query between the intake and its reply. `until` is a tick."""

    ticket: str
    requesthash: str
    system: str
    operation: str
    began: float
    until: float


class PendingTable:
    """At most one query per ticket and per hash; both are unique, since ids are."""

    def __init__(self) -> None:
        self._by_hash: dict[str, Pending] = {}
        self._hashes: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._by_hash)

    def add(self, pending: Pending) -> None:
        self._by_hash[pending.requesthash] = pending
        self._hashes[pending.ticket] = pending.requesthash

    def by_hash(self, requesthash: str) -> Pending | None:
        return self._by_hash.get(requesthash)

    def take(self, ticket: str) -> Pending | None:
        """Whoever takes it, the reply or the deadline, settles it; the other finds None."""
        requesthash = self._hashes.pop(ticket, None)
        return None if requesthash is None else self._by_hash.pop(requesthash)

    def take_all(self) -> list[Pending]:
        found = list(self._by_hash.values())
        self._by_hash.clear()
        self._hashes.clear()
        return found
