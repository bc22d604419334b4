"""Customers and their billing accounts: opened, blocked, closed. Each change is told in its own transaction."""

from __future__ import annotations

import re
from datetime import date

import msgspec
import psycopg
from psycopg import errors

from okno.connectors.book.drafts import refuse
from okno.connectors.book.posting import account_lock, account_tell
from okno.connectors.runtime.events import AccountChanged
from okno.connectors.runtime.port import AccountState, RefusalCode
from okno.connectors.runtime.store.unit import Unit
from okno.protocol.ids import new_id

NUMBER_DIGITS = 20
STATUSES = ("active", "blocked", "closed")
_NUMBER = re.compile(rf"[0-9]{{{NUMBER_DIGITS}}}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


class NewCustomer(msgspec.Struct, frozen=True):
    """`phone` is the number on file in international form; the inside alone sends codes to it."""

    name: str
    contract: str
    phone: str | None = None
    born: date | None = None
    address: str = ""
    id: str | None = None


def customer_add(connection: psycopg.Connection, customer: NewCustomer) -> str:
    """Write the customer and return the id. Raises Refusal for a bad phone, an empty name, a contract known already."""
    if not customer.name.strip() or not customer.contract.strip():
        raise refuse(RefusalCode.VALUE_INVALID, "a customer has a name and a contract number")
    if customer.phone is not None and not _PHONE.fullmatch(customer.phone):
        raise refuse(RefusalCode.VALUE_INVALID, f"the phone is written as +79001234567, not {customer.phone!r}")
    key = customer.id or new_id()
    values = (key, customer.name, customer.contract, customer.phone, customer.born, customer.address)
    query = "INSERT INTO book.customer (id, name, contract, phone, born, address) VALUES (%s, %s, %s, %s, %s, %s)"
    try:
        with connection.transaction():
            connection.execute(query, values)
    except errors.UniqueViolation as error:
        raise refuse(RefusalCode.KEY_CONFLICT, f"contract {customer.contract} has a customer already") from error
    return key


def account_open(
    connection: psycopg.Connection, *, number: str, customer: str, currency: str = "RUB", account: str | None = None
) -> str:
    """Open a billing account with its receivable ledger and tell it; return its id. Raises Refusal."""
    if not _NUMBER.fullmatch(number):
        raise refuse(RefusalCode.VALUE_INVALID, f"an account number has {NUMBER_DIGITS} digits, not {number!r}")
    key = account or new_id()
    try:
        with connection.transaction():
            unit = Unit(connection)
            unit.begin()
            _open(unit, key, number, customer, currency)
    except errors.UniqueViolation as error:
        raise refuse(RefusalCode.KEY_CONFLICT, f"account {number} exists already") from error
    except errors.ForeignKeyViolation as error:
        raise refuse(RefusalCode.ACCOUNT_UNKNOWN, f"there is no customer {customer}") from error
    return key


def _open(unit: Unit, key: str, number: str, customer: str, currency: str) -> None:
    connection = unit.connection
    row = connection.execute("SELECT %s = ANY (currencies) FROM book.company", (currency,)).fetchone()
    if row is None or not row[0]:
        raise refuse(RefusalCode.CURRENCY_MISMATCH, f"the company keeps no accounts in {currency}")
    ledger = connection.execute(
        "INSERT INTO book.ledger (code, kind, currency) VALUES (%s, 'asset', %s) RETURNING id",
        (f"receivable.{number}", currency),
    ).fetchone()
    assert ledger is not None
    connection.execute(
        "INSERT INTO book.account (id, number, customer, currency, receivable) VALUES (%s, %s, %s, %s, %s)",
        (key, number, customer, currency, ledger[0]),
    )
    unit.emit(key, AccountChanged(AccountState(key, currency, number[-4:], "active", 0, None)))


def account_status_set(connection: psycopg.Connection, account: str, status: str) -> bool:
    """Set and tell the status; False when it was that already. Closing wants a balance of zero; closed stays closed."""
    if status not in STATUSES:
        raise refuse(RefusalCode.VALUE_INVALID, f"a status is one of {', '.join(STATUSES)}, not {status!r}")
    with connection.transaction():
        unit = Unit(connection)
        unit.begin()
        held = account_lock(connection, account)
        if held.status == status:
            return False
        if held.status == "closed":
            raise refuse(RefusalCode.ACCOUNT_CLOSED, f"account {held.number} is closed")
        if status == "closed" and held.balance != 0:
            raise refuse(RefusalCode.ACCOUNT_NOT_EMPTY, f"account {held.number} still has a balance")
        connection.execute(
            "UPDATE book.account SET status = %s, changed_at = clock_timestamp() WHERE id = %s", (status, held.id)
        )
        account_tell(unit, held, held.balance)
    return True
