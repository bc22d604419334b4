"""One transaction of Django's ORM per event from RabbitMQ, as most write it: lock, get or create, add, save, ack.

A process of its own. Its messages are plain JSON of one event each: no signature and no bundle is in its time.

    python bench/ingest/orm.py COUNT   (DSN and URL of the broker by the environment)
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import datetime
from typing import Any

import django
from django.conf import settings

from okno.cabinet.config.database import database_settings
from okno.couriers.threads import ThreadCourier

QUEUE = "events.cabinet"
#: One message in hand: the next is taken when this one is acknowledged, so that none is done twice after a crash.
PREFETCH = 1

settings.configure(
    DATABASES={"default": database_settings(os.environ["BENCH_DSN"])},
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "okno.cabinet.kit.apps.KitConfig",
        "okno.cabinet.identity.apps.IdentityConfig",
        "okno.cabinet.accounts.apps.AccountsConfig",
    ],
    USE_TZ=True,
    TIME_ZONE="UTC",
)
django.setup()

from django.db import transaction  # noqa: E402 (needs the set-up above)

from okno.cabinet.accounts.models import Account, Operation  # noqa: E402 (needs the set-up above)


def apply(event: dict[str, Any]) -> None:
    """Once in effect: an operation whose key the account has is left out."""
    posted_at = datetime.fromisoformat(event["posted_at"])
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=event["account"])
        _, is_new = Operation.objects.get_or_create(
            account=account,
            key=event["key"],
            defaults={
                "position": account.position + 1,
                "epoch": account.epoch,
                "version": event["version"],
                "kind": event["kind"],
                "channel": event["channel"],
                "amount": event["amount"],
                "balance": event["balance"],
                "posted_at": posted_at,
                "text": event["text"],
            },
        )
        if is_new:
            account.position += 1
            account.balance += event["amount"]
            account.version = event["version"]
            account.as_of = posted_at
            account.save()


def main() -> None:
    count = int(sys.argv[1])
    Account.objects.exists()  # the connection stands
    courier = ThreadCourier.dial(os.environ["BENCH_AMQP"], name="bench")
    began, cpu = time.perf_counter(), time.process_time()
    batches = courier.batches(QUEUE, max_messages=1, prefetch=PREFETCH)
    for _ in range(count):
        deliveries = next(batches)
        apply(json.loads(deliveries[0].body))
        courier.ack(deliveries)
    json.dump({"seconds": time.perf_counter() - began, "app_s": time.process_time() - cpu}, sys.stdout)
    batches.close()  # type: ignore[attr-defined]  # a generator
    courier.close()


if __name__ == "__main__":
    main()
