"""`python -m okno.cli.drill.campaign.wishing`: customers' wishes to pay, written by the cabinet's own service.

A child process, since Django reads one settings file per process. One JSON line each on stdin, the payment's id on
stdout when it is committed. A database that is away is waited for.
"""

import sys
from functools import partial
from uuid import UUID

import msgspec
from django.db import InterfaceError, OperationalError, connections

from okno.cabinet.config.wsgi import application

# It has set Django up: only now can models be imported.
# isort: split
from okno.cabinet.payments.services.starting import Wish, payment_start
from okno.cli.drill.campaign.patience import patiently

AWAY = (OperationalError, InterfaceError)


class Wished(msgspec.Struct):
    """A line of stdin. `method` is one of this process's own settings: one for each payment system."""

    key: UUID
    user: UUID
    account: UUID
    method: str
    currency: str
    minor: int


def main() -> None:
    assert callable(application)
    for line in sys.stdin:
        wished = msgspec.json.decode(line, type=Wished)
        wish = Wish(
            key=wished.key,
            method=wished.method,
            currency=wished.currency,
            shares={wished.account: wished.minor},
            locale="ru",
        )
        print(patiently(partial(_start, wished.user, wish), AWAY), flush=True)


def _start(user: UUID, wish: Wish) -> UUID:
    """The key is the wish's own: what was committed before its answer was lost is the same payment."""
    try:
        return payment_start(user_id=user, wish=wish)
    except AWAY:
        connections.close_all()
        raise


if __name__ == "__main__":
    main()
