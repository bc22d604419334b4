"""`python -m okno.cli.people.arrivals DIRECTORY NAME [fresh]`: the demo's customers move in.

In the book they are opened and live through their year by its own services, so that every operation travels the real
street; a foreign accounting has them already, and the connector has read it. In the cabinet they become users, and the
inside grants them their accounts. A child process of the demo, since
Django reads one settings file per process. Every step may be repeated: what stands already is left alone.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import psycopg

from okno.cabinet.config.wsgi import application

# It has set Django up: only now can models be imported.
# isort: split
from okno.cabinet.accounts.services.access import access_grant
from okno.cabinet.identity.core.logins import canonical_login
from okno.cabinet.identity.selectors import user_by_login
from okno.cabinet.identity.services.users import user_create
from okno.cli.instance.company import DEMO_PAYEE, DEMO_PURPOSE
from okno.cli.instance.customers import PARTS, Part, address_of, bills_of, customers_draw, year_of
from okno.cli.instance.layout import Customer, Instance
from okno.cli.tryton.people import residents_draw
from okno.connectors.book.accounts import NewCustomer, account_open, customer_add
from okno.connectors.book.bills import bill_issue
from okno.connectors.book.company import company_read, company_set
from okno.connectors.book.posting import post
from okno.connectors.main import BOOK, settings_read
from okno.connectors.runtime.port import Refusal, RefusalCode
from okno.protocol import grants
from okno.protocol.ids import new_id
from okno.protocol.keys import SigningKey

RIGHTS: tuple[grants.Right, ...] = ("view", "pay", "documents", "manage")
GRANT_TERM = timedelta(days=29)
CONFLICT = RefusalCode.KEY_CONFLICT


def move_into_book(connection: psycopg.Connection, customers: list[Customer], *, fresh: bool, at: datetime) -> None:
    """The company, and everybody with a year behind him."""
    if company_read(connection) is None:
        company_set(connection, DEMO_PAYEE, purpose=DEMO_PURPOSE)
    for customer, part in zip(customers, PARTS, strict=True):
        if fresh:
            open_in_book(connection, customer, part, until=at)


def find_at_home(store: psycopg.Connection, customers: list[Customer]) -> None:
    """Under which ids the connector tells of their accounts."""
    named: dict[str, str] = dict(store.execute("SELECT number, id::text FROM mirror.account").fetchall())
    for customer in customers:
        customer.accounts = [named[number] for number in customer.numbers]


def open_in_book(connection: psycopg.Connection, customer: Customer, part: Part, *, until: datetime) -> None:
    """Customer, accounts, a year of operations, bills."""
    record = NewCustomer(
        name=customer.name,
        contract=customer.login,
        phone=customer.phone,
        born=part.born,
        address=address_of(customer),
        id=customer.customer,
    )
    _unless_there(partial(customer_add, connection, record))
    for account, number in zip(customer.accounts, customer.numbers, strict=True):
        _unless_there(partial(account_open, connection, number=number, customer=customer.customer, account=account))
    for draft in year_of(customer, part, until=until):
        post(connection, draft)
    for bill in bills_of(customer, part, until=until):
        _unless_there(partial(bill_issue, connection, **bill))


def _unless_there(make: Callable[[], object]) -> None:
    try:
        make()
    except Refusal as refusal:
        if refusal.code is not CONFLICT:
            raise


def user_of(customer: Customer) -> UUID:
    """The user in the cabinet, made at the first start."""
    known = user_by_login(canonical_login(customer.login))
    if known is not None:
        return UUID(str(known.id))
    return user_create(login=customer.login, password=customer.password, phone=customer.phone, name=customer.name)


def access_give(customer: Customer, user_id: UUID, key: SigningKey, *, at: datetime) -> None:
    """A grant of the inside on each account, taken by the cabinet as it would take any."""
    for account in customer.accounts:
        grant = grants.Grant(
            id=new_id(), authid=str(user_id), subject=f"acct:{account}", rights=RIGHTS, expires=at + GRANT_TERM
        )
        access_grant(user_id, grants.issue(grant, key))
    customer.granted_until = at + GRANT_TERM


def main(directory: Path, name: str, *, fresh: bool) -> None:
    """`fresh`: into empty databases. Otherwise only the grants are renewed."""
    assert callable(application)
    instance = Instance(directory, name)
    secrets = instance.secrets()
    at = datetime.now(UTC)
    settings = settings_read(instance.etc / "connector.toml")
    in_book = settings.adapter == BOOK
    if not secrets.customers:
        secrets.customers = customers_draw() if in_book else residents_draw()
        instance.secrets_write(secrets)
    key = SigningKey.load(Path(settings.signing_key).read_bytes())
    with psycopg.connect(settings.dsn, autocommit=True) as connection:
        if in_book:
            move_into_book(connection, secrets.customers, fresh=fresh, at=at)
        else:
            find_at_home(connection, secrets.customers)
        for customer in secrets.customers:
            if customer.has_user:
                access_give(customer, user_of(customer), key, at=at)
    instance.secrets_write(secrets)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], fresh="fresh" in sys.argv[3:])
