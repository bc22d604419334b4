"""Grants renewed, profiles, requisites, what may be paid, reconciliation: of one customer of the book."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
from factories.book_street import NUMBER, USER, Book, entered, in_loop, now, rows, street
from factories.golubeva import ADDRESS, NAME, PHONE, SECOND, STRANGER, golubeva
from factories.people_asking import PAYABLE, PROFILE, RECONCILE, RENEW, REQUISITES, SERVICE, Asking

from okno.cli.instance.company import DEMO_PAYEE, DEMO_PURPOSE
from okno.connectors.book.accounts import account_status_set
from okno.connectors.book.company import company_set
from okno.connectors.runtime.grants import grant_issue
from okno.connectors.runtime.people.limits import PeopleLimits
from okno.protocol import messages as m
from okno.protocol.ids import new_id


@pytest.fixture
def book(dsn: str) -> Iterator[Book]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def accounts(book: Book) -> list[str]:
    return golubeva(book)


def rub(text: str) -> m.Amount:
    return m.Amount(text, "RUB")


@in_loop
async def test_a_grant_is_renewed_with_its_own_rights_while_the_account_stands(
    tmp_path: Path, dsn: str, book: Book, accounts: list[str]
) -> None:
    async with street(tmp_path, dsn) as here:
        asking, ask = Asking(here.gateway), here.gateway.ask
        narrow = here.gateway.granted(accounts[1], "view", "documents")
        renewed = (await ask(RENEW, m.GrantRenew(accounts[1]), **narrow)).data
        account_status_set(book, accounts[1], "closed")
        closed = (await ask(RENEW, m.GrantRenew(accounts[1]), **narrow)).data
        nowhere = new_id()
        unknown = (await ask(RENEW, m.GrantRenew(nowhere), **here.gateway.granted(nowhere))).data

    assert [one.account for one in renewed.grants] == [accounts[1]]
    assert asking.held(renewed.grants[0], USER).rights == ("view", "documents")
    assert (closed, unknown) == (m.GrantsAnswer(granted=False), m.GrantsAnswer(granted=False))


@in_loop
async def test_a_grant_that_has_ended_or_is_another_s_renews_nothing(
    tmp_path: Path, dsn: str, accounts: list[str]
) -> None:
    async with street(tmp_path, dsn) as here:
        gateway = here.gateway
        ended = grant_issue(
            key=gateway.trust.connector,
            authid=USER,
            account=accounts[0],
            rights=("view",),
            at=now() - timedelta(days=31),
        )
        foreign = {**gateway.granted(accounts[0]), "auth": ("app_user", new_id())}
        for asked in ({"auth": ("app_user", USER), "grant": ended.token}, foreign):
            await gateway.send(gateway.envelope(RENEW, m.GrantRenew(accounts[0]), **asked))
        await gateway.until(lambda: len(rows(dsn, "SELECT 1 FROM store.bad")) == 2)

    assert gateway.replies == []
    assert rows(dsn, "SELECT code FROM store.bad ORDER BY code") == [("grant-expired",), ("subject-not-granted",)]


@in_loop
async def test_a_profile_is_what_the_books_have_sealed_to_the_cabinet(
    tmp_path: Path, dsn: str, book: Book, accounts: list[str]
) -> None:
    async with street(tmp_path, dsn) as here:
        asking, user = Asking(here.gateway), here.gateway.granted(accounts[0])
        answer = await here.gateway.ask(PROFILE, m.ProfileGet(accounts[0]), **user)
        book.execute("UPDATE book.customer SET address = %s, phone = NULL", (f"д.\n1,\tкв. {'2' * 300}",))
        odd = await here.gateway.ask(PROFILE, m.ProfileGet(accounts[0]), **user)
        nowhere = new_id()
        unknown = await here.gateway.ask(PROFILE, m.ProfileGet(nowhere), **here.gateway.granted(nowhere))

    assert answer.data.account == accounts[0]
    assert asking.opened(answer, m.Profile) == m.Profile(NAME, NUMBER, PHONE, "", ADDRESS)
    changed = asking.opened(odd, m.Profile)
    assert (changed.phone, changed.address[:11], len(changed.address)) == ("", "д. 1, кв. 2", 200)
    assert unknown.data.code == "not-found"


@in_loop
async def test_requisites_name_the_firm_in_clear_and_the_payer_sealed(
    tmp_path: Path, dsn: str, book: Book, accounts: list[str]
) -> None:
    async with street(tmp_path, dsn) as here:
        asking, user = Asking(here.gateway), here.gateway.granted(accounts[0])
        nothing = await here.gateway.ask(REQUISITES, m.RequisitesGet(accounts[0]), **user)
        company_set(book, DEMO_PAYEE, purpose=DEMO_PURPOSE)
        answer = await here.gateway.ask(REQUISITES, m.RequisitesGet(accounts[0]), **user)

    assert nothing.data.code == "rejected"
    told = answer.data
    assert (told.payee, told.payee_account, told.bank, told.bic) == msgspec.structs.astuple(DEMO_PAYEE)[:4]
    assert (told.correspondent_account, told.inn, told.kpp, told.sbp_link) == msgspec.structs.astuple(DEMO_PAYEE)[4:]
    assert told.purpose == DEMO_PURPOSE
    assert asking.opened(answer, m.Profile).number == NUMBER


@in_loop
async def test_what_may_be_paid_follows_from_the_account_s_state(
    tmp_path: Path, dsn: str, book: Book, accounts: list[str]
) -> None:
    entered(book, "charge", 9_900, account=SECOND)
    few = PeopleLimits(pay_least_units=10, pay_most_units=15_000)
    async with street(tmp_path, dsn, people=few) as here:
        asking = Asking(here.gateway)

        async def payable(
            account: str | None, amount: str | None = None, *, number: str = "", currency: str = "RUB"
        ) -> m.Payable:
            subject = f"acct:{account}" if account else None
            typed = asking.sealed(m.TypedAccount(number), PAYABLE, subject) if number else None
            wanted = m.Amount(amount, currency) if amount else None
            return (await here.gateway.ask(PAYABLE, m.PaymentPayable(account, wanted, typed), **SERVICE)).data

        billed, owing = await payable(accounts[0]), await payable(accounts[1])
        typed = await payable(None, number=f"{SECOND[:8]} {SECOND[8:]}")
        within = [await payable(accounts[1], amount) for amount in ("10.00", "15000.00")]
        beyond = [await payable(accounts[1], amount) for amount in ("9.99", "15000.01", "-10.00")]
        euros = await payable(accounts[1], "10.00", currency="EUR")
        strangers = [await payable(new_id()), await payable(None, number=STRANGER), await payable(None, number="нет")]
        neither, both = await payable(None), await payable(accounts[0], number=NUMBER)
        entered(book, "payment", 10_000, account=SECOND)
        credit = await payable(accounts[1])
        book.execute("UPDATE book.account SET status = 'closed' WHERE id = %s", (accounts[1],))
        closed = await payable(accounts[1])

    assert (billed.payable, billed.account, billed.amount) == (True, accounts[0], rub("734.50"))
    assert (owing.payable, owing.amount, owing.least, owing.most) == (True, rub("99.00"), rub("10.00"), rub("15000.00"))
    assert (typed.account, typed.amount, typed.payee) == (accounts[1], rub("99.00"), "main")
    assert [one.payable for one in (*within, *beyond, euros)] == [True, True, False, False, False, False]
    for one in (*strangers, closed):
        assert one == m.Payable(payable=False, as_of=one.as_of)
    assert (neither.code, both.code) == ("schema", "schema")
    assert (credit.payable, credit.amount) == (True, None)


@in_loop
async def test_a_reconciliation_lists_every_document_on_its_side(
    tmp_path: Path, dsn: str, book: Book, accounts: list[str]
) -> None:
    today = now().date()
    period = m.Period(today.replace(month=1, day=1), today.replace(month=12, day=31))
    async with street(tmp_path, dsn) as here:
        user = here.gateway.granted(accounts[0], "documents")
        this_year = (await here.gateway.ask(RECONCILE, m.ReconciliationGet(accounts[0], period), **user)).data
        later = m.Period(date(today.year + 1, 1, 1), date(today.year + 1, 1, 31))
        next_year = (await here.gateway.ask(RECONCILE, m.ReconciliationGet(accounts[0], later), **user)).data
        backwards = m.Period(later.last, later.first)
        wrong = (await here.gateway.ask(RECONCILE, m.ReconciliationGet(accounts[0], backwards), **user)).data

    [contract], [quiet] = this_year.contracts, next_year.contracts
    sides = [(line.debit.amount, line.credit.amount) for line in contract.lines]
    assert sides == [("1234.50", "0.00"), ("0.00", "500.00"), ("0.00", "700.00"), ("700.00", "0.00")]
    assert (contract.opening, contract.closing) == (rub("0.00"), rub("734.50"))
    assert (quiet.opening, quiet.lines, quiet.closing) == (rub("734.50"), (), rub("734.50"))
    assert contract.contract == accounts[0]
    assert wrong.code == "rejected"
