"""What an accountant does in Tryton besides posting invoices, and what his customers see of it."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from factories.tryton import Office, office_running

from okno.cli.servers.tryton import CABINET, USER
from okno.cli.tryton.company import companies_read, company_make
from okno.cli.tryton.rights import GROUP
from okno.cli.tryton.seed import invoice_post, month_bill
from okno.connectors.bench import Door
from okno.connectors.runtime.port import (
    Bill,
    Due,
    Facts,
    Ledger,
    MoneyBack,
    Payment,
    Refusal,
    RefusalCode,
    SystemAway,
    Trouble,
)
from okno.connectors.runtime.system import DistantPostings, System
from okno.connectors.tryton import touches
from okno.protocol.ids import new_id

NOW = datetime.now(UTC)
TODAY = NOW.date()
EARLIER = (
    """
    UPDATE account_move SET create_date = create_date - interval '5 minutes',
        write_date = write_date - interval '5 minutes' WHERE id = %s
    """,
    """
    UPDATE account_move_line SET create_date = create_date - interval '5 minutes',
        write_date = write_date - interval '5 minutes' WHERE move = %s
    """,
)


@pytest.fixture(scope="module")
def office(tryton: Office, short_directory: Path) -> Iterator[Office]:
    """A Tryton of these tests alone, with the past of the shared one."""
    yield from office_running(tryton.place, tryton.tools, short_directory / "accountant", "erp_accountant")


@pytest.fixture(scope="module")
def system(office: Office) -> System:
    return office.system()


def ledger(system: System, account: str) -> Ledger:
    assert system.ledgers is not None
    (found,) = system.ledgers.ledgers([account])
    return found


def postings(system: System) -> DistantPostings:
    assert system.distant_postings is not None
    return system.distant_postings


def bills(system: System, account: str) -> list[Bill]:
    assert system.bills is not None
    return list(system.bills.bills(account, before=None, limit=10).bills)


def identified(system: System, facts: Facts) -> list[str]:
    """The accounts of whom the facts fit."""
    assert system.directory is not None
    found = system.directory.identify(facts)
    return list(found.accounts) if found is not None else []


def paid_by_card(system: System, account: str, amount: int) -> None:
    postings(system).post_payment(Payment(new_id(), account, amount, "RUB", "card", NOW))


def test_what_was_paid_by_card_is_asked_for_no_more(office: Office, system: System) -> None:
    """Nobody has reconciled anything: Tryton itself still counts every invoice as open."""
    account, party = office.account(1), office.parties[1]
    charge = int(party.charge * 100)
    assert ledger(system, account).balance == 0
    for day in (TODAY - timedelta(days=40), TODAY):
        month_bill(office.book, office.companies[0], [party], day)
    latest, earlier = bills(system, account)[:2]
    before = ledger(system, account)
    assert (latest.remaining, earlier.remaining) == (charge, charge)
    assert (before.balance, before.due) == (2 * charge, Due(2 * charge, earlier.due_on))
    assert earlier.due_on < latest.due_on

    paid_by_card(system, account, charge)
    latest, *others = bills(system, account)
    assert (latest.remaining, {bill.remaining for bill in others}) == (charge, {0})
    assert ledger(system, account).due == Due(charge, latest.due_on)

    paid_by_card(system, account, charge)
    assert {bill.remaining for bill in bills(system, account)} == {0}
    assert ledger(system, account).due is None


@pytest.fixture
def euros(office: Office) -> System:
    """The first company takes euros as well: it has a rate, and a journal that clears."""
    book, company = office.book, office.companies[0]
    (euro,) = book.search_read("currency.currency", [("code", "=", "EUR")], ["id"])
    for currency, rate in ((company.currency, "1"), (euro["id"], "0.0125")):
        values = {"currency": currency, "date": TODAY.replace(month=1, day=1), "rate": Decimal(rate)}
        book.model("currency.currency.rate", "create", [values])
    (own,) = book.search_read(
        "account.payment.journal",
        [("name", "=", CABINET), ("company", "=", company.id)],
        ["name", "company", "process_method", "clearing_account", "clearing_journal"],
    )
    values = {name: value for name, value in own.items() if name != "id"} | {"currency": euro["id"]}
    book.model("account.payment.journal", "create", [values], company=company.id)
    return office.system()


def test_an_account_in_another_currency_of_the_same_company_is_one_of_its_own(office: Office, euros: System) -> None:
    (euro,) = office.book.search_read("currency.currency", [("code", "=", "EUR")], ["id"])
    company, party = office.companies[0], office.parties[2]
    month_bill(office.book, replace(company, currency=euro["id"]), [party], TODAY)
    account, charge = f"c{company.id}.p{party.id}.EUR", int(party.charge * 100)
    billed, roubles = ledger(euros, account), ledger(euros, office.account(2))
    assert (billed.currency, billed.balance, billed.number) == ("EUR", charge, f"{party.code}-EUR")
    assert [bill.remaining for bill in bills(euros, account)] == [charge]

    books, paid, taken = postings(euros), new_id(), new_id()
    for payment, amount in ((paid, 20_00), (taken, 7_00)):
        posted = books.post_payment(Payment(payment, account, amount, "EUR", "card", NOW))
        assert books.find(payment) == posted
    assert bills(euros, account)[0].remaining == charge - 27_00
    # He is asked for the sum that he paid, not for what the books make of it in the company's own currency.
    assert identified(euros, Facts(billed.number, "last-payment", "7.00"))[0] == account
    assert identified(euros, Facts(billed.number, "last-payment", "560.00")) == []
    part = MoneyBack(new_id(), paid, account, 6_33, "EUR", NOW)
    given = books.post_refund(part)
    assert books.post_refund(part) == books.find(part.key) == given
    books.post_refund(MoneyBack(new_id(), paid, account, 13_67, "EUR", NOW))
    books.post_reversal(MoneyBack(new_id(), taken, account, 7_00, "EUR", NOW))

    after = ledger(euros, account)
    assert [(entry.kind, entry.amount) for entry in after.entries[1:]] == [
        *(("payment", -20_00), ("payment", -7_00)),
        *(("refund", 6_33), ("refund", 13_67), ("correction", 7_00)),
    ]
    assert after.balance == charge
    # What came and went is worth the same in the company's own currency, to the kopeck.
    domain = [("party", "=", party.id), ("second_currency", "=", euro["id"]), ("account.type.receivable", "=", True)]
    worth = office.book.search_read("account.move.line", [*domain, ("move.state", "=", "posted")], ["debit", "credit"])
    assert sum(row["debit"] - row["credit"] for row in worth) == party.charge * 80
    assert ledger(euros, office.account(2)) == roubles
    with pytest.raises(Refusal) as refused:
        books.post_refund(MoneyBack(new_id(), new_id(), account, 1, "EUR", NOW))
    assert refused.value.code is RefusalCode.ENTRY_UNKNOWN


def test_the_last_sums_are_those_that_the_customer_knows(office: Office, system: System) -> None:
    party, company = office.parties[3], office.companies[0]
    month_bill(office.book, company, [party], TODAY)
    paid_by_card(system, office.account(3), 77_70)
    # What was forgiven later is neither a bill nor a payment.
    invoice_post(office.book, company, party.id, Decimal("-11.11"), "Перерасчёт")
    fits = {
        (fact, value): identified(system, Facts(party.code, fact, value))
        for fact in ("last-bill", "last-payment")
        for value in (str(party.charge), "77.70", "11.11", "-11.11")
    }
    assert {key for key, accounts in fits.items() if accounts} == {
        ("last-bill", str(party.charge)),
        ("last-payment", "77.70"),
    }


def test_a_page_of_customers_costs_the_same_however_many_there_are(office: Office) -> None:
    with contextlib.closing(Door(("127.0.0.1", office.tryton.port))) as door:
        customers = office.system(url=f"http://127.0.0.1:{door.port}").customers
        assert customers is not None
        # The first one logs in, and reads what does not change.
        customers.customers(after=None, limit=1)
        before = door.requests
        page = customers.customers(after=None, limit=100)
        asked = door.requests - before
    known = {party.code: party for party in office.parties}
    found = [row.profile for row in page.rows if row.profile.number in known]
    assert [(one.name, one.phone) for one in found] == [(party.name, party.phone) for party in office.parties]
    assert ["Светлый" in one.address for one in found] == [True] * len(found)
    # Accounts by two, who stands behind them by three: of six customers, or of a thousand.
    assert len(found) == asked + 1 == 6


def changed(system: System, cursor: str) -> tuple[list[str], str]:
    """What was touched since the cursor, and the cursor after it."""
    assert system.ledgers is not None
    found = system.ledgers.changes(cursor)
    return list(found.accounts), found.cursor


def begun(system: System) -> str:
    """A cursor from now on; whatever was there before has been named."""
    assert system.ledgers is not None
    return changed(system, system.ledgers.changes(None).cursor)[1]


def test_who_is_a_customer_no_more_is_so_at_every_company(office: Office, system: System) -> None:
    party = office.parties[4]
    month_bill(office.book, office.companies[1], [party], TODAY)
    cursor = begun(system)
    office.book.model("party.party", "write", [party.id], {"active": False})
    accounts, _ = changed(system, cursor)
    assert sorted(accounts) == sorted([office.account(4), f"c{office.companies[1].id}.p{party.id}.EUR"])
    assert {ledger(system, account).status for account in accounts} == {"closed"}


def test_what_comes_to_light_late_is_told_all_the_same(
    office: Office, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction dates its rows with its beginning: one that posts thousands of invoices ends minutes later."""
    monkeypatch.setattr(touches, "LATE_EVERY_S", 0.0)
    cursor, party = begun(system), office.parties[5]
    (invoice,) = month_bill(office.book, office.companies[0], [party], TODAY)
    (made,) = office.book.search_read("account.invoice", [("id", "=", invoice)], ["move"])
    with psycopg.connect(office.tryton.database.dsn) as books:
        for query in EARLIER:
            books.execute(query, [made["move"]])
    accounts, cursor = changed(system, cursor)
    assert accounts == [office.account(5)]
    # Whoever looks again, and who looks for the first time.
    assert changed(system, cursor)[0] == []
    assert office.account(5) in changed(office.system(), cursor)[0]


