"""A customer's promise to pay by a day, as the inside has answered it."""

from django.db import models
from django.db.models.functions import Now

from okno.cabinet.identity.models import User
from okno.cabinet.kit.models import one_of

PROMISE_STATES = ("asked", "granted", "refused")


class Promise(models.Model):
    """Asked of the inside by the outbox row `outbox`. It is not money: it only keeps the service on until `until`.

    `reason` is why the inside refused, in its words for the customer; `granted_until` the day it has granted.
    """

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False)
    account_id = models.UUIDField()
    amount = models.BigIntegerField()
    currency = models.TextField()
    until = models.DateField()
    outbox = models.UUIDField(unique=True)
    state = models.TextField(db_default="asked")
    granted_until = models.DateField(null=True)
    reason = models.TextField(db_default="")
    created_at = models.DateTimeField(db_default=Now())
    answered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_promise"
        constraints = (
            one_of("state", *PROMISE_STATES),
            models.CheckConstraint(name="payments_promise_positive", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(
                name="payments_promise_answered",
                condition=models.Q(state="asked", answered_at__isnull=True)
                | (~models.Q(state="asked") & models.Q(answered_at__isnull=False)),
            ),
            models.UniqueConstraint(
                name="payments_promise_one_asked", fields=("account_id",), condition=models.Q(state="asked")
            ),
        )
        indexes = (models.Index(fields=("user", "account_id", "-created_at"), name="payments_promise_latest"),)
