"""A bank's transfer that names an account stands in the books by itself, once; then the three registers agree."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from factories.statements import written_1c, written_camt, written_mt940
from factories.street import Demo, Visitor

from okno.cabinet.payments.services.registry import providers_of
from okno.cabinet.payments.tasks.till import TillSettings
from okno.cabinet.reconciliation.core.statements.model import Line, Statement
from okno.cabinet.reconciliation.tasks.reconciler import ReconcilerDesk, rules_of
from okno.cli.processes.serving import settings_of

DEADLINE_S = 120
ZONE = ZoneInfo("Europe/Moscow")


@pytest.fixture(scope="module", params=["full", "tryton"])
def demo(request: pytest.FixtureRequest) -> Demo:
    street: Demo = request.getfixturevalue(f"{request.param}_street")
    return street


def transfer(number: str, reference: str) -> Line:
    return Line(
        at=1,
        day=datetime.now(ZONE).date(),
        direction="in",
        minor=5_000,
        payer="Выдумкин Иван Иванович",
        payer_account=f"4081781000000000{reference.zfill(4)}",
        purpose=f"Оплата услуг. Лицевой счёт № {number}. Выдумкин И.И.",
        reference=reference,
    )


def bring(demo: Demo, folder: Path, content: bytes, fresh: int) -> None:
    file = folder / "statement"
    file.write_bytes(content)
    done = demo.okno("statement", "import", str(file), "--dir", str(demo.directory))
    assert (done.returncode, done.stdout) == (0, f"1 lines, {fresh} of them new\n"), done.stderr


def compared(demo: Demo) -> list[tuple[object, ...]]:
    """Today as it is compared once it is over: (matched, differences of the bank's payments)."""
    settings = settings_of(demo.directory / "etc" / "till.toml", TillSettings)
    providers = providers_of(settings.providers)
    rules = rules_of(providers, zone=settings.time_zone, owner="accounting")
    desk, now = ReconcilerDesk(providers, rules, mark=settings.books_mark), datetime.now(UTC) + timedelta(days=1)
    with psycopg.connect(settings.dsn) as connection:
        connection.execute("UPDATE reconciliation_day SET run_at = now()")
        jobs = desk.claim(connection, 100, now)
        desk.mark(connection, [desk.work(job) for job in jobs], now)
        connection.commit()
        return connection.execute(
            "SELECT (SELECT sum(matched) FROM reconciliation_day)::int, (SELECT count(*)"
            " FROM reconciliation_difference WHERE provider = 'bank' AND state = 'open')"
        ).fetchall()


def test_a_strangers_transfer_is_found_by_the_inside_and_the_registers_agree(demo: Demo, tmp_path: Path) -> None:
    payer = Visitor(demo, demo.customer("in debt")).sign_in()
    number = payer.customer["numbers"][0]
    before = Decimal(payer.overview()["account"]["balance"])
    today = datetime.now(ZONE).date()
    for count, written in enumerate((written_1c, written_camt, written_mt940), 1):
        told = Statement(
            account="40702810600000000001",
            currency="RUB",
            since=today,
            until=today,
            opening=0,
            closing=5_000,
            lines=(transfer(number, str(count)),),
        )
        for fresh in (1, 0):
            bring(demo, tmp_path, written([told]), fresh)
    deadline = time.monotonic() + DEADLINE_S
    while (now := Decimal(payer.overview()["account"]["balance"])) != before - 150:
        assert time.monotonic() < deadline, (before, now)
        time.sleep(0.2)
    [(matched, open_)] = compared(demo)
    assert (int(str(matched)) >= 3, open_) == (True, 0)
    assert Decimal(payer.overview()["account"]["balance"]) == before - 150
