"""The book's own answers about people and the company, without a street; and its commands."""

from collections.abc import Iterator
from datetime import date

import msgspec
import psycopg
import pytest
from factories.book_street import NUMBER, Book, customer_with_account, rows
from factories.golubeva import ADDRESS, BORN, FACTS, NAME, PHONE, SECOND, STRANGER, WRONG, golubeva
from psycopg import sql
from typer.testing import CliRunner

from okno.cli.book import app
from okno.cli.instance.company import DEMO_PAYEE, DEMO_PURPOSE
from okno.connectors.book.accounts import account_status_set
from okno.connectors.book.bills import bill_issue
from okno.connectors.book.company import company_read, company_set
from okno.connectors.book.people import directory
from okno.connectors.runtime.port import Facts, Identified, Profile, Refusal, RefusalCode
from okno.connectors.tryton.system import tryton_system
from okno.protocol.ids import new_id

COMPANY = "SELECT payee, payee_account, bank, bic, correspondent_account, inn, kpp, sbp_link, purpose FROM book.company"
OPTIONS = {
    "--name": DEMO_PAYEE.name,
    "--account": DEMO_PAYEE.account,
    "--bank": DEMO_PAYEE.bank,
    "--bic": DEMO_PAYEE.bic,
    "--inn": DEMO_PAYEE.inn,
    "--sbp-link": f"{DEMO_PAYEE.sbp_link}",
    "--purpose": DEMO_PURPOSE,
}


@pytest.fixture
def book(dsn: str) -> Iterator[Book]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def accounts(book: Book) -> list[str]:
    return golubeva(book)


@pytest.mark.parametrize("fact", list(FACTS))
def test_a_customer_is_found_by_a_right_fact_and_not_by_a_wrong_one(book: Book, accounts: list[str], fact: str) -> None:
    assert directory.identify(book, Facts(NUMBER, fact, FACTS[fact])) == Identified(accounts, PHONE)
    assert directory.identify(book, Facts(NUMBER, fact, WRONG[fact])) is None
    assert directory.identify(book, Facts(STRANGER, fact, FACTS[fact])) is None


def test_facts_of_an_account_are_its_own_and_those_of_the_person_are_his(book: Book, accounts: list[str]) -> None:
    assert directory.identify(book, Facts(SECOND, "birth-date", BORN)) == Identified(accounts[::-1], PHONE)
    assert directory.identify(book, Facts(SECOND, "last-bill", FACTS["last-bill"])) is None
    assert directory.identify(book, Facts(SECOND, "last-payment", FACTS["last-payment"])) is None


def test_the_last_bill_is_the_one_issued_last(book: Book, accounts: list[str]) -> None:
    days = (date(2026, 10, 1), date(2026, 10, 31))
    bill_issue(book, account=accounts[0], number="B-0", period=days, amount=100, due_on=date(2026, 11, 10))
    assert directory.identify(book, Facts(NUMBER, "last-bill", "1.00")) == Identified(accounts, PHONE)
    assert directory.identify(book, Facts(NUMBER, "last-bill", FACTS["last-bill"])) is None


def test_a_customer_without_facts_fits_nothing(book: Book) -> None:
    customer_with_account(book)
    for fact, value in (*FACTS.items(), *((kind, "") for kind in FACTS)):
        assert directory.identify(book, Facts(NUMBER, fact, value)) is None


def test_a_closed_account_is_nobody_s_and_the_other_one_stays(book: Book, accounts: list[str]) -> None:
    account_status_set(book, accounts[1], "closed")
    assert directory.identify(book, Facts(SECOND, "birth-date", BORN)) is None
    assert directory.identify(book, Facts(NUMBER, "birth-date", BORN)) == Identified(accounts[:1], PHONE)
    assert directory.find(book, SECOND) == accounts[1]


def test_accounts_are_found_by_number_and_people_by_account(book: Book, accounts: list[str]) -> None:
    assert directory.find(book, f"{NUMBER[:4]} {NUMBER[4:8]} {NUMBER[8:]}") == accounts[0]
    assert directory.find(book, STRANGER) is None
    assert directory.find(book, "") is None
    assert directory.profile(book, accounts[0]) == Profile(NAME, NUMBER, PHONE, "", ADDRESS)
    for unknown in (new_id(), NUMBER, ""):
        with pytest.raises(Refusal) as refused:
            directory.profile(book, unknown)
        assert refused.value.code is RefusalCode.ACCOUNT_UNKNOWN


