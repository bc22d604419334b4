"""One attempt of one outbox row: the row as read, and the signed envelope written from it. No socket, no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from okno.protocol import jws
from okno.protocol.errors import ProtocolError
from okno.protocol.pen import Pen
from okno.protocol.registry import OPERATIONS, operation_of
from okno.protocol.strict import jsontext

log = structlog.get_logger("okno.cabinet.relay")

#: Hashes of the latest attempts that an answer may belong to.
SENT_MAX = 20


@dataclass(frozen=True)
class OutboxRow:
    """What the relay reads of `kit_outbox`; `attempts` counts the coming one."""

    id: str
    type: str
    kind: str
    system: str
    subject: str
    data: bytes
    authtype: str
    authid: str | None
    grant_token: str | None
    labels: dict[str, str]
    idempotency_key: str
    recorded_at: datetime
    attempts: int
    outcome: Mapping[str, Any] | None

    @property
    def sent(self) -> tuple[str, ...]:
        return tuple((self.outcome or {}).get("sent", ()))


@dataclass(frozen=True)
class Errand:
    """What is sent, and for which row. `raw` is empty for a row that is no message: `unfit` says why."""

    row: str
    type: str
    kind: str
    attempts: int
    money: bool
    expires_at: datetime
    raw: bytes
    sent: tuple[str, ...]
    unfit: str | None = None


def write(row: OutboxRow, pen: Pen, now: datetime, *, command_expiry_s: int) -> Errand:
    """Written anew for each attempt: time, id and signature are this attempt's own, the key is the row's."""
    try:
        operation = operation_of(row.type)
        envelope = pen.message(
            row.type,
            jsontext.convert(jsontext.parse(row.data), operation.data),
            at=now,
            audience=f"urn:okno:system:{row.system}",
            subject=row.subject or None,
            expiry_s=command_expiry_s if row.kind == "command" else None,
            idempotencykey=row.idempotency_key,
            # The database's clock may be a little ahead of ours; the record is never later than the message.
            recorded=min(row.recorded_at, now),
            auth=(row.authtype, row.authid),
            grant=row.grant_token,
            labels=dict(row.labels),
            correlation=row.id,
        )
        raw = pen.write(envelope)
    except ProtocolError as error:
        log.error("row-unfit", row=row.id, type=row.type, code=error.code.value)  # noqa: TRY400 - kept with the row
        money = row.type in OPERATIONS and OPERATIONS[row.type].money
        return Errand(row.id, row.type, row.kind, row.attempts, money, now, b"", row.sent, error.code.value)
    digest = jws.payload_hash(jws.parse(raw).payload)
    sent = (*row.sent, digest)[-SENT_MAX:]
    return Errand(row.id, row.type, row.kind, row.attempts, operation.money, envelope.expirytime, raw, sent)
