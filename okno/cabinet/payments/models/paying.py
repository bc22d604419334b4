"""Payments, their attempts, and what became of them in the books."""

from django.db import models
from django.db.models.functions import Now

from okno.cabinet.identity.models import User
from okno.cabinet.kit.models import one_of
from okno.cabinet.payments.models.keeping import Card, Contact
from okno.cabinet.payments.models.links import Link
from okno.cabinet.payments.states import ATTEMPT, DECISIONS, PAYMENT, POSTING


class Payment(models.Model):
    """What a customer wanted to pay, for one account or several. `number` is what people call it by.

    `key` is the customer's action: the same one never makes a second payment. Nobody's (`user` null) is what an agent
    or a bank brought, or what somebody paid by a `link`. `captured`, `refunded` and `reversed`
    are sums of the ledger, kept by a trigger.
    """

    id = models.UUIDField(primary_key=True)
    number = models.BigIntegerField(editable=False, unique=True)  # GENERATED ALWAYS AS IDENTITY, see the migration
    user = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, null=True)
    link = models.ForeignKey(Link, on_delete=models.PROTECT, null=True)
    key = models.UUIDField()
    method = models.TextField()
    amount = models.BigIntegerField()
    currency = models.TextField()
    locale = models.TextField()
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True)
    state = models.TextField(db_default="accepted")
    captured = models.BigIntegerField(db_default=0)
    refunded = models.BigIntegerField(db_default=0)
    reversed = models.BigIntegerField(db_default=0)
    created_at = models.DateTimeField(db_default=Now())
    confirmed_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_payment"
        constraints = (
            one_of("state", *PAYMENT),
            models.UniqueConstraint(name="payments_payment_once", fields=("user", "key")),
            models.UniqueConstraint(name="payments_payment_link_once", fields=("link", "key")),
            models.CheckConstraint(
                name="payments_payment_one_payer", condition=models.Q(user__isnull=True) | models.Q(link__isnull=True)
            ),
            models.CheckConstraint(name="payments_payment_positive", condition=models.Q(amount__gt=0)),
        )
        indexes = (models.Index(fields=("user", "-created_at"), name="payments_payment_latest"),)


class Share(models.Model):
    """How much of a payment is for which account."""

    pk = models.CompositePrimaryKey("payment_id", "account_id")
    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, db_index=False)
    account_id = models.UUIDField()
    system = models.TextField()
    amount = models.BigIntegerField()

    class Meta:
        db_table = "payments_share"
        constraints = (models.CheckConstraint(name="payments_share_positive", condition=models.Q(amount__gt=0)),)


class Attempt(models.Model):
    """One try at one provider. `number` is the same as `id` for those who want an integer (below 2**31).

    `go` is where the customer is sent. `ask_at`: when the provider is asked next; null when no more. `look_at`: when
    it is asked what has gone back of money that came. `came` is the money that the provider proves when it is not the
    money that was asked for; `decision` is what a person made of it. `save_card`: the customer agreed that his card is
    kept; `card`: the kept one that pays; `unattended`: its owner is not there to confirm.
    """

    id = models.UUIDField(primary_key=True)
    number = models.IntegerField(editable=False, unique=True)  # GENERATED ALWAYS AS IDENTITY, see the migration
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT)
    provider = models.TextField()
    save_card = models.BooleanField(db_default=False)
    card = models.ForeignKey(Card, on_delete=models.PROTECT, null=True)
    unattended = models.BooleanField(db_default=False)
    state = models.TextField(db_default="created")
    provider_id = models.TextField(null=True)
    go = models.JSONField(null=True)
    reason = models.TextField(db_default="")
    way = models.TextField(db_default="")
    trace = models.TextField(db_default="")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    came = models.BigIntegerField(null=True)
    came_currency = models.TextField(db_default="")
    decision = models.TextField(db_default="")
    decided_by = models.TextField(db_default="")
    asks = models.IntegerField(db_default=0)
    ask_at = models.DateTimeField(null=True, db_default=Now())
    look_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_attempt"
        constraints = (
            one_of("state", *ATTEMPT),
            one_of("decision", "", *DECISIONS),
            models.UniqueConstraint(name="payments_attempt_theirs", fields=("provider", "provider_id")),
        )
        indexes = (
            models.Index("ask_at", name="payments_attempt_due", condition=models.Q(ask_at__isnull=False)),
            models.Index("look_at", name="payments_attempt_look", condition=models.Q(look_at__isnull=False)),
        )


class Posting(models.Model):
    """Captured money on its way into the books: `id` is what the books know it by, `outbox` the command that tells.

    `cause` is what brings money in again: a move from another account, a chargeback that was won. `again`: staff wants
    what the books refused to be sent once more; `again_by` and `again_reason` stay, of the last time. `refusal`: why
    the books refuse, in a code of theirs.
    """

    id = models.UUIDField(primary_key=True)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT)
    account_id = models.UUIDField()
    amount = models.BigIntegerField()
    state = models.TextField(db_default="sent")
    outbox = models.UUIDField(unique=True)
    operation = models.TextField(null=True)
    posted_at = models.DateTimeField(null=True)
    cause = models.UUIDField(null=True)
    again = models.BooleanField(db_default=False)
    again_by = models.TextField(db_default="")
    again_reason = models.TextField(db_default="")
    refusal = models.TextField(db_default="")

    class Meta:
        db_table = "payments_posting"
        constraints = (
            one_of("state", *POSTING),
            models.UniqueConstraint(
                name="payments_posting_once", fields=("attempt", "account_id"), condition=models.Q(cause__isnull=True)
            ),
            models.UniqueConstraint(name="payments_posting_caused_once", fields=("cause", "account_id")),
        )
        indexes = (
            models.Index("state", name="payments_posting_open", condition=models.Q(state__in=("sent", "rejected"))),
        )
