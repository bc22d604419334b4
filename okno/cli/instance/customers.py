"""The customers of the demo: invented people, each named for what he or she shows."""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from okno.cli.instance.layout import Customer
from okno.connectors.book.drafts import Draft
from okno.protocol.ids import new_id

MONTHS = 12
CHARGE_DAY = 3
PAY_DAY = 16
NOON_H = 9
DUE_DAYS = 10
RECENT_MONTHS = 3
#: Percent of the usual month, January first: no two bars of a year are alike.
SEASON = (104, 100, 97, 102, 99, 95, 92, 94, 101, 106, 103, 110)
LETTERS = "abcdefghkmnpqrstuvwxyz"
MONTH_NAMES = (
    *("январь", "февраль", "март", "апрель", "май", "июнь"),
    *("июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"),
)


@dataclass(frozen=True)
class Part:
    """What a customer of the demo is made of.

    `accounts`: the usual month's charge in kopecks, and the percent of it paid in the last three months, per account.
    `born` is what the inside may ask for before it sends a code.

    Without `has_user` only the book knows him: whoever tries the demo registers in his name.
    """

    shows: str
    russian: str
    name: str
    phone: str
    accounts: tuple[tuple[int, int], ...]
    born: date | None = None
    has_user: bool = True


PARTS = (
    Part("in debt", "с долгом", "Долгова Дарья Денисовна", "+79000000001", ((64_250, 40),), date(1974, 3, 8)),
    Part("in credit", "с переплатой", "Запасов Захар Зиновьевич", "+79000000002", ((48_900, 130),), date(1968, 11, 2)),
    Part(
        "two accounts",
        "два лицевых счёта",
        "Парнова Полина Петровна",
        "+79000000003",
        ((71_500, 100), (23_400, 92)),
        date(1985, 6, 19),
    ),
    Part("brand-new", "новый", "Новиков Никита Назарович", "+79000000004", ((0, 0),), date(1996, 1, 25)),
    Part(
        *("without access", "без кабинета", "Первушина Полина Павловна", "+79000000005"),
        accounts=((58_300, 90), (19_900, 100)),
        born=date(1979, 9, 30),
        has_user=False,
    ),
)


def customers_draw() -> list[Customer]:
    """Ids and passwords of this instance; logins and telephones are the same in each."""
    drawn = []
    number = 0
    for place, part in enumerate(PARTS, 1):
        accounts = [new_id() for _ in part.accounts]
        numbers = [f"40000000{number + index + 1:012d}" for index in range(len(accounts))]
        number += len(accounts)
        drawn.append(
            Customer(
                shows=part.shows,
                login=f"100-200-{place:03d}",
                password=password_draw() if part.has_user else "",
                has_user=part.has_user,
                phone=part.phone,
                name=part.name,
                customer=new_id(),
                accounts=accounts,
                numbers=numbers,
            )
        )
    return drawn


def address_of(customer: Customer) -> str:
    """Where he lives: in a town that does not exist, in a street of its own for each half of the customers."""
    place = int(customer.login.rpartition("-")[2])
    street = ("Садовая", "Береговая")[place % 2]
    return f"190000, Примерск, ул. {street}, д. {place}, кв. {10 + place}"


def year_of(customer: Customer, part: Part, *, until: datetime) -> list[Draft]:
    """Twelve months of one customer, oldest first: a charge and, as far as it was paid, a payment each month."""
    drafts = []
    for account, number, (charge, share) in zip(customer.accounts, customer.numbers, part.accounts, strict=True):
        firsts = months(until) if charge else []
        for left, first in zip(range(len(firsts), 0, -1), firsts, strict=True):
            key = f"demo-{account[-12:]}-{first:%Y%m}"
            charged, paid = (first.replace(day=day, hour=NOON_H) for day in (CHARGE_DAY, PAY_DAY))
            amount = charge_of(charge, first)
            text = f"Интернет и телефон за {MONTH_NAMES[first.month - 1]}"
            drafts += [
                Draft(number, "charge", f"{key}-c", amount, text=text, posted_at=charged),
                Draft(
                    number,
                    "payment",
                    f"{key}-p",
                    amount * share // 100 if left <= RECENT_MONTHS else amount,
                    text="Оплата картой через сайт",
                    channel="card",
                    posted_at=paid,
                ),
            ]
    return sorted((draft for draft in drafts if _at(draft) < until), key=_at)


def bills_of(customer: Customer, part: Part, *, until: datetime) -> list[dict[str, Any]]:
    """Arguments of `bill_issue` for each charge, oldest first: what is paid settles the oldest."""
    bills = []
    for number, (charge, _) in zip(customer.numbers, part.accounts, strict=True):
        for first in months(until) if charge else ():
            if first.replace(day=CHARGE_DAY, hour=NOON_H) >= until:
                continue
            last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
            bills.append(
                {
                    "account": number,
                    "number": f"{number[-6:]}/{first:%Y-%m}",
                    "period": (first.date(), last.date()),
                    "amount": charge_of(charge, first),
                    "due_on": (last + timedelta(days=DUE_DAYS)).date(),
                }
            )
    return bills


def charge_of(usual: int, first: datetime) -> int:
    """What a month is charged, in kopecks, given the usual month."""
    return usual * SEASON[first.month - 1] // 100


def months(until: datetime) -> list[datetime]:
    """First moments of the last twelve months, the running one included."""
    firsts = [until.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)]
    while len(firsts) < MONTHS:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    return firsts[::-1]


def _at(draft: Draft) -> datetime:
    assert draft.posted_at is not None
    return draft.posted_at


def password_draw() -> str:
    """About 72 bits that can be typed from a screen: no letter that looks like another."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
    return "-".join(groups)
