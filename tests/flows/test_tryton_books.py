"""Tryton behind the port: what the bookkeeper enters there is told, and what we post stands there once."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from factories.tryton import Office

from okno.cli.tryton.seed import Party, month_bill
from okno.connectors.runtime.port import Facts, Ledger, MoneyBack, Payment, Refusal, RefusalCode, SystemAway, Trouble
from okno.connectors.runtime.system import DistantPostings, System
from okno.connectors.tryton.lines import is_ours
from okno.connectors.tryton.rpc import Rpc, TrytonRefusal
from okno.protocol.ids import new_id

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def system(tryton: Office) -> System:
    return tryton.system()


def ledger(system: System, account: str) -> Ledger:
    assert system.ledgers is not None
    (found,) = system.ledgers.ledgers([account])
    return found


def paid_each_month(party: Party) -> Decimal:
    return (party.charge * party.paid_percent / 100).quantize(Decimal("0.01"))


def postings(system: System) -> DistantPostings:
    assert system.distant_postings is not None
    return system.distant_postings


def test_an_account_is_told_whole_with_its_signs(tryton: Office, system: System) -> None:
    party = tryton.parties[0]
    found = ledger(system, tryton.account())
    charge, paid = (
        int(party.charge * 100),
        int((party.charge * party.paid_percent / 100).quantize(Decimal("0.01")) * 100),
    )
    assert [(entry.kind, entry.amount) for entry in found.entries] == [
        *(("charge", charge), ("payment", -paid)),
        *(("charge", charge), ("payment", -paid)),
    ]
    assert (found.number, found.currency, found.status) == (party.code, "RUB", "active")
    assert found.balance == 2 * (charge - paid)
    assert [entry.text for entry in found.entries[::2]] == ["Услуги связи за 09.2026", "Услуги связи за 10.2026"]
    assert found.name == party.name
    assert found.entries[0].day.isoformat() == "2026-09-03"


def test_all_accounts_come_in_pages_and_each_once(tryton: Office, system: System) -> None:
    assert system.ledgers is not None
    seen: list[str] = []
    after = None
    while page := system.ledgers.first(after=after, limit=2):
        seen += page
        after = page[-1]
    assert set(seen) >= {tryton.account(number) for number in range(len(tryton.parties))}
    assert len(seen) == len(set(seen))


def test_what_the_bookkeeper_posts_is_a_change_told_once(tryton: Office, system: System) -> None:
    ledgers = system.ledgers
    assert ledgers is not None
    before = ledgers.changes(None)
    month_bill(tryton.book, tryton.companies[0], [tryton.parties[5]], NOW.date())
    after = ledgers.changes(before.cursor)
    assert tryton.account(5) in after.accounts
    assert before.complete_before < after.complete_before
    assert tryton.account(5) not in ledgers.changes(after.cursor).accounts
    assert ledger(system, tryton.account(5)).entries[-1].kind == "charge"
    with pytest.raises(Refusal):
        ledgers.changes("nonsense")


def test_a_second_company_and_currency_is_an_account_of_its_own(tryton: Office, system: System) -> None:
    month_bill(tryton.book, tryton.companies[1], [tryton.parties[4]], NOW.date())
    second = f"c{tryton.companies[1].id}.p{tryton.parties[4].id}.EUR"
    found = ledger(system, second)
    assert (found.currency, found.balance) == ("EUR", int(tryton.parties[4].charge * 100))
    assert found.number == f"{tryton.parties[4].code}-{tryton.companies[1].id}"
    assert system.directory is not None
    identified = system.directory.identify(Facts(found.number, "last-bill", f"{tryton.parties[4].charge}"))
    assert identified is not None
    assert list(identified.accounts) == [second, tryton.account(4)]


def test_who_knows_the_last_sums_is_identified_and_nobody_else(tryton: Office, system: System) -> None:
    directory, party = system.directory, tryton.parties[1]
    assert directory is not None
    paid = paid_each_month(party)
    for fact, value in (("last-bill", str(party.charge)), ("last-payment", f" {paid}".replace(".", ","))):
        found = directory.identify(Facts(f"{party.code[:4]} {party.code[4:]}", fact, value))
        assert found is not None
        assert (list(found.accounts), found.phone) == ([tryton.account(1)], party.phone)
    for number, fact, value in (
        (party.code, "last-bill", "0.01"),
        (party.code, "last-bill", "abc"),
        (party.code, "birth-date", "1970-01-01"),
        ("00000000", "last-bill", str(party.charge)),
        ("", "last-bill", str(party.charge)),
    ):
        assert directory.identify(Facts(number, fact, value)) is None
    assert directory.find(party.code) == tryton.account(1)
    assert directory.find("99999999") is None
    profile = directory.profile(tryton.account(1))
    assert (profile.name, profile.number, profile.phone) == (party.name, party.code, party.phone)
    assert profile.address


def test_customers_and_bills_come_in_pages(tryton: Office, system: System) -> None:
    assert system.customers is not None
    assert system.bills is not None
    first = system.customers.customers(after=None, limit=2)
    rest = system.customers.customers(after=first.next, limit=100)
    assert [len(first.rows), rest.next] == [2, None]
    names = [row.profile.name for row in (*first.rows, *rest.rows)]
    assert list(dict.fromkeys(names)) == [party.name for party in tryton.parties]
    latest = system.bills.bills(tryton.account(2), before=None, limit=1)
    assert latest.next is not None
    earlier = system.bills.bills(tryton.account(2), before=latest.next, limit=5)
    assert [bill.period_from.month for bill in (*latest.bills, *earlier.bills)] == [10, 9]
    assert earlier.next is None
    assert {bill.amount for bill in latest.bills} == {int(tryton.parties[2].charge * 100)}
    with pytest.raises(Refusal):
        system.bills.bills(tryton.account(2), before="yesterday", limit=5)


def test_money_is_posted_once_given_back_and_taken_back(tryton: Office, system: System) -> None:
    account, books = tryton.account(3), postings(system)
    before = ledger(system, account).balance
    payment = Payment(new_id(), account, 123_45, "RUB", "card", NOW)
    assert books.find(payment.payment) is None
    posted = books.post_payment(payment)
    assert books.post_payment(payment) == posted == books.find(payment.payment)
    refund = MoneyBack(new_id(), payment.payment, account, 23_45, "RUB", NOW)
    given = books.post_refund(refund)
    assert books.post_refund(refund) == given == books.find(refund.key)
    assert ledger(system, account).balance == before - 123_45 + 23_45
    second = Payment(new_id(), account, 50_00, "RUB", "sbp", NOW)
    books.post_payment(second)
    reversal = MoneyBack(new_id(), second.payment, account, 50_00, "RUB", NOW)
    taken = books.post_reversal(reversal)
    assert books.post_reversal(reversal) == taken == books.find(reversal.key)
    # Of the first 100 roubles are left, of the second nothing.
    for work, back in (
        (books.post_refund, MoneyBack(new_id(), payment.payment, account, 100_01, "RUB", NOW)),
        (books.post_reversal, MoneyBack(new_id(), payment.payment, account, 123_45, "RUB", NOW)),
        (books.post_refund, MoneyBack(new_id(), second.payment, account, 1, "RUB", NOW)),
        (books.post_reversal, MoneyBack(new_id(), second.payment, account, 50_00, "RUB", NOW)),
    ):
        with pytest.raises(Refusal) as refused:
            work(back)
        assert refused.value.code is RefusalCode.ENTRY_CORRECTED
    entries = {entry.key: entry for entry in ledger(system, account).entries}
    assert {entries[given.key].text, entries[taken.key].text} == {""}
    assert [entries[one.key].kind for one in (posted, given, taken)] == ["payment", "refund", "correction"]
    # By this the reconciler knows which of the books' payments are ours.
    assert [one.key.partition("line-")[0] for one in (posted, given, taken)] == ["payment:", "", ""]
    assert [is_ours(reference) for reference in (payment.payment, "", None, "2026/17")] == [True, False, False, False]
    assert entries[taken.key].amount == 50_00
    assert entries[taken.key].reverses in entries
    assert sum(entry.amount for entry in entries.values()) == before - 100_00


def test_what_cannot_be_posted_is_refused_and_changes_nothing(tryton: Office, system: System) -> None:
    account, books = tryton.account(3), postings(system)
    payment = Payment(new_id(), account, 10_00, "RUB", "card", NOW)
    books.post_payment(payment)
    before = ledger(system, account)
    refusals = {
        RefusalCode.KEY_CONFLICT: lambda: books.post_payment(
            Payment(payment.payment, account, 11_00, "RUB", "card", NOW)
        ),
        RefusalCode.CURRENCY_MISMATCH: lambda: books.post_payment(Payment(new_id(), account, 1, "EUR", "card", NOW)),
        RefusalCode.ACCOUNT_UNKNOWN: lambda: books.post_payment(Payment(new_id(), "c9.p9.RUB", 1, "RUB", "card", NOW)),
        RefusalCode.ENTRY_UNKNOWN: lambda: books.post_refund(MoneyBack(new_id(), new_id(), account, 1, "RUB", NOW)),
        RefusalCode.AMOUNT_INVALID: lambda: books.post_reversal(
            MoneyBack(new_id(), payment.payment, account, 1, "RUB", NOW)
        ),
    }
    for code, work in refusals.items():
        with pytest.raises(Refusal) as refused:
            work()
        assert refused.value.code is code
    assert ledger(system, account) == before


def test_the_connectors_user_sees_books_and_no_secrets(tryton: Office) -> None:
    rpc = Rpc(
        tryton.tryton.url,
        database=tryton.tryton.database.name,
        user="okno",
        password=tryton.password_file.read_text(encoding="utf-8"),
    )
    assert all(row["password_hash"] is None for row in rpc.search_read("res.user", [], ["password_hash"]))
    with pytest.raises(TrytonRefusal):
        rpc.model("res.user", "write", [1], {"name": "Somebody else"})
    wrong = Rpc(tryton.tryton.url, database=tryton.tryton.database.name, user="okno", password="wrong")
    with pytest.raises(SystemAway, match="refuses the login of okno") as refused:
        wrong.search_read("party.party", [], ["name"])
    assert refused.value.trouble is Trouble.LOGIN
