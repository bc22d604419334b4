"""What a day's payments are compared with is found by an index, however much history there is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from factories.portal import Portal

from okno.cabinet.reconciliation.tasks.answers import DUE, LEFT
from okno.cabinet.reconciliation.tasks.days import ORPHANS, OURS
from okno.protocol.ids import id_first

ROWS = 200_000
PER_ACCOUNT = 20
# A minute between two operations: the day that is looked at has 1,440 of them.
SEED = """
    INSERT INTO accounts_operation (account_id, position, epoch, version, key, kind, channel, amount, balance,
        posted_at)
    SELECT md5((n / %(each)s)::text)::uuid, n %% %(each)s + 1, 1, 1,
           CASE n %% 10 WHEN 0 THEN 'payment:' ELSE 'line-' END || n,
           CASE n %% 2 WHEN 0 THEN 'payment' ELSE 'charge' END, 'card', -100, 0, now() - n * interval '1 minute'
      FROM generate_series(1, %(rows)s) n
"""
# A payment in ten minutes, years of them; an id holds its moment, as UUIDv7 does.
PAYMENTS = """
    WITH made AS (SELECT n, now() - n * interval '10 minutes' AS at, (lpad(to_hex((extract(epoch FROM now()
                         - n * interval '10 minutes') * 1000)::bigint), 12, '0') || '7000' || '8000'
                         || lpad(to_hex(n), 12, '0'))::uuid AS id
                    FROM generate_series(1, %(rows)s) n),
    payments AS (INSERT INTO payments_payment (id, key, method, amount, currency, locale, created_at)
                 SELECT id, id, 'card', 100, 'RUB', 'ru', at FROM made),
    attempts AS (INSERT INTO payments_attempt (id, payment_id, provider, provider_id, expires_at, created_at, ask_at)
                 SELECT id, id, CASE n %% 4 WHEN 0 THEN 'yookassa' ELSE 'tbank' END, n::text, at, at, NULL FROM made)
    INSERT INTO payments_entry (id, payment_id, attempt_id, kind, ref, amount, at)
    SELECT id, id, id, 'captured', id::text, 100, at FROM made
"""
TABLES = ("payments_payment", "payments_attempt", "payments_entry", "reconciliation_answer")


def scans(node: dict[str, Any]) -> dict[str, str]:
    """What each table is read by: an index's name, or the kind of scan."""
    found = {node["Relation Name"]: node.get("Index Name", node["Node Type"])} if "Relation Name" in node else {}
    for part in node.get("Plans", ()):
        found |= scans(part)
    return found


def read_whole(node: dict[str, Any]) -> set[str]:
    """Tables that are read from their first row to their last."""
    own = {node["Relation Name"]} if node["Node Type"] == "Seq Scan" else set()
    return own.union(*(read_whole(part) for part in node.get("Plans", ())))


def test_payments_that_stand_in_the_books_alone_are_found_by_their_day(portal: Portal) -> None:
    now = datetime.now(UTC)
    values = {"since": now - timedelta(days=5), "until": now - timedelta(days=4), "mark": "payment:"}
    with psycopg.connect(portal.database.superuser_dsn(), autocommit=True) as connection:
        connection.execute(SEED, {"rows": ROWS, "each": PER_ACCOUNT})
        connection.execute("ANALYZE accounts_operation")
    with psycopg.connect(portal.database.dsn("till")) as connection:
        row = connection.execute(f"EXPLAIN (FORMAT JSON) {ORPHANS}", values).fetchone()  # type: ignore[arg-type]
    assert row is not None
    assert scans(row[0][0]["Plan"])["accounts_operation"] == "accounts_operation_payments"


def test_what_a_day_asks_about_and_compares_is_found_by_its_moment(portal: Portal) -> None:
    now = datetime.now(UTC)
    since, until = now - timedelta(days=5), now - timedelta(days=4)
    values = {"since": since, "until": until, "first": id_first(since), "after": id_first(until), "day": since.date()}
    values |= {"providers": ["tbank", "robokassa"], "most": 50, "asked": [id_first(since)] * 100}
    values |= {"names": ["yookassa"] * 100, "told": [str(n) for n in range(100)]}
    with psycopg.connect(portal.database.superuser_dsn(), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # no trigger per row: it is about plans alone
        connection.execute(PAYMENTS, {"rows": ROWS // 2})
        for table in TABLES:
            connection.execute(f"ANALYZE {table}")  # type: ignore[arg-type]
    with psycopg.connect(portal.database.dsn("till")) as connection:
        for asked in (DUE, LEFT, OURS):
            row = connection.execute(f"EXPLAIN (FORMAT JSON) {asked}", values).fetchone()  # type: ignore[arg-type]
            assert row is not None
            assert read_whole(row[0][0]["Plan"]) <= {"reconciliation_answer"}
        assert len(connection.execute(DUE, values).fetchall()) == 50  # type: ignore[arg-type]
