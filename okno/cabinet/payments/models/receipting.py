"""Fiscal receipts of 54-FZ, as far as the provider that registers them tells of them."""

from django.db import models
from django.db.models.functions import Now

from okno.cabinet.kit.models import one_of
from okno.cabinet.payments.models.paying import Attempt
from okno.cabinet.payments.states import RECEIPT


class Receipt(models.Model):
    """The receipt that an attempt was begun with. Its number, its drive's, and its sign: what a tax office checks.

    `link`: where a copy may be seen. `ask_at`: when the provider is asked next, or by when it should have told of it;
    null when nothing more is expected.
    """

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, primary_key=True)
    state = models.TextField(db_default="asked")
    number = models.TextField(db_default="")
    drive = models.TextField(db_default="")
    sign = models.TextField(db_default="")
    link = models.TextField(db_default="")
    registered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    asks = models.IntegerField(db_default=0)
    ask_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_receipt"
        constraints = (one_of("state", *RECEIPT),)
        indexes = (models.Index("ask_at", name="payments_receipt_due", condition=models.Q(ask_at__isnull=False)),)
