"""A bank's transfer that names an account stands in the books by itself, once; then the three registers agree."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from factories.paying_street import at_provider, start, until
from factories.statements import written_1c, written_camt, written_mt940
from factories.street import Demo, Visitor

from okno.cabinet.payments.services.registry import providers_of
from okno.cabinet.payments.tasks.till import TillSettings
from okno.cabinet.reconciliation.core.statements.model import Line, Statement
from okno.cabinet.reconciliation.tasks.reconciler import PAUSE, ReconcilerDesk, rules_of
from okno.cli.processes.serving import settings_of
from okno.connectors.main import settings_read
from okno.connectors.runtime.port import Payment
from okno.connectors.tryton.system import tryton_system
from okno.protocol.ids import new_id

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


def compared(demo: Demo, attempts: str = "", minor: int = 0) -> tuple[int, int, int]:
    """Today as it is compared once it is over: matched, open differences of these attempts, of this sum in the books.

    `attempts`: a condition on them.
    """
    settings = settings_of(demo.directory / "etc" / "till.toml", TillSettings)
    providers = providers_of(settings.providers)
    rules = rules_of(providers, zone=settings.time_zone, owner="accounting")
    desk, now = ReconcilerDesk(providers, rules, mark=settings.books_mark), datetime.now(UTC) + timedelta(days=1)
    with psycopg.connect(settings.dsn) as connection:
        connection.execute("UPDATE reconciliation_day SET run_at = now()")
        # Whoever has no register is asked payment by payment first, as many as other guests of the street have left.
        while jobs := desk.claim(connection, 100, now):
            desk.mark(connection, [desk.work(job) for job in jobs], now)
            now += PAUSE
        connection.commit()
        counted = connection.execute(
            f"""SELECT (SELECT sum(matched)::int FROM reconciliation_day),
                (SELECT count(*) FROM reconciliation_difference JOIN payments_attempt attempt ON attempt.id = attempt_id
                  WHERE reconciliation_difference.state = 'open' AND {attempts or "true"}),
                (SELECT count(*) FROM reconciliation_difference
                  WHERE kind = 'only-books' AND state = 'open' AND books = %s)""",  # noqa: S608 - conditions of ours
            [minor],
        ).fetchone()
    assert counted is not None
    return counted[0], counted[1], counted[2]


def balance_becomes(payer: Visitor, wanted: Decimal) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while (now := Decimal(payer.overview()["account"]["balance"])) != wanted:
        assert time.monotonic() < deadline, (wanted, now)
        time.sleep(0.2)


def books_post(demo: Demo, number: str, minor: int) -> None:
    """A payment of ours in the books that no attempt answers for, as after the cabinet went back to a backup."""
    settings = settings_read(Path(demo.said["connector"]))
    key, amount = new_id(), f"{minor // 100}.{minor % 100:02d}"
    if "tryton" not in demo.state().pids:
        demo.book_post(number, "payment", amount, f"payment:{key}")
        return
    system = tryton_system("main", settings.options)
    assert system.directory is not None
    assert system.distant_postings is not None
    account = system.directory.find(number)
    assert account is not None
    system.distant_postings.post_payment(Payment(key, account, minor, "RUB", "card", datetime.now(UTC)))


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
    balance_becomes(payer, before - 150)
    matched, open_, _ = compared(demo, "attempt.provider = 'bank'")
    assert (matched >= 3, open_) == (True, 0)
    balance_becomes(payer, before - 150)


def test_three_registers_agree_and_what_stands_in_the_books_alone_is_found(demo: Demo) -> None:
    payer = Visitor(demo, demo.customer("in debt")).sign_in()
    before = Decimal(payer.overview()["account"]["balance"])
    payment = start(payer, "123.00")
    at_provider(until(payer, payment, lambda seen: seen["go"] is not None)["go"], "pay")
    until(payer, payment, lambda seen: seen["state"] == "posted")
    balance_becomes(payer, before - 123)
    mine = f"attempt.payment_id = '{payment}'"
    matched, open_, orphans = compared(demo, mine, 777)
    assert (matched >= 1, open_, orphans) == (True, 0, 0)
    books_post(demo, payer.customer["numbers"][0], 777)
    balance_becomes(payer, before - 123 - Decimal("7.77"))
    for _ in range(2):
        assert compared(demo, mine, 777) == (matched, 0, 1)
