"""Statements of a run of slips."""

from dataclasses import dataclass
from typing import Any

from psycopg.rows import class_row

from okno.cabinet.accounts.tasks.rows import Fetched
from okno.cabinet.kit.processes.dispatcher import Connection

LOCK = """
    SELECT id::text, system, district, form, state, after, page_row::text, found, printed FROM documents_run
     WHERE id = %s AND state IN ('finding', 'asking', 'printing') FOR UPDATE
"""

# Closed accounts and those in another currency have no slip; whoever owes nothing gets one with a blank sum.
FOUND = """
    INSERT INTO documents_run_slip (run_id, place, account_id, minor)
    SELECT %(run)s, %(found)s + row_number() OVER (ORDER BY asked.place) - 1, account.id,
           CASE WHEN account.balance BETWEEN 1 AND %(minor_max)s THEN account.balance END
      FROM unnest(%(accounts)s::uuid[]) WITH ORDINALITY asked(id, place)
      JOIN accounts_account account ON account.id = asked.id AND account.system_id = %(system)s
     WHERE account.status <> 'closed' AND account.currency = 'RUB'
"""

ANSWERS = """
    SELECT slip.place, slip.account_id::text AS account, o.id::text AS row, o.state AS outcome, o.type, o.subject,
           o.system, o.outcome->>'raw' AS raw, (o.outcome->>'received_at')::timestamptz AS received_at,
           o.recorded_at AS asked_at, ARRAY(SELECT jsonb_array_elements_text(o.outcome->'sent')) AS sent
      FROM documents_run_slip slip JOIN kit_outbox o ON o.id = slip.row
     WHERE slip.run_id = %(run)s AND slip.state = 'asked'
       AND (o.state = 'failed' OR (o.state = 'accepted' AND o.outcome ? 'raw'))
     ORDER BY slip.place LIMIT %(limit)s
"""

PAGE = """
    SELECT 0 AS place, '' AS account, o.id::text AS row, o.state AS outcome, o.type, o.subject, o.system,
           o.outcome->>'raw' AS raw, (o.outcome->>'received_at')::timestamptz AS received_at,
           o.recorded_at AS asked_at, ARRAY(SELECT jsonb_array_elements_text(o.outcome->'sent')) AS sent
      FROM kit_outbox o
     WHERE o.id = %(row)s AND (o.state = 'failed' OR (o.state = 'accepted' AND o.outcome ? 'raw'))
"""

NEXT_TO_ASK = """
    SELECT place, account_id::text FROM documents_run_slip WHERE run_id = %(run)s AND state = 'new'
     ORDER BY place
     LIMIT %(limit)s - (SELECT count(*) FROM documents_run_slip WHERE run_id = %(run)s AND state = 'asked')
"""

ASK = """
    INSERT INTO kit_outbox (id, type, kind, system, subject, priority, data, authtype, idempotency_key)
    VALUES (%(id)s, %(type)s, 'query', %(system)s, %(subject)s, %(priority)s, %(data)s, 'service', %(key)s)
"""

NEXT_TO_PRINT = """
    SELECT place, account_id::text, minor, requisites FROM documents_run_slip
     WHERE run_id = %(run)s AND state = 'told' ORDER BY place LIMIT %(limit)s
"""

TURN_PAGE = """
    UPDATE documents_run SET page_row = NULL, after = %(after)s, looked_at = looked_at + %(count)s, state = %(state)s
     WHERE id = %(run)s
"""

JUDGE = """
    UPDATE documents_run_slip SET state = %(state)s, trouble = %(trouble)s, requisites = %(told)s
     WHERE run_id = %(run)s AND place = %(place)s
"""

COUNT = """
    UPDATE documents_run run SET found = slips.found, told = slips.told, failed = slips.failed, printed = slips.printed
      FROM (SELECT count(*) AS found, count(*) FILTER (WHERE state IN ('told', 'printed')) AS told,
                   count(*) FILTER (WHERE state = 'failed') AS failed,
                   count(*) FILTER (WHERE state = 'printed') AS printed
              FROM documents_run_slip WHERE run_id = %(run)s) slips
     WHERE run.id = %(run)s
"""


@dataclass(frozen=True)
class Going:
    """A run under way, locked."""

    id: str
    system: str
    district: str
    form: str
    state: str
    after: str | None
    page_row: str | None
    found: int
    printed: int


@dataclass(frozen=True)
class Reply:
    """What became of a question: `raw` is None for one that has failed."""

    place: int
    account: str
    row: str
    outcome: str
    type: str
    subject: str
    system: str
    raw: str | None
    received_at: Any
    asked_at: Any
    sent: list[str]

    def fetched(self) -> Fetched | None:
        """The reply to be verified; None when there will be none."""
        if self.outcome == "failed" or self.raw is None:
            return None
        raw, sent = self.raw.encode(), tuple(self.sent)
        return Fetched(self.row, self.type, self.subject, self.system, raw, self.received_at, self.asked_at, sent)


def going_lock(connection: Connection, run: str) -> Going | None:
    with connection.cursor(row_factory=class_row(Going)) as cursor:
        return cursor.execute(LOCK, [run]).fetchone()


def replies(connection: Connection, statement: str, values: dict[str, Any]) -> list[Reply]:
    with connection.cursor(row_factory=class_row(Reply)) as cursor:
        return cursor.execute(statement.encode(), values).fetchall()
