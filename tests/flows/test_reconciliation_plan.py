"""What a day's payments are compared with is found by an index, however much history there is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from factories.portal import Portal

from okno.cabinet.reconciliation.tasks.days import ORPHANS

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


def scans(node: dict[str, Any]) -> dict[str, str]:
    """What each table is read by: an index's name, or the kind of scan."""
    found = {node["Relation Name"]: node.get("Index Name", node["Node Type"])} if "Relation Name" in node else {}
    for part in node.get("Plans", ()):
        found |= scans(part)
    return found


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
