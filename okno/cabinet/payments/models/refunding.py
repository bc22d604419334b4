"""Money in the other direction: refunds, chargebacks, moves to the right account, and what leaves the books."""

from django.db import models
from django.db.models.functions import Now

from okno.cabinet.kit.models import one_of
from okno.cabinet.payments.models.paying import Attempt, Posting
from okno.cabinet.payments.states import CHARGEBACK, MOVE, REFUND, UNPOSTING

REFUND_ORIGINS = ("desk", "provider")
UNPOSTING_KINDS = ("refunded", "reversed")

#: Whoever asks does not approve; he may take his own request back.
FOUR_EYES = (
    models.Q(state="asked", decided_by__isnull=True)
    | models.Q(state="declined", decided_by__isnull=False)
    | (models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("asked_by")))
)


class Refund(models.Model):
    """Money back to the payer; somebody asks, somebody else approves.

    `origin` provider: it was made in the provider's own cabinet, and seen by asking. `by_hand`: staff says that the
    money went back there already. `reason` is the asker's, `failure` the provider's word or ours.
    """

    id = models.UUIDField(primary_key=True)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT)
    amount = models.BigIntegerField()
    state = models.TextField(db_default="asked")
    origin = models.TextField(db_default="desk")
    by_hand = models.BooleanField(db_default=False)
    reason = models.TextField()
    failure = models.TextField(db_default="")
    asked_by = models.TextField()
    decided_by = models.TextField(null=True)
    provider_id = models.TextField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    ask_at = models.DateTimeField(null=True)
    asks = models.IntegerField(db_default=0)

    class Meta:
        db_table = "payments_refund"
        constraints = (
            one_of("state", *REFUND),
            one_of("origin", *REFUND_ORIGINS),
            models.CheckConstraint(name="payments_refund_positive", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(name="payments_refund_four_eyes", condition=models.Q(origin="provider") | FOUR_EYES),
        )
        indexes = (
            models.Index("ask_at", name="payments_refund_due", condition=models.Q(ask_at__isnull=False)),
            models.Index("id", name="payments_refund_hand", condition=models.Q(state__in=("approved", "manual"))),
        )


class Chargeback(models.Model):
    """The payer's bank took money back. `reference` is the bank's or the provider's own number of the case.

    `respond_by`: until then it can be disputed. `booked`: the last state that the ledger has.
    """

    id = models.UUIDField(primary_key=True)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT)
    amount = models.BigIntegerField()
    state = models.TextField(db_default="opened")
    booked = models.TextField(db_default="")
    reference = models.TextField()
    reason = models.TextField()
    opened_at = models.DateTimeField()
    respond_by = models.DateTimeField()
    entered_by = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    changed_by = models.TextField(null=True)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_chargeback"
        constraints = (
            one_of("state", *CHARGEBACK),
            models.CheckConstraint(name="payments_chargeback_positive", condition=models.Q(amount__gt=0)),
            models.UniqueConstraint(name="payments_chargeback_once", fields=("attempt", "reference")),
        )
        indexes = (models.Index("id", name="payments_chargeback_news", condition=~models.Q(booked=models.F("state"))),)


class Move(models.Model):
    """A posting that went to the wrong account goes to another one: taken out of the books there, put in here."""

    id = models.UUIDField(primary_key=True)
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT)
    account_id = models.UUIDField()
    system = models.TextField()
    amount = models.BigIntegerField()
    state = models.TextField(db_default="asked")
    reason = models.TextField()
    failure = models.TextField(db_default="")
    asked_by = models.TextField()
    decided_by = models.TextField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_move"
        constraints = (
            one_of("state", *MOVE),
            models.CheckConstraint(name="payments_move_positive", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(name="payments_move_four_eyes", condition=FOUR_EYES),
        )
        indexes = (models.Index("id", name="payments_move_news", condition=models.Q(state="approved")),)


class Unposting(models.Model):
    """A part of a posting on its way out of the books: `id` is what they know it by, `outbox` the command that tells.

    It stands from the asking on, so that nothing is promised twice; exactly one cause brings it about. `again`,
    `refusal`: as of a posting.
    """

    id = models.UUIDField(primary_key=True)
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True)
    chargeback = models.ForeignKey(Chargeback, on_delete=models.PROTECT, null=True)
    move = models.ForeignKey(Move, on_delete=models.PROTECT, null=True)
    amount = models.BigIntegerField()
    state = models.TextField(db_default="planned")
    kind = models.TextField(null=True)
    outbox = models.UUIDField(null=True, unique=True)
    operation = models.TextField(null=True)
    posted_at = models.DateTimeField(null=True)
    again = models.BooleanField(db_default=False)
    again_by = models.TextField(db_default="")
    again_reason = models.TextField(db_default="")
    refusal = models.TextField(db_default="")

    class Meta:
        db_table = "payments_unposting"
        constraints = (
            one_of("state", *UNPOSTING),
            one_of("kind", *UNPOSTING_KINDS),
            models.CheckConstraint(name="payments_unposting_positive", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(
                name="payments_unposting_one_cause",
                condition=models.Q(refund__isnull=False, chargeback__isnull=True, move__isnull=True)
                | models.Q(refund__isnull=True, chargeback__isnull=False, move__isnull=True)
                | models.Q(refund__isnull=True, chargeback__isnull=True, move__isnull=False),
            ),
            models.UniqueConstraint(name="payments_unposting_of_refund", fields=("refund", "posting")),
            models.UniqueConstraint(name="payments_unposting_of_chargeback", fields=("chargeback", "posting")),
            models.UniqueConstraint(name="payments_unposting_of_move", fields=("move",)),
        )
        indexes = (
            models.Index(
                "state", name="payments_unposting_open", condition=models.Q(state__in=("planned", "sent", "rejected"))
            ),
        )
