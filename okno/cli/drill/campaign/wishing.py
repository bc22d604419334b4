"""`python -m okno.cli.drill.campaign.wishing`: customers' wishes to pay, written by the cabinet's own service.

A child process, since Django reads one settings file per process. One JSON line each on stdin, the payment's id on
stdout when it is committed.
"""

import sys
from uuid import UUID

import msgspec

from okno.cabinet.config.wsgi import application

# It has set Django up: only now can models be imported.
# isort: split
from okno.cabinet.payments.services.starting import Wish, payment_start


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
        print(payment_start(user_id=wished.user, wish=wish), flush=True)


if __name__ == "__main__":
    main()
