"""Customers of the loaded accounts, with a session and a grant each; and what they ask and read."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg

from okno.connectors.runtime.grants import grant_issue
from okno.protocol import messages as m
from okno.protocol.keys import SigningKey
from okno.protocol.pen import Pen

if TYPE_CHECKING:
    from stack import Stack

CABINET, SYSTEM = "urn:okno:cabinet:1", "urn:okno:system:main"
BILLS = "okno.bill.list.v1"


@dataclass(frozen=True)
class Customer:
    """`cookie` is his session at the portal, `grant` what lets him ask about his account."""

    user: str
    account: str
    cookie: str
    grant: str


def customers_made(stack: Stack, count: int) -> list[Customer]:
    """So many users, who share the accounts evenly."""
    key = SigningKey.load(stack.key("connector.main.sign").read_bytes())
    with psycopg.connect(stack.superuser_dsn("cabinet")) as connection:
        accounts = [row[0] for row in connection.execute("SELECT id::text FROM accounts_account ORDER BY id")]
        return [_customer(connection, key, accounts[number % len(accounts)]) for number in range(count)]


def _customer(connection: psycopg.Connection, key: SigningKey, account: str) -> Customer:
    user, token, now = str(uuid.uuid4()), secrets.token_bytes(32), datetime.now(UTC)
    until = now + timedelta(days=1)
    grant = grant_issue(key=key, authid=user, account=account, rights=("view",), at=now)
    connection.execute(
        "INSERT INTO identity_user (id, login, password, phone_sealed, phone_mask) VALUES (%s, %s, '!', '', '')",
        (user, user),
    )
    connection.execute(
        'INSERT INTO accounts_access (user_id, account_id, "right", grant_id, until) VALUES (%s, %s, %s, %s, %s)',
        (user, account, "view", grant.id, until),
    )
    connection.execute(
        "INSERT INTO identity_session (token_hash, id, user_id, factors, expires_at, idle_until)"
        " VALUES (%s, %s, %s, 2, %s, %s)",
        (hashlib.sha256(token).digest(), uuid.uuid4(), user, until, until),
    )
    return Customer(user, account, "__Host-okno=" + urlsafe_b64encode(token).decode().rstrip("="), grant.token)


def pen_of(stack: Stack) -> Pen:
    """The cabinet's."""
    return Pen(party="cabinet", source=CABINET, key=SigningKey.load(stack.key("cabinet.sign").read_bytes()))


def question(pen: Pen, customer: Customer) -> bytes:
    """Which bills has he? Tryton alone knows; the read model keeps none."""
    envelope = pen.message(
        BILLS,
        m.BillList(customer.account),
        at=datetime.now(UTC),
        audience=SYSTEM,
        auth=("app_user", customer.user),
        grant=customer.grant,
    )
    return pen.write(envelope)
