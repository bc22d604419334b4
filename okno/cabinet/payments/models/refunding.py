"""Money on its way back to the payer."""

from django.db import models
from django.db.models.functions import Now

from okno.cabinet.kit.models import one_of
from okno.cabinet.payments.models.paying import Attempt
from okno.cabinet.payments.states import REFUND


class Refund(models.Model):
    """Money back to the payer; somebody asks, somebody else approves."""

    id = models.UUIDField(primary_key=True)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT)
    amount = models.BigIntegerField()
    state = models.TextField(db_default="asked")
    reason = models.TextField()
    asked_by = models.TextField()
    approved_by = models.TextField(null=True)
    provider_id = models.TextField(null=True)
    outbox = models.UUIDField(null=True, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    ask_at = models.DateTimeField(null=True)
    asks = models.IntegerField(db_default=0)

    class Meta:
        db_table = "payments_refund"
        constraints = (
            one_of("state", *REFUND),
            models.CheckConstraint(name="payments_refund_positive", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(
                name="payments_refund_four_eyes", condition=~models.Q(approved_by=models.F("asked_by"))
            ),
        )
