"""State, operations and periods of one account, as a customer reads them."""

from __future__ import annotations

from datetime import date, timedelta

from okno.connectors.conformance.counterpart import SERVICE
from okno.connectors.conformance.failing import expect, expect_equal
from okno.connectors.conformance.stage import SNAPSHOT, Account, Stage
from okno.connectors.conformance.suite import Check
from okno.connectors.conformance.trust import now
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, Problem
from okno.protocol.ids import new_id

OPERATIONS = "okno.account.operations.list.v1"
STATEMENT = "okno.account.statement.get.v1"
RECONCILIATION = "okno.account.reconciliation.get.v1"
BILLS = "okno.bill.list.v1"
PROFILE = "okno.customer.profile.get.v1"
CHARGED, PAID = 10_050, 4_000
PHONE, PHONE_TAIL, EMAIL = "+7 (900) 765-43-21", "43-21", "somebody@example.org"
# A shorter word of a name cannot be told from any other word.
NAME_CHARS_MIN = 3
DAY = timedelta(days=1)


async def snapshot(stage: Stage) -> None:
    account = await _account(stage)
    state = await stage.snapshot(account)
    operations = [item.amount.money.minor for item in state.operations]
    expect_equal(state.balance.money.minor, account.balance, "the balance after a charge and a payment")
    expect_equal(operations, account.posted, "the amounts of the operations, oldest first")
    expect_equal(state.number_tail, account.opened.number[-4:], "the last four characters of the number")
    expect_equal(state.currency, account.opened.currency, "the currency of the account")
    expect_equal(state.status, "active", "the status of a new account")
    expect(state.as_of <= now() + timedelta(seconds=5), f"the state is as of {state.as_of}, which has not come yet")
    running = 0
    for item in state.operations:
        running += item.amount.money.minor
        expect_equal(item.balance.money.minor, running, f"the balance after operation {item.key}")


async def unknown(stage: Stage) -> None:
    answer = await stage.wire.ask_either(SNAPSHOT, m.SnapshotGet(new_id()), **SERVICE)
    expect(isinstance(answer, Problem), "an account that is not there was answered with a state")
    expect_equal(answer.code, ErrorCode.NOT_FOUND.value, "the refusal of an account that is not there")


async def signs(stage: Stage) -> None:
    account = await _account(stage)
    charge, payment = (told.operation for told in await stage.told(account))
    expect_equal((charge.kind, charge.amount.money.minor), ("charge", CHARGED), "kind and effect of a charge")
    expect_equal((payment.kind, payment.amount.money.minor), ("payment", -PAID), "kind and effect of a payment")
    expect(charge.key != payment.key, f"two operations have the key {charge.key}")


async def operations(stage: Stage) -> None:
    account = await _account(stage)
    await stage.charge(account, 700)
    user = stage.wire.granted(account.id)
    seen: list[int] = []
    cursor: str | None = None
    for page_number in range(len(account.posted) + 1):
        page = await stage.wire.ask(OPERATIONS, m.OperationsList(account.id, cursor, limit=1), **user)
        expect(len(page.operations) <= 1, "a page has more operations than were asked for")
        seen += [item.amount.money.minor for item in page.operations]
        cursor = page.next
        if cursor is None:
            break
        expect(page_number < len(account.posted), "the pages of operations do not come to an end")
    expect_equal(seen, account.posted[::-1], "the amounts of all pages, newest first")


async def gap(stage: Stage) -> None:
    account = await _account(stage)
    for amount in (100, 200, 300):
        await stage.charge(account, amount)
    told = await stage.told(account)
    known = told[1].version
    after = await stage.snapshot(account, after=known)
    expect_equal([item.version for item in after.operations], [item.version for item in told[2:]], "what follows")
    paged: list[m.VersionedOperation] = []
    more = True
    while more and len(paged) <= len(told):
        page = await stage.snapshot(account, after=known, limit=1)
        paged += page.operations
        known, more = page.operations[-1].version if page.operations else known, page.more
    expect_equal([item.version for item in paged], [item.version for item in told[2:]], "what follows, by pages of one")
    newest = await stage.snapshot(account, after=after.version)
    expect_equal((newest.operations, newest.more), ((), False), "what follows the newest version")


