"""What has happened: the ledger that all sums come from, and what providers have sent."""

from django.db import models
from django.db.models.functions import Now

from okno.cabinet.kit.models import one_of
from okno.cabinet.payments.models.paying import Attempt, Payment

ENTRY_KINDS = ("captured", "fee", "refunded", "charged_back", "chargeback_won")
NOTICE_STATES = ("taken", "applied", "refused", "ignored", "orphan")


class Entry(models.Model):
    """The ledger: append-only. `ref` makes each movement of money stand once."""

    id = models.UUIDField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, db_index=False)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, db_index=False)
    kind = models.TextField()
    ref = models.TextField()
    amount = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "payments_entry"
        constraints = (
            one_of("kind", *ENTRY_KINDS),
            models.UniqueConstraint(name="payments_entry_once", fields=("payment", "kind", "ref")),
            models.CheckConstraint(name="payments_entry_positive", condition=models.Q(amount__gt=0)),
        )
        # Of a business day, and of the days that no payout is for yet.
        indexes = (models.Index("at", name="payments_entry_moment"),)


class Notice(models.Model):
    """What a provider sent, as it came, before anybody read it. `key` keeps a redelivery from being news."""

    id = models.UUIDField(primary_key=True)
    provider = models.TextField()
    key = models.TextField()
    peer = models.TextField()
    headers = models.JSONField()
    query = models.TextField()
    body = models.BinaryField()
    state = models.TextField(db_default="taken")
    reason = models.TextField(db_default="")
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, null=True)
    times = models.IntegerField(db_default=1)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_notice"
        constraints = (
            one_of("state", *NOTICE_STATES),
            models.UniqueConstraint(name="payments_notice_once", fields=("provider", "key")),
        )
        indexes = (
            models.Index(fields=("received_at",), name="payments_notice_latest"),
            # A provider's last true notice, and what was refused after it.
            models.Index("provider", "received_at", name="payments_notice_true", condition=~models.Q(state="refused")),
            models.Index("received_at", name="payments_notice_refused", condition=models.Q(state="refused")),
        )


class Alarm(models.Model):
    """When an alarm about a payment system was said last: an incident is said once, whoever is started anew."""

    pk = models.CompositePrimaryKey("kind", "provider")
    kind = models.TextField()
    provider = models.TextField()
    said_at = models.DateTimeField()

    class Meta:
        db_table = "payments_alarm"
