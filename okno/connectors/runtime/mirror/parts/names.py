"""The names of mirrored accounts: ids made once, references as the system has them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import psycopg

from okno.connectors.runtime.mirror.keeping import Mirror
from okno.connectors.runtime.port import Refusal, RefusalCode
from okno.connectors.runtime.store.connections import Connections
from okno.protocol.ids import is_id

_REFERENCE = "SELECT reference FROM mirror.account WHERE id = %s"
_IDS = "SELECT reference, id::text FROM mirror.account WHERE reference = ANY (%s)"


class MirroredNames:
    """Fulfils References. An account that is not mirrored yet is read at once when it is asked for by its reference."""

    def __init__(self, mirror: Mirror, connections: Connections) -> None:
        self._mirror = mirror
        self._connections = connections

    def reference(self, account: str) -> str:
        with self._connections.borrow() as connection:
            row = connection.execute(_REFERENCE, (uuid.UUID(account),)).fetchone() if is_id(account) else None
        if row is None:
            raise Refusal(RefusalCode.ACCOUNT_UNKNOWN, f"there is no account {account!r}")
        return str(row[0])

    def ids(self, references: Sequence[str]) -> Mapping[str, str]:
        with self._connections.borrow() as connection:
            known = _known(connection, references)
        missing = [reference for reference in dict.fromkeys(references) if reference not in known]
        if not missing:
            return known
        self._mirror.follow(missing, None)
        with self._connections.borrow() as connection:
            return _known(connection, references)


def _known(connection: psycopg.Connection, references: Sequence[str]) -> dict[str, str]:
    return dict(connection.execute(_IDS, (list(references),)).fetchall())
