"""Who the invented customers are: names, contracts, telephones, birth dates, addresses, accounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from okno.connectors.book.crowd.draws import Draws, stable_uuid
from okno.connectors.book.crowd.history import ANCHOR, OPERATIONS_PER_ACCOUNT, RawOperation, raw_operations

_TOPIC = 1
_FIRST = ("Бар", "Вер", "Гол", "Дуб", "Жар", "Зим", "Клён", "Лад", "Мир", "Нев", "Озер", "Пол", "Руч", "Сад", "Тих",
          "Холм", "Чер", "Ясн")  # fmt: skip
_MIDDLE = ("ел", "ич", "ов", "ан", "ен", "уш", "ят", "ин", "ар", "об")
_LAST = ("ин", "ев", "ов", "ский")
_FEMALE = {"ин": "ина", "ев": "ева", "ов": "ова", "ский": "ская"}
_MEN = ("Алексей", "Борис", "Виктор", "Глеб", "Денис", "Егор", "Игорь", "Лев", "Максим", "Никита", "Олег", "Роман")
_WOMEN = ("Анна", "Вера", "Галина", "Дарья", "Елена", "Зоя", "Ирина", "Лидия", "Мария", "Нина", "Ольга", "Юлия")
_FATHERS = (
    "Александр",
    "Борисов",
    "Викторов",
    "Денисов",
    "Егоров",
    "Иванов",
    "Максимов",
    "Олегов",
    "Петров",
    "Романов",
)
_STREETS = ("Луговая", "Садовая", "Речная", "Полевая", "Кленовая", "Озёрная", "Заречная", "Весенняя")
_BORN_FIRST = date(1945, 1, 1)
_BORN_DAYS = 60 * 365
_DUE_DAYS = 15


class CrowdAccount(NamedTuple):
    """One customer with one account in roubles. `balance` and `n` stand after the last of its operations."""

    ordinal: int
    customer: str
    name: str
    contract: str
    phone: str
    born: date
    address: str
    account: str
    number: str
    tail: str
    currency: str
    status: str
    balance: int
    n: int
    due_amount: int | None
    due_on: date | None
    last_at: datetime | None


def account_id(seed: int, index: int) -> str:
    return stable_uuid(seed, index, "account")


def customer_id(seed: int, index: int) -> str:
    return stable_uuid(seed, index, "customer")


def account_number(seed: int, index: int) -> str:
    """Twenty digits; the first eight tell the crowd."""
    return f"9{seed % 10_000_000:07d}{index:012d}"


def rows(
    customers: int, seed: int, operations_per_account: int = OPERATIONS_PER_ACCOUNT, *, until: datetime = ANCHOR
) -> Iterator[CrowdAccount]:
    """Accounts 0 to `customers` - 1."""
    return (row(seed, index, operations_per_account, until=until) for index in range(customers))


def row(seed: int, index: int, count: int = OPERATIONS_PER_ACCOUNT, *, until: datetime = ANCHOR) -> CrowdAccount:
    """Account `index` of the crowd."""
    return row_of(seed, index, list(raw_operations(seed, index, count, until)), until)


def row_of(seed: int, index: int, history: list[RawOperation], until: datetime) -> CrowdAccount:
    """Account `index` with the operations that the caller has made already."""
    balance, at = (history[-1][5], datetime.fromtimestamp(history[-1][6], UTC)) if history else (0, None)
    draws = Draws(seed, index, _TOPIC)
    number = account_number(seed, index)
    return CrowdAccount(
        ordinal=index,
        customer=customer_id(seed, index),
        name=_name(draws),
        contract=f"K-{seed}-{index:07d}",
        phone=f"+7900000{draws.below(10_000):04d}",
        born=_BORN_FIRST + timedelta(days=draws.below(_BORN_DAYS)),
        address=f"ул. {_STREETS[draws.below(len(_STREETS))]}, д. {1 + draws.below(120)}, кв. {1 + draws.below(200)}",
        account=account_id(seed, index),
        number=number,
        tail=number[-4:],
        currency="RUB",
        status="blocked" if draws.below(40) == 0 else "active",
        balance=balance,
        n=len(history),
        due_amount=balance if balance > 0 else None,
        due_on=(until + timedelta(days=_DUE_DAYS)).date() if balance > 0 else None,
        last_at=at,
    )


def _name(draws: Draws) -> str:
    """Surname, given name, patronymic."""
    stem = _FIRST[draws.below(len(_FIRST))] + _MIDDLE[draws.below(len(_MIDDLE))]
    ending = _LAST[draws.below(len(_LAST))]
    father = _FATHERS[draws.below(len(_FATHERS))].removesuffix("ов")
    if draws.below(2):
        return f"{stem}{_FEMALE[ending]} {_WOMEN[draws.below(len(_WOMEN))]} {father}овна"
    return f"{stem}{ending} {_MEN[draws.below(len(_MEN))]} {father}ович"