def test_customers_come_by_pages(book: Book, accounts: list[str]) -> None:
    first = directory.customers(book, after=None, limit=1)
    second = directory.customers(book, after=first.next, limit=1)
    assert [row.account for page in (first, second) for row in page.rows] == sorted(accounts)
    assert (first.next, second.next) == (min(accounts), None)
    with pytest.raises(Refusal, match="cursor"):
        directory.customers(book, after="1", limit=1)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"name": " "}, "name"),
        ({"bank": "Банк\nдва"}, "bank"),
        ({"bic": "140200999"}, "bic, account, correspondent account"),
        ({"account": "40702810700000000001"}, "account"),
        ({"account": "4070281060000000001"}, "account"),
        ({"correspondent_account": "30101810600000000999"}, "correspondent account"),
        ({"inn": "0000123451"}, "inn"),
        ({"kpp": "1"}, "kpp"),
    ],
)
def test_a_slip_with_a_wrong_digit_is_refused(book: Book, changes: dict[str, str], named: str) -> None:
    company_set(book, DEMO_PAYEE, purpose=DEMO_PURPOSE)
    with pytest.raises(Refusal) as refused:
        company_set(book, msgspec.structs.replace(DEMO_PAYEE, **changes), purpose=DEMO_PURPOSE)
    assert refused.value.detail == f"not right: {named}"
    found = company_read(book)
    assert found is not None
    assert (found.payee, found.purpose) == (DEMO_PAYEE, DEMO_PURPOSE)


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("https://qr.nspk.ru/AS0", "it is not of the form https://qr.nspk.ru/AS…?type=01&bank=…&crc=XXXX"),
        (f"{DEMO_PAYEE.sbp_link}"[:-4] + "0000", "its checksum does not match, a sign of it is wrong"),
    ],
)
def test_a_static_link_that_no_bank_has_registered_is_refused(book: Book, link: str, why: str) -> None:
    company_set(book, DEMO_PAYEE, purpose=DEMO_PURPOSE)
    with pytest.raises(Refusal) as refused:
        company_set(book, msgspec.structs.replace(DEMO_PAYEE, sbp_link=link), purpose=DEMO_PURPOSE)
    assert refused.value.detail == f"the static SBP link is not right: {why}"
    found = company_read(book)
    assert found is not None
    assert found.payee == DEMO_PAYEE
    # Trytons are told of their payees by a setting: the connector does not start with a wrong one.
    payee = msgspec.to_builtins(msgspec.structs.replace(DEMO_PAYEE, sbp_link=link))
    options = {"url": "http://127.0.0.1:1", "database": "d", "user": "u", "password_file": "p", "payees": {"1": payee}}
    with pytest.raises(msgspec.ValidationError, match="of company 1 is not right") as told:
        tryton_system("main", options)
    assert why in str(told.value)


def test_a_payee_may_have_no_correspondent_account_and_no_kpp(book: Book) -> None:
    treasury = msgspec.structs.replace(DEMO_PAYEE, correspondent_account=None, kpp=None, sbp_link=None)
    company_set(book, treasury, purpose=DEMO_PURPOSE)
    found = company_read(book)
    assert found is not None
    assert found.payee == treasury


def test_the_database_takes_all_of_the_requisites_or_none(book: Book) -> None:
    for half in ("bank", "kpp", "correspondent_account", "sbp_link"):
        value = str(getattr(DEMO_PAYEE, half))
        with pytest.raises(psycopg.errors.CheckViolation):
            book.execute(sql.SQL("UPDATE book.company SET {} = %s").format(sql.Identifier(half)), (value,))
    assert company_read(book) is None


def test_the_command_sets_and_prints_where_to_pay_to(dsn: str) -> None:
    def okno(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["company", "--dsn", dsn, *arguments])
        return done.exit_code, done.output

    nothing = okno()
    arguments = [part for pair in OPTIONS.items() for part in pair]
    wrong = okno(*arguments, "--kpp", "1")
    before = rows(dsn, COMPANY)
    right = okno(*arguments, "--correspondent", str(DEMO_PAYEE.correspondent_account), "--kpp", str(DEMO_PAYEE.kpp))
    printed = okno()

    assert nothing == (0, "The company has not said where to pay to: see `okno book company --help`.\n")
    assert wrong[0] == 1
    assert "nothing was stored (value-invalid): not right: kpp" in wrong[1]
    assert before == [(None,) * 9]
    assert right == printed
    assert right[0] == 0
    assert f"account       {DEMO_PAYEE.account}\n" in right[1]
    assert f"inn, kpp      {DEMO_PAYEE.inn}, {DEMO_PAYEE.kpp}\n" in right[1]
    assert rows(dsn, COMPANY) == [(*msgspec.structs.astuple(DEMO_PAYEE), DEMO_PURPOSE)]