async def statement(stage: Stage) -> None:
    account = await _account(stage)
    today = now().date()
    user = stage.wire.granted(account.id)
    whole = await stage.wire.ask(STATEMENT, m.StatementGet(account.id, _around(today)), **user)
    effects = [item.amount.money.minor for item in whole.operations]
    expect_equal(sorted(effects), sorted(account.posted), "the amounts of a period that holds everything")
    expect_equal(whole.opening.money.minor, 0, "the opening balance before the first operation")
    expect_equal(whole.closing.money.minor, sum(effects), "opening + effects = closing")
    before = m.Period(today - 40 * DAY, today - 30 * DAY)
    empty = await stage.wire.ask(STATEMENT, m.StatementGet(account.id, before), **user)
    figures = (empty.operations, empty.opening.money.minor, empty.closing.money.minor)
    expect_equal(figures, ((), 0, 0), "a period before the first operation")


async def reconciliation(stage: Stage) -> None:
    account = await _account(stage)
    user = stage.wire.granted(account.id)
    period = _around(now().date())
    answer = await stage.wire.ask(RECONCILIATION, m.ReconciliationGet(account.id, period), **user)
    debits = credits_ = closing = 0
    for contract in answer.contracts:
        turnover = 0
        for line in contract.lines:
            debit, credit = line.debit.money.minor, line.credit.money.minor
            expect((debit > 0) != (credit > 0), f"the line {line.document!r} is not on exactly one side")
            debits, credits_, turnover = debits + debit, credits_ + credit, turnover + debit - credit
        opening = contract.opening.money.minor
        expect_equal(contract.closing.money.minor, opening + turnover, "opening + debits - credits = closing")
        closing += contract.closing.money.minor
    expect_equal((debits, credits_), (CHARGED, PAID), "debits and credits of all contracts")
    expect_equal(closing, account.balance, "the closing balances of all contracts")


async def texts(stage: Stage) -> None:
    account = await stage.open()
    words = {word for word in await _names(stage, account) if len(word) >= NAME_CHARS_MIN and word.isalpha()}
    text = f"Conformance, {' '.join(sorted(words))}, {PHONE}, {EMAIL}"
    await stage.charge(account, CHARGED, text)
    state = await stage.snapshot(account)
    told = (*state.operations, *(one.operation for one in await stage.told(account)))
    for one in told:
        seen = sorted(word for word in (*words, PHONE_TAIL, EMAIL) if word.casefold() in one.text.casefold())
        expect(not seen, f"the text of an operation tells {', '.join(seen)}")


async def _names(stage: Stage, account: Account) -> list[str]:
    """Words of the customer's name, where the connector tells it to the cabinet."""
    if PROFILE not in stage.offered:
        return []
    answer = await stage.wire.ask(PROFILE, m.ProfileGet(account.id), **stage.wire.granted(account.id))
    return stage.wire.opened(answer.sealed, m.Profile, type_=PROFILE, subject=f"acct:{account.id}").name.split()


async def bills(stage: Stage) -> None:
    account = await _account(stage)
    page = await stage.wire.ask(BILLS, m.BillList(account.id), **stage.wire.granted(account.id))
    days = [bill.due_on for bill in page.bills]
    expect_equal(days, sorted(days, reverse=True), "bills, latest due first")
    for bill in page.bills:
        left, whole = bill.remaining.money.minor, bill.amount.money.minor
        expect(0 <= left <= whole, f"of bill {bill.number} more is left than was asked for")


async def _account(stage: Stage) -> Account:
    account = await stage.open()
    await stage.charge(account, CHARGED, "Conformance")
    await stage.pay(account, PAID)
    return account


def _around(today: date) -> m.Period:
    """Today in whichever zone the system counts its days."""
    return m.Period(today - DAY, today + DAY)


READING = (
    Check(
        "snapshot",
        "A snapshot is the account as it stands, its operations oldest first.",
        frozenset({SNAPSHOT}),
        snapshot,
    ),
    Check("unknown", "An account that is not there is refused as not found.", frozenset({SNAPSHOT}), unknown),
    Check("signs", "A charge raises what is owed, a payment lowers it.", frozenset({SNAPSHOT}), signs),
    Check("operations", "Older operations come by pages, newest first.", frozenset({OPERATIONS}), operations),
    Check("gap", "A snapshot after a version brings exactly what follows it.", frozenset({SNAPSHOT}), gap),
    Check("statement", "A statement of a period adds up.", frozenset({STATEMENT}), statement),
    Check(
        "reconciliation", "The company's side of a reconciliation adds up.", frozenset({RECONCILIATION}), reconciliation
    ),
    Check(
        "texts",
        "The text of an operation names nobody: no customer, no phone, no e-mail address.",
        frozenset({SNAPSHOT}),
        texts,
    ),
    Check("bills", "Bills come latest due first, none with more left than asked for.", frozenset({BILLS}), bills),
)
