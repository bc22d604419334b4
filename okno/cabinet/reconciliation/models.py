"""Statements of banks and their lines, business days, and what does not agree. Amounts are in minor units.

No customer reaches these rows: staff and the till's process alone.
"""

from django.db import models
from django.db.models.functions import Now

from okno.cabinet.kit.models import one_of

LINE_STATES = ("new", "asked", "matched", "queued", "chosen", "foreign", "spent", "payout")
DIFFERENCE_KINDS = (
    *("only-there", "only-here", "amount", "not-booked", "booked-amount", "only-books"),
    *("payout", "payout-missing"),
)


class Statement(models.Model):
    """One account's statement as a file told it. `digest` is of the file: the same file is imported once."""

    id = models.UUIDField(primary_key=True)
    digest = models.TextField()
    name = models.TextField()
    format = models.TextField()
    account = models.TextField()
    currency = models.TextField()
    since = models.DateField()
    until = models.DateField()
    opening = models.BigIntegerField()
    closing = models.BigIntegerField()
    lines = models.IntegerField()
    fresh = models.IntegerField()
    taken_by = models.TextField()
    taken_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "reconciliation_statement"
        constraints = (
            one_of("format", "1c", "camt.053", "mt940", "yoomoney"),
            models.UniqueConstraint(name="reconciliation_statement_once", fields=("digest", "account")),
        )


class Line(models.Model):
    """One movement at the bank. `key` is the same in each file that tells of it; `marks` long numbers of its purpose.

    `new` lines are matched by the till's process; what it cannot match is `queued`, until staff has `chosen` an account
    or said that it is `foreign`; `spent` is money that left, `payout` a
    payment system's transfer of what it took. `asked`: the inside is asked whose account is named, until `ask_until`;
    `ask_at` is when it is looked at though no answer has come.
    """

    id = models.UUIDField(primary_key=True)
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT)
    key = models.TextField(unique=True)
    at = models.IntegerField()
    day = models.DateField()
    amount = models.BigIntegerField()
    currency = models.TextField()
    payer = models.TextField()
    payer_inn = models.TextField()
    payer_account = models.TextField()
    purpose = models.TextField()
    reference = models.TextField()
    marks = models.TextField()
    state = models.TextField(db_default="new")
    reason = models.TextField(db_default="")
    account_id = models.UUIDField(null=True)
    system = models.TextField(null=True)
    attempt_id = models.UUIDField(null=True, unique=True)
    decided_by = models.TextField(null=True)
    decided_at = models.DateTimeField(null=True)
    ask_at = models.DateTimeField(null=True)
    ask_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "reconciliation_line"
        constraints = (
            one_of("state", *LINE_STATES),
            models.CheckConstraint(name="reconciliation_line_positive", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(
                name="reconciliation_line_matched",
                condition=~models.Q(state="matched") | models.Q(attempt_id__isnull=False),
            ),
            models.CheckConstraint(
                name="reconciliation_line_asked",
                condition=~models.Q(state="asked") | models.Q(ask_at__isnull=False, ask_until__isnull=False),
            ),
        )
        indexes = (
            models.Index(
                "id", name="reconciliation_line_due", condition=models.Q(state__in=("new", "chosen", "asked"))
            ),
            models.Index(fields=("payer_account", "marks"), name="reconciliation_line_known"),
        )


class Question(models.Model):
    """The inside is asked whose a number is that a line names. `key` is the number's keyed hash, `outbox` the question.

    A question that nobody answered gives way to another one; `taken`: its answer has been looked at.
    """

    id = models.UUIDField(primary_key=True)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, db_index=False)
    key = models.BinaryField()
    outbox = models.UUIDField(unique=True)
    taken = models.BooleanField(db_default=False)

    class Meta:
        db_table = "reconciliation_question"
        constraints = (models.UniqueConstraint(name="reconciliation_question_once", fields=("line", "key")),)


class Day(models.Model):
    """A business day as it was cut: `zone` at the time of the cut; it begins where the day before it ended.

    `run_at`: when it is compared next, and its lease; null when there is nothing more to learn.
    """

    day = models.DateField(primary_key=True)
    zone = models.TextField()
    since = models.DateTimeField()
    until = models.DateTimeField(unique=True)
    state = models.TextField(db_default="waiting")
    run_at = models.DateTimeField(null=True)
    runs = models.IntegerField(db_default=0)
    matched = models.IntegerField(db_default=0)
    away = models.TextField(db_default="")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "reconciliation_day"
        constraints = (one_of("state", "waiting", "done", "partial"),)


class Answer(models.Model):
    """What a payment system without a register said of one attempt of a day; kept until the day needs it no more.

    `amount` is null where it is not paid there, and where it was not said how much. What was
    `refused` is asked again.
    """

    pk = models.CompositePrimaryKey("day_id", "attempt_id")
    day = models.ForeignKey(Day, on_delete=models.PROTECT, db_index=False)
    attempt_id = models.UUIDField()
    provider = models.TextField()
    state = models.TextField()
    provider_id = models.TextField(db_default="")
    amount = models.BigIntegerField(null=True)
    currency = models.TextField(db_default="")

    class Meta:
        db_table = "reconciliation_answer"
        constraints = (one_of("state", "paid", "unpaid", "refused"),)


class Difference(models.Model):
    """What does not agree: a work item with an owner. `there` is the provider's amount, `here` ours, `books` theirs."""

    id = models.UUIDField(primary_key=True)
    day = models.ForeignKey(Day, on_delete=models.PROTECT)
    kind = models.TextField()
    provider = models.TextField()
    subject = models.TextField()
    currency = models.TextField()
    there = models.BigIntegerField(null=True)
    here = models.BigIntegerField(null=True)
    books = models.BigIntegerField(null=True)
    attempt_id = models.UUIDField(null=True)
    state = models.TextField(db_default="open")
    owner = models.TextField()
    word = models.TextField(db_default="")
    opened_at = models.DateTimeField(db_default=Now())
    closed_by = models.TextField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "reconciliation_difference"
        constraints = (
            one_of("kind", *DIFFERENCE_KINDS),
            one_of("state", "open", "healed", "closed"),
            models.UniqueConstraint(name="reconciliation_difference_once", fields=("kind", "provider", "subject")),
        )


class Payout(models.Model):
    """A payment system's transfer: the business days `first` to `last` beside the `amount` that came."""

    id = models.UUIDField(primary_key=True)
    provider = models.TextField()
    line = models.OneToOneField(Line, on_delete=models.PROTECT)
    first = models.DateField()
    last = models.DateField()
    gross = models.BigIntegerField()
    fees = models.BigIntegerField()
    refunds = models.BigIntegerField()
    currency = models.TextField()
    amount = models.BigIntegerField()
    state = models.TextField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "reconciliation_payout"
        constraints = (
            one_of("state", "matched", "differs"),
            models.CheckConstraint(
                name="reconciliation_payout_agrees",
                condition=models.Q(state="differs")
                | models.Q(amount=models.F("gross") - models.F("fees") - models.F("refunds")),
            ),
        )
        indexes = (models.Index(fields=("provider", "-last"), name="reconciliation_payout_latest"),)
