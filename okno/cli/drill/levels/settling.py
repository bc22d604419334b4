"""`python -m okno.cli.drill.levels.settling DIRECTORY`: the regulars on stdin (JSON) become customers.

In the book by its own services; in the cabinet as users to whom the inside grants the view of their account. A child
process, since Django reads one settings file per process. They may look and not pay: who pays in a campaign is drawn
from the others.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg

from okno.cabinet.config.wsgi import application

# It has set Django up: only now can models be imported.
# isort: split
from okno.cabinet.accounts.services.access import access_grant
from okno.cabinet.identity.services.users import user_create
from okno.cli.drill.levels.regulars import Regular
from okno.connectors.book.accounts import NewCustomer, account_open, customer_add
from okno.connectors.main import settings_read
from okno.protocol import grants
from okno.protocol.ids import new_id
from okno.protocol.keys import SigningKey

TERM = timedelta(days=1)


def settle(connection: psycopg.Connection, key: SigningKey, regular: Regular) -> None:
    """One of them, on both sides."""
    record = NewCustomer(name=regular.name, contract=regular.login, phone=regular.phone, id=regular.customer)
    customer_add(connection, record)
    account_open(connection, number=regular.number, customer=regular.customer, account=regular.account)
    user = user_create(login=regular.login, password=regular.password, phone=regular.phone, name=regular.name)
    grant = grants.Grant(
        id=new_id(),
        authid=str(user),
        subject=f"acct:{regular.account}",
        rights=("view",),
        expires=datetime.now(UTC) + TERM,
    )
    access_grant(user, grants.issue(grant, key))


def main(directory: Path) -> None:
    assert callable(application)
    settings = settings_read(directory / "etc" / "connector.toml")
    key = SigningKey.load(Path(settings.signing_key).read_bytes())
    with psycopg.connect(settings.dsn, autocommit=True) as connection:
        for regular in msgspec.json.decode(sys.stdin.buffer.read(), type=list[Regular]):
            settle(connection, key, regular)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
