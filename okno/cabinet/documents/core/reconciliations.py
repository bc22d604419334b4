"""The reconciliation statement (акт сверки): the company's side filled in, the customer's left to be filled by hand.

There is no statutory form; the contents are those that practice has settled (payments reference, section 16). Charges
stand in debit, payments in credit; lines are numbered through the whole act, so that one can be named.
"""

from datetime import tzinfo

import msgspec

from okno.cabinet.documents.core.figures import column, day_long, day_short, decimal, money
from okno.cabinet.documents.core.payees import Payee
from okno.cabinet.documents.core.periods import period_title
from okno.cabinet.documents.core.statements import moment
from okno.cabinet.documents.core.texts import line
from okno.cabinet.documents.core.troubles import DocumentError
from okno.cabinet.documents.core.words import amount_words, amount_words_en
from okno.protocol.messages import Profile, Reconciliation
from okno.protocol.messages.documents import ReconciliationContract
from okno.protocol.money import Money


class ActRow(msgspec.Struct, frozen=True):
    """One document of the books."""

    line: int
    day: str
    document: str
    debit: str
    credit: str


class ActContract(msgspec.Struct, frozen=True):
    """One contract. A balance stands on the side it belongs to, the other cell is empty.

    `contract` is empty where the books have no contract but the account itself.
    """

    contract: str
    opening_debit: str
    opening_credit: str
    debit: str
    credit: str
    closing_debit: str
    closing_credit: str
    conclusion: str
    rows: tuple[ActRow, ...]


class ActEnglish(msgspec.Struct, frozen=True):
    """What stands in English beside the Russian lines; a conclusion for each contract."""

    period: str
    first: str
    last: str
    as_of: str
    conclusions: tuple[str, ...]


class ActSheet(msgspec.Struct, frozen=True):
    """The printed lines of an act."""

    company: str
    inn: str
    kpp: str
    name: str
    number: str
    period: str
    first: str
    last: str
    as_of: str
    currency: str
    contracts: tuple[ActContract, ...]


def act_sheet(told: Reconciliation, payer: Profile, payee: Payee, zone: tzinfo) -> ActSheet:
    """The lines of what the inside told. Raises DocumentError does-not-add-up."""
    currencies = {contract.opening.currency for contract in told.contracts} or {"RUB"}
    if len(currencies) > 1:
        raise DocumentError("does-not-add-up", "currency")
    contracts, before = [], 0
    for contract in told.contracts:
        contracts.append(_contract(contract, before, told, payer, payee))
        before += len(contract.lines)
    return ActSheet(
        company=payee.name,
        inn=payee.inn,
        kpp=payee.kpp or "",
        name=line(payer.name),
        number=line(payer.number),
        period=period_title(told.period),
        first=day_long(told.period.first),
        last=day_long(told.period.last),
        as_of=moment(told.as_of, zone),
        currency=currencies.pop(),
        contracts=tuple(contracts),
    )


def act_english(told: Reconciliation, payer: Profile, payee: Payee, zone: tzinfo) -> ActEnglish:
    """What the act says in English beside its Russian lines."""
    first, last = told.period.first, told.period.last
    return ActEnglish(
        period=period_title(told.period, "en"),
        first=day_long(first, "en"),
        last=day_long(last, "en"),
        as_of=moment(told.as_of, zone, "en"),
        conclusions=tuple(
            conclusion_en(one.closing.money, day_long(last, "en"), creditor=line(payee.name), debtor=line(payer.name))
            for one in told.contracts
        ),
    )


def act_line(sheet: ActSheet, number: int) -> ActRow | None:
    """The line of that number, if there is one."""
    return next((row for contract in sheet.contracts for row in contract.rows if row.line == number), None)


def conclusion(closing: Money, day: str, *, creditor: str, debtor: str) -> str:
    """Who owes whom: `На 31 октября 2026 задолженность в пользу ООО «Пример» 10,00 ₽ (Десять рублей 00 копеек)`."""
    if closing.minor == 0:
        return f"На {day} взаимной задолженности нет."
    whom, amount = (creditor if closing.minor > 0 else debtor), Money(abs(closing.minor), closing.currency)
    return f"На {day} задолженность в пользу {whom} {money(amount)} ({amount_words(amount)})."


def conclusion_en(closing: Money, day: str, *, creditor: str, debtor: str) -> str:
    """As `conclusion`, in English."""
    if closing.minor == 0:
        return f"As of {day} neither party owes the other."
    whom, amount = (creditor if closing.minor > 0 else debtor), Money(abs(closing.minor), closing.currency)
    return f"As of {day} the debt in favour of {whom} is {money(amount, 'en')} ({amount_words_en(amount)})."


def _contract(
    told: ReconciliationContract, before: int, act: Reconciliation, payer: Profile, payee: Payee
) -> ActContract:
    opening, closing = told.opening.money, told.closing.money
    debits = [one.debit.money for one in told.lines]
    credits_ = [one.credit.money for one in told.lines]
    debit, credit = sum(one.minor for one in debits), sum(one.minor for one in credits_)
    currency = opening.currency
    if {one.currency for one in (opening, closing, *debits, *credits_)} != {currency}:
        raise DocumentError("does-not-add-up", "currency")
    if opening.minor + debit - credit != closing.minor:
        raise DocumentError("does-not-add-up", "closing")
    rows = tuple(
        ActRow(
            line=number,
            day=day_short(one.on),
            document=line(one.document),
            debit=column(one.debit.money.minor, currency),
            credit=column(one.credit.money.minor, currency),
        )
        for number, one in enumerate(told.lines, before + 1)
    )
    return ActContract(
        # A number must not travel in clear, so a system without contracts names the account by its id.
        "" if told.contract == act.account else line(told.contract),
        *_sides(opening),
        decimal(debit, currency),
        decimal(credit, currency),
        *_sides(closing),
        conclusion(closing, day_long(act.period.last), creditor=line(payee.name), debtor=line(payer.name)),
        rows,
    )


def _sides(balance: Money) -> tuple[str, str]:
    text = decimal(abs(balance.minor), balance.currency)
    return (text, "") if balance.minor >= 0 else ("", text)