@pytest.mark.parametrize("model", ["account.invoice", "account.payment"])
def test_who_may_not_read_is_away_until_he_may_again(office: Office, system: System, model: str) -> None:
    domain = [("model", "=", model), ("group.name", "=", GROUP)]
    (access,) = office.book.search_read("ir.model.access", domain, ["perm_read"])
    account, payment = office.account(0), Payment(new_id(), office.account(0), 1_00, "RUB", "card", NOW)
    asked: dict[str, Callable[[], object]] = {
        "account.invoice": lambda: bills(system, account),
        "account.payment": lambda: postings(system).post_payment(payment),
    }
    office.book.model("ir.model.access", "write", [access["id"]], {"perm_read": False})
    with pytest.raises(SystemAway, match=f"lets okno not read {model}") as away:
        asked[model]()
    office.book.model("ir.model.access", "write", [access["id"]], {"perm_read": True})
    assert away.value.trouble is Trouble.RIGHTS
    assert asked[model]()


def test_a_company_that_is_founded_later_is_known_at_once(office: Office, system: System) -> None:
    """Last in this file: there is one company more behind it."""
    book, party, cursor = office.book, office.parties[0], begun(system)
    known = {row["id"] for row in book.search_read("company.company", [], ["id"])}
    company_make(book, "ООО «Новый дом»", office.companies[0].currency, range(TODAY.year, TODAY.year + 1))
    (founded,) = (one for one in companies_read(book) if one.id not in known)
    (user,) = book.search_read("res.user", [("login", "=", USER)], ["id"])
    book.model("res.user", "write", [user["id"]], {"companies": [["add", [founded.id]]]})
    month_bill(book, founded, [party], TODAY)
    account = f"c{founded.id}.p{party.id}.RUB"
    assert account in changed(system, cursor)[0]
    assert ledger(system, account).balance == int(party.charge * 100)
    assert ledger(system, account).number == f"{party.code}-{founded.id}"
