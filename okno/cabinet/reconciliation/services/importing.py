"""A file of a bank becomes rows, whole or not at all. Runs as the desk's role."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from okno.cabinet.kit.audit import Detail, audit_write
from okno.cabinet.kit.statements import notify, rows
from okno.cabinet.reconciliation.core.purposes import marks_of
from okno.cabinet.reconciliation.core.statements.bounds import dated
from okno.cabinet.reconciliation.core.statements.model import Line, Statement, StatementError, keys_of
from okno.cabinet.reconciliation.core.statements.reading import Format, read
from okno.protocol.ids import new_id

DESK = "desk"
NAME_CHARS_MAX = 200

STATEMENT = """
    INSERT INTO reconciliation_statement (id, digest, name, format, account, currency, since, until, opening, closing,
        lines, fresh, taken_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (digest, account) DO NOTHING RETURNING id
"""
LINE = """
    INSERT INTO reconciliation_line (id, statement_id, key, at, day, amount, currency, payer, payer_inn, payer_account,
        purpose, reference, marks, state)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (key) DO NOTHING RETURNING id
"""
KNOWN = "SELECT count(*) FROM reconciliation_line WHERE key = ANY(%s)"


@dataclass(frozen=True)
class Taken:
    """How many statements and lines a file had, and how many of the lines were new."""

    statements: int
    lines: int
    fresh: int


def statement_import(*, name: str, content: bytes, by: str) -> Taken:
    """Take a file. The same file, or the same line in another one, changes nothing. Raises StatementError.

    `by` is who did it, as the audit names people (`staff:7`, `system:root`).
    """
    if "\x00" in name or b"\x00" in content:
        raise StatementError("bad-encoding", 0, "zero bytes")
    # A name may hold bytes that are no text.
    name = name.encode(errors="replace").decode()
    format_, statements = read(content)
    dated(statements, datetime.now(UTC).date())
    digest = hashlib.sha256(content).hexdigest()
    fresh = 0
    with transaction.atomic(using=DESK):
        for statement in statements:
            fresh += _statement(statement, digest, name[:NAME_CHARS_MAX], format_, by)
        if fresh:
            notify("okno_till", using=DESK)
        detail: Detail = {"statements": len(statements), "fresh": fresh}
        audit_write(actor=by, action="statement.import", subject=f"file:{digest}", detail=detail, using=DESK)
    return Taken(len(statements), sum(len(one.lines) for one in statements), fresh)


def _statement(statement: Statement, digest: str, name: str, format_: Format, by: str) -> int:
    keys = keys_of(statement)
    # One at a time for one account: of two overlapping files the second finds the lines of the first.
    rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 5))", [statement.account], using=DESK)
    known = rows(KNOWN, [keys], using=DESK)[0][0]
    row = [
        *(new_id(), digest, name, format_, statement.account, statement.currency),
        *(statement.since.isoformat(), statement.until.isoformat(), statement.opening, statement.closing),
        *(len(keys), len(keys) - known, by),
    ]
    made = rows(STATEMENT, row, using=DESK)
    if not made:
        return 0
    return sum(
        _line(made[0][0], statement.currency, line, key) for line, key in zip(statement.lines, keys, strict=True)
    )


def _line(statement: UUID, currency: str, line: Line, key: str) -> bool:
    row = [
        *(new_id(), statement, key, line.at, line.day.isoformat(), line.minor, currency, line.payer, line.payer_inn),
        *(line.payer_account, line.purpose, line.reference, marks_of(line.purpose)),
        "new" if line.direction == "in" else "spent",
    ]
    return bool(rows(LINE, row, using=DESK))
