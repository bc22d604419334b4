"""Auto-payment: a rule that a customer made, and each of its turns from the announcement to the money."""

from django.db import models
from django.db.models.functions import Now

from okno.cabinet.identity.models import User
from okno.cabinet.kit.models import one_of
from okno.cabinet.payments.models.keeping import Card, Contact
from okno.cabinet.payments.models.paying import Payment
from okno.cabinet.payments.states import AUTOPAY, TURN


class Autopay(models.Model):
    """Pay what is owed on an account: on a `day` of each month, or once there is a debt; never above `ceiling`.

    `look_at`: when the account is looked at next, a day before the money would be taken; null unless the rule is on.
    """

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False)
    account_id = models.UUIDField()
    system = models.TextField()
    card = models.ForeignKey(Card, on_delete=models.PROTECT)
    method = models.TextField()
    currency = models.TextField()
    kind = models.TextField()
    day = models.SmallIntegerField(null=True)
    ceiling = models.BigIntegerField()
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True)
    locale = models.TextField()
    state = models.TextField(db_default="on")
    look_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_autopay"
        constraints = (
            one_of("state", *AUTOPAY),
            one_of("kind", "day", "debt"),
            models.CheckConstraint(
                name="payments_autopay_day_known",
                condition=models.Q(kind="debt", day__isnull=True) | models.Q(kind="day", day__gte=1, day__lte=28),
            ),
            models.CheckConstraint(name="payments_autopay_ceiling_positive", condition=models.Q(ceiling__gt=0)),
            models.UniqueConstraint(
                name="payments_autopay_one", fields=("user", "account_id"), condition=~models.Q(state="ended")
            ),
        )
        indexes = (models.Index("look_at", name="payments_autopay_due", condition=models.Q(look_at__isnull=False)),)


class Turn(models.Model):
    """One charge of a rule. `act_at`: when it is looked at next. `tries` counts attempts of its payment."""

    id = models.UUIDField(primary_key=True)
    rule = models.ForeignKey(Autopay, on_delete=models.PROTECT, db_index=False)
    due_on = models.DateField()
    amount = models.BigIntegerField()
    state = models.TextField(db_default="announced")
    reason = models.TextField(db_default="")
    act_at = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(db_default=0)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_autopay_turn"
        constraints = (
            one_of("state", *TURN),
            models.UniqueConstraint(name="payments_autopay_turn_once", fields=("rule", "due_on")),
            models.CheckConstraint(name="payments_autopay_turn_positive", condition=models.Q(amount__gt=0)),
        )
        indexes = (models.Index("act_at", name="payments_autopay_turn_due", condition=models.Q(act_at__isnull=False)),)
