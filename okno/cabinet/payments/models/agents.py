"""Payments that banks and terminals bring: what each has told us, and which account a number stands for."""

from django.db import models
from django.db.models.functions import Now

from okno.cabinet.kit.models import one_of
from okno.cabinet.payments.models.paying import Attempt
from okno.cabinet.payments.models.refunding import Refund

ORDER_KINDS = ("pay", "cancel")


class Agent(models.Model):
    """An agent as the counter's settings have him, written down when he calls: the settings themselves are secret.

    `networks` are those he may call from, with a space between. `called_at`: the last call that proved to be his.
    """

    name = models.TextField(primary_key=True)
    networks = models.TextField()
    method = models.TextField()
    system = models.TextField()
    currency = models.TextField()
    called_at = models.DateTimeField()

    class Meta:
        db_table = "payments_agent"


class AgentOrder(models.Model):
    """A `pay` or a `cancel` of an agent and what it was answered with, once for each of its transaction ids.

    Never altered: a repetition reads it. `number_key` is the keyed hash of the account's number, `tail` its last signs.
    `result` 0: money was taken (`attempt`), or a refund was asked for (`attempt`, `refund`).
    """

    id = models.UUIDField(primary_key=True)
    agent = models.TextField()
    txn = models.TextField()
    kind = models.TextField()
    number_key = models.BinaryField()
    tail = models.TextField()
    amount = models.BigIntegerField()
    currency = models.TextField()
    txn_at = models.DateTimeField()
    result = models.IntegerField()
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, null=True)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_agent_order"
        constraints = (
            one_of("kind", *ORDER_KINDS),
            models.UniqueConstraint(name="payments_agent_order_once", fields=("agent", "txn")),
            models.CheckConstraint(
                name="payments_agent_order_taken", condition=~models.Q(result=0) | models.Q(attempt__isnull=False)
            ),
        )
        indexes = (models.Index(fields=("agent", "txn_at"), name="payments_agent_order_day"),)


class AgentAccount(models.Model):
    """Which account a number stands for, as the inside has said: `key` is the number's keyed hash, never the number."""

    key = models.BinaryField(primary_key=True)
    account_id = models.UUIDField()
    system = models.TextField()
    currency = models.TextField()
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_agent_account"
