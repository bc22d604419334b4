"""Commands and queries leave the portal as rows: written in the caller's transaction, carried on by the relay."""

from typing import Literal
from uuid import UUID

import msgspec

from okno.cabinet.kit.statements import Value, changed, notify, rows
from okno.protocol.ids import new_id

AuthType = Literal["app_user", "staff", "service"]
Kind = Literal["command", "query"]

INSERT = """
    INSERT INTO kit_outbox
        (id, type, kind, system, subject, priority, data, authtype, authid, grant_token, labels, idempotency_key)
    VALUES (%(id)s, %(type)s, %(kind)s, %(system)s, %(subject)s, %(priority)s, %(data)s, %(authtype)s, %(authid)s,
        %(grant_token)s, %(labels)s, %(idempotency_key)s)
    ON CONFLICT DO NOTHING
"""


class KeyTakenError(Exception):
    """The idempotency key stands already with other content (or is another person's)."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the inside. `priority` 0 (login, payment) .. 3 (exports); `authid` is the user's id.

    `labels` (see `outbox.labels`) are all that the gateway learns of what is sealed.
    """

    type: str
    system: str
    subject: str
    data: msgspec.Struct | bytes
    authtype: AuthType = "service"
    authid: str | None = None
    grant_token: str | None = None
    labels: dict[str, str] = {}
    priority: int = 1


def command_enqueue(entry: Entry, *, idempotency_key: str) -> UUID:
    """Row and wake-up in the caller's transaction. The same key with the same content returns the first row's id.

    Raises KeyTakenError for other content under the key.
    """
    return _enqueue(entry, "command", idempotency_key)


def query_enqueue(entry: Entry) -> UUID:
    """Ask for what the relay fetches and stores as `outcome`; asked once, never repeated."""
    return _enqueue(entry, "query", None)


def _enqueue(entry: Entry, kind: Kind, idempotency_key: str | None) -> UUID:
    entry_id = new_id()
    data = entry.data if isinstance(entry.data, bytes) else msgspec.json.encode(entry.data)
    values: dict[str, Value] = {
        name: getattr(entry, name)
        for name in ("type", "system", "subject", "priority", "authtype", "authid", "grant_token")
    }
    values |= {"id": entry_id, "kind": kind, "data": data, "idempotency_key": idempotency_key or entry_id}
    values["labels"] = msgspec.json.encode(entry.labels).decode()
    if changed(INSERT, values) == 0:
        return _standing(values)
    notify("okno_outbox")
    return UUID(entry_id)


def _standing(values: dict[str, Value]) -> UUID:
    found = rows(
        "SELECT id FROM kit_outbox WHERE idempotency_key = %(idempotency_key)s AND type = %(type)s"
        " AND system = %(system)s AND subject = %(subject)s AND data = %(data)s",
        values,
    )
    if not found:
        raise KeyTakenError(str(values["idempotency_key"]))
    standing: UUID = found[0][0]
    return standing
