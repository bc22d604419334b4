"""Putting work off: a row and a wake-up in the caller's transaction."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db import DEFAULT_DB_ALIAS

from okno.cabinet.kit.statements import changed, notify
from okno.protocol.ids import new_id


def job_enqueue(
    *, kind: str, payload: dict[str, object], run_at: datetime | None = None, using: str = DEFAULT_DB_ALIAS
) -> UUID:
    """A job of a kind the worker knows, due now or at `run_at`. `payload` holds ids, never personal data."""
    job_id = new_id()
    changed(
        "INSERT INTO kit_job (id, kind, payload, run_at) VALUES (%s, %s, %s, COALESCE(%s, clock_timestamp()))",
        [job_id, kind, msgspec.json.encode(payload).decode(), run_at],
        using=using,
    )
    notify("okno_job", using=using)
    return UUID(job_id)
