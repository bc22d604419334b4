"""A bank beside a shop: its files, the reconciler turned by hand, and the inside that says whose a number is."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from factories.paying import Shop
from factories.statements import written_1c

from okno.cabinet.kit.processes.trust import Trust
from okno.cabinet.payments.providers.port import Provider
from okno.cabinet.payments.services.finding.numbers import PAYABLE
from okno.cabinet.payments.services.registry import providers_of
from okno.cabinet.reconciliation.core.statements.model import Line, Statement
from okno.cabinet.reconciliation.core.terms import Terms
from okno.cabinet.reconciliation.services.finding import Numbers
from okno.cabinet.reconciliation.services.importing import Taken, statement_import
from okno.cabinet.reconciliation.tasks.reconciler import ReconcilerDesk, rules_of
from okno.protocol.sealing import open_sealed

ZONE = "Europe/Moscow"
OURS = "40702810600000000001"
TODAY = datetime.now(UTC).date()
PAYER = "40817810000000000017"
#: After so long today has been cut and is compared.
DAY = timedelta(days=1, hours=2)


def numbers_of(shop: Shop, *systems: str) -> Numbers:
    config = shop.portal.config
    assert config.keylist is not None
    assert config.root_public is not None
    ring = Trust(config.keylist, config.root_public).ring
    return Numbers(pepper=config.pepper_bytes, ring=ring, systems=systems or ("main",))


def reconciler(
    shop: Shop,
    *,
    silent: bool = False,
    numbers: Numbers | None = None,
    terms: Terms | None = None,
    providers: dict[str, Provider] | None = None,
) -> ReconcilerDesk:
    providers = providers if providers is not None else providers_of(shop.portal.config.providers)
    if silent:
        providers = {name: replace(one, asking=None, registers=None) for name, one in providers.items()}
    rules = rules_of(
        providers, zone=ZONE, owner="accounting", payers={"yookassa": "7700000000"}, numbers=numbers, terms=terms
    )
    return ReconcilerDesk(providers, rules, mark="payment:")


def turn(shop: Shop, desk: ReconcilerDesk, *, ahead: timedelta = timedelta(0)) -> int:
    """One turn, as the dispatcher would do it; how many days it compared."""
    now = datetime.now(UTC) + ahead
    with psycopg.connect(shop.database.dsn("till")) as connection:
        jobs = desk.claim(connection, 100, now)
        connection.commit()
        desk.mark(connection, [desk.work(job) for job in jobs], now)
        connection.commit()
        desk.due(connection)
    return len(jobs)


def paid(shop: Shop, amount: str = "1234.50") -> str:
    """A payment that is captured and posted; the books tell of it as the projector would write it."""
    payment = shop.begun(shop.wish(amount))
    shop.press(payment)
    shop.later(minutes=1)
    shop.books_answer()
    shop.turn()
    for account, operation, minor in shop.rows(
        "SELECT account_id, operation, amount FROM payments_posting WHERE operation NOT IN"
        " (SELECT key FROM accounts_operation)"
    ):
        booked(shop, str(operation), int(str(minor)), str(account))
    return payment


def booked(shop: Shop, key: str, minor: int, account: str) -> None:
    shop.portal.peek(
        "INSERT INTO accounts_operation (account_id, position, epoch, version, key, kind, channel, amount, balance,"
        " posted_at) SELECT %s, COALESCE(max(position), 0) + 1, 1, 1, %s, 'payment', 'card', %s, 0, now()"
        " FROM accounts_operation",
        account,
        key,
        -minor,
    )


def differences(shop: Shop) -> list[tuple[object, ...]]:
    return shop.rows(
        "SELECT kind, there, here, books, state FROM reconciliation_difference ORDER BY kind, state, subject"
    )


def transfer(minor: int = 123_450, purpose: str = "Перевод", reference: str = "1", **changes: object) -> Line:
    line = Line(
        at=1,
        day=TODAY,
        direction="in",
        minor=minor,
        payer="Выдумкин",
        payer_account=PAYER,
        purpose=purpose,
        reference=reference,
    )
    return replace(line, **changes)  # type: ignore[arg-type]


def statement(*lines: Line) -> Statement:
    total = sum(line.minor if line.direction == "in" else -line.minor for line in lines)
    return Statement(account=OURS, currency="RUB", since=TODAY, until=TODAY, opening=0, closing=total, lines=lines)


def brought(*lines: Line) -> Taken:
    return statement_import(name="kl_to_1c.txt", content=written_1c([statement(*lines)]), by="staff:1")


def lines(shop: Shop) -> list[tuple[object, ...]]:
    return shop.rows("SELECT state, reason FROM reconciliation_line ORDER BY id")


def number(shop: Shop, payment: str) -> int:
    return int(str(shop.portal.peek("SELECT number FROM payments_payment WHERE id = %s", payment)[0][0]))


def asked(shop: Shop) -> list[str]:
    """The numbers that the inside was asked about, as it alone can read them."""
    rows = shop.portal.peek("SELECT data FROM kit_outbox WHERE type = %s ORDER BY seq", PAYABLE)
    key = shop.portal.keys.connector_open
    sealed = [json.loads(bytes(data))["sealed"] for (data,) in rows]  # type: ignore[call-overload]
    return [json.loads(open_sealed(one, key, subject=None, type=PAYABLE))["number"] for one in sealed]


def inside_says(shop: Shop, account: UUID | str | None, *, currency: str = "RUB", number: str = "") -> int:
    """Answer what is open (only of this number, if one is given), as the relay would write it down; how much it was."""
    least = {"amount": "1.00", "currency": currency}
    told = (
        {"payable": True, "account": str(account), "payee": "main", "least": least} if account else {"payable": False}
    )
    reply = json.dumps({"reply": {"as_of": "2026-11-27T12:00:00Z", **told}})
    rows = shop.portal.peek("SELECT id, state FROM kit_outbox WHERE type = %s ORDER BY seq", PAYABLE)
    open_ = [
        row
        for (row, state), named in zip(rows, asked(shop), strict=True)
        if state == "queued" and number in {"", named}
    ]
    for row in open_:
        shop.portal.peek("UPDATE kit_outbox SET state = 'done', outcome = %s WHERE id = %s", reply, row)
    return len(open_)
