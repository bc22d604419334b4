"""Documents of the whole product: asked for in the portal, answered by the real book, downloaded and read."""

import json
import time
from datetime import UTC, datetime

import psycopg
import pytest
from factories.street import Demo, Visitor
from psycopg.conninfo import conninfo_to_dict

from okno.cabinet.documents.core import gost
from okno.cabinet.documents.press.closing import part_open
from okno.cabinet.documents.press.rereading import pages_of, symbol_of, symbols_of, text_of
from okno.cli.instance.company import DEMO_PAYEE
from okno.cli.instance.reach import reach_of
from okno.protocol.ids import new_id

READY_WITHIN_S = 60


@pytest.fixture
def visitor(embedded_street: Demo) -> Visitor:
    return Visitor(embedded_street, embedded_street.customer("two accounts")).sign_in()


def test_demo_slip_says_what_the_book_has(visitor: Visitor) -> None:
    answer = visitor.ask("GET", f"/api/documents/{visitor.paper({'kind': 'slip', 'amount': '100.00'})}/file")
    assert answer.status == 200
    assert pages_of(answer.body) == 1
    fields = gost.decode(symbol_of(answer.body))
    assert (fields["Name"], fields["PersonalAcc"], fields["Sum"]) == (DEMO_PAYEE.name, DEMO_PAYEE.account, "10000")
    assert fields["PersAcc"] in text_of(answer.body)
    assert symbols_of(answer.body) == {symbol_of(answer.body), str(DEMO_PAYEE.sbp_link).encode()}


@pytest.mark.parametrize("kind", ["statement", "reconciliation"])
def test_demo_papers_of_a_period_add_up(visitor: Visitor, kind: str) -> None:
    today = datetime.now(UTC).date()
    period = {"first": today.replace(day=1).isoformat(), "last": today.isoformat()}
    answer = visitor.ask("GET", f"/api/documents/{visitor.paper({'kind': kind, **period})}/file")
    assert answer.status == 200
    text = text_of(answer.body)
    assert DEMO_PAYEE.name in text
    # The books name the only contract by the account's id, which says nothing to a person.
    assert visitor.customer["accounts"][0] not in text


def test_demo_district_is_printed_by_the_worker(embedded_street: Demo) -> None:
    """As the desk begins it: a row and a job."""
    home, run = embedded_street.directory, new_id()
    host = conninfo_to_dict(reach_of(home).book)["host"]
    password = (home / "pg" / "superuser.password").read_text()
    with psycopg.connect(f"postgresql://okno:{password}@/okno_cabinet?host={host}", autocommit=True) as connection:
        connection.execute(
            "INSERT INTO documents_run (id, system, district, form, staff, expires_at)"
            " VALUES (%s, 'main', 'Примерск, Береговая', 'pdf', 1, now() + interval '1 day')",
            [run],
        )
        connection.execute(
            "INSERT INTO kit_job (id, kind, payload) VALUES (%s, 'documents.run', %s)",
            [new_id(), json.dumps({"run": run})],
        )
        connection.execute("SELECT pg_notify('okno_job', '')")
        until = time.monotonic() + READY_WITHIN_S
        while True:
            row = connection.execute("SELECT state, printed, failed FROM documents_run WHERE id = %s", [run]).fetchone()
            assert row is not None
            if row[0] in {"done", "failed"}:
                break
            assert time.monotonic() < until, row
            time.sleep(0.1)
        assert (row[0], row[2]) == ("done", 0)
        part = connection.execute(
            "SELECT slips, content FROM documents_run_part WHERE run_id = %s AND number = 0", [run]
        ).fetchone()
    assert part is not None
    key = json.loads((home / "etc" / "secrets.json").read_text())["documents"]
    pdf = part_open(key, run, 0, bytes(part[1]))
    assert pages_of(pdf) == part[0] > 0
    assert "ул. Береговая" in text_of(pdf)
    assert gost.decode(symbol_of(pdf))["Name"] == DEMO_PAYEE.name
