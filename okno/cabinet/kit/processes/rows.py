"""Rows that every process writes by plain SQL: signals, audit. Values never hold personal data."""

from collections.abc import Mapping

import msgspec

from okno.cabinet.kit.processes.dispatcher import Connection

Detail = Mapping[str, str | int | bool | None]


def signal_write(connection: Connection, source: str, name: str, detail: Detail) -> None:
    """A security signal named by the OWASP logging vocabulary, in the caller's transaction."""
    connection.execute(
        "INSERT INTO kit_signal (source, name, detail) VALUES (%s, %s, %s)",
        [source, name, msgspec.json.encode(detail).decode()],
    )


def audit_write(connection: Connection, actor: str, action: str, subject: str, detail: Detail) -> None:
    """A link of the audit chain; the last write of a transaction, since the chain's head stays locked until its end."""
    connection.execute(
        "INSERT INTO kit_audit (actor, action, subject, detail, prev_hash, hash) VALUES (%s, %s, %s, %s, '', '')",
        [actor, action, subject, msgspec.json.encode(detail).decode()],
    )
