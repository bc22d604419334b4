"""`python -m okno.cli.drill.paying`: captured payments into the cabinet's outbox, by its own service.

A child process, since Django reads one settings file per process. One JSON line each on stdin; one number on stdout
for each payment that is committed. A database that is away is waited for.
"""

import sys
import time
from datetime import UTC, datetime

import msgspec
from django.db import InterfaceError, OperationalError, connection, transaction

from okno.cabinet.config.wsgi import application

# It has set Django up: only now can models be imported.
# isort: split
from okno.cabinet.kit.outbox.services import Entry, KeyTakenError, command_enqueue
from okno.protocol.messages import Amount, PaymentCaptured

AGAIN_S = 0.2
CAPTURED = "okno.payment.captured.v1"


class Captured(msgspec.Struct):
    """A line of stdin. `amount` is a decimal string of the currency's own precision."""

    payment: str
    account: str
    amount: str
    currency: str
    system: str = "main"


def enqueue(captured: Captured) -> None:
    """Until it is committed: the key is the payment's id, so a second time changes nothing."""
    amount = Amount(captured.amount, captured.currency)
    data = PaymentCaptured(captured.payment, captured.account, amount, "card", datetime.now(UTC))
    entry = Entry(type=CAPTURED, system=captured.system, subject=f"acct:{captured.account}", data=data, priority=0)
    while True:
        try:
            with transaction.atomic():
                command_enqueue(entry, idempotency_key=captured.payment)
        except KeyTakenError:
            # The commit whose answer was lost; the web role does not see what services have asked.
            return
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(AGAIN_S)
        else:
            return


def main() -> None:
    assert callable(application)
    for number, line in enumerate(sys.stdin, 1):
        enqueue(msgspec.json.decode(line, type=Captured))
        print(number, flush=True)


if __name__ == "__main__":
    main()
