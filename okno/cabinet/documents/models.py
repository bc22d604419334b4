"""Documents that customers asked for: kept is what the inside told, and the file is made from it each time anew.

Names and addresses stand in `requisites` alone, sealed to the cabinet by the inside; what people wrote of a line of an
act and what they were answered stand in the vault. Nothing else here is personal.
"""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from okno.cabinet.identity.models import User
from okno.cabinet.kit.models import one_of
from okno.protocol.money import Money

KINDS = ("slip", "statement", "reconciliation", "bill")
#: An appeal goes through them in this order, each once.
APPEAL_STATES = ("new", "taken", "answered")


class Document(models.Model):
    """One document; a failed one keeps only why.

    `requisites_row` and `data_row` are the questions to the inside, `requisites` and `data` its answers, believed and
    checked; of a slip the requisites are all.
    `minor`: kopecks of a slip, None for a blank sum. `bill`: the inside's own key of the bill.
    """

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, db_index=False)
    account_id = models.UUIDField()
    kind = models.TextField()
    first = models.DateField(null=True)
    last = models.DateField(null=True)
    minor = models.BigIntegerField(null=True)
    bill = models.TextField(null=True)
    state = models.TextField(db_default="asked")
    trouble = models.TextField(null=True)
    requisites_row = models.UUIDField(unique=True)
    data_row = models.UUIDField(null=True, unique=True)
    requisites = models.JSONField(null=True)
    data = models.JSONField(null=True)
    asked_at = models.DateTimeField(db_default=Now())
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "documents_document"
        constraints = (one_of("kind", *KINDS), one_of("state", "asked", "ready", "failed"))
        indexes = (
            models.Index("user", "account_id", "asked_at", name="documents_document_list"),
            models.Index("expires_at", name="documents_document_ends"),
        )

    @property
    def amount(self) -> str | None:
        """Roubles of a slip, a decimal; None for a blank sum and of other documents."""
        return Money(self.minor, "RUB").decimal if self.minor is not None else None

    @property
    def can_mail(self) -> bool:
        """Whether a link to it may be sent by e-mail."""
        offered: bool = settings.OKNO.letters
        return offered and self.state == "ready"


class Appeal(models.Model):
    """A customer disagrees with a line of a reconciliation statement, and somebody of the staff answers him.

    The line stands as it was printed. `note` and `answer` are in the vault, under the customer's key. It outlives its
    document, so it refers to no row. `owner` and `answered_by`: `staff:<id>`. `number` is what people call it by;
    `due_at`: the end of the last day of its term, as promised when it was raised.
    """

    id = models.UUIDField(primary_key=True)
    number = models.BigIntegerField(editable=False, unique=True)  # GENERATED ALWAYS AS IDENTITY, see the migration
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    document_id = models.UUIDField()
    account_id = models.UUIDField()
    line = models.IntegerField()
    day = models.TextField()
    document = models.TextField()
    debit = models.TextField()
    credit = models.TextField()
    content_sha256 = models.TextField()
    note = models.BinaryField()
    state = models.TextField(db_default="new")
    raised_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField()
    owner = models.TextField(db_default="")
    taken_at = models.DateTimeField(null=True)
    answer = models.BinaryField(null=True)
    answered_by = models.TextField(db_default="")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "documents_appeal"
        constraints = (
            one_of("state", *APPEAL_STATES),
            models.UniqueConstraint(name="documents_appeal_once", fields=("document_id", "line")),
            models.CheckConstraint(
                name="documents_appeal_answered_whole",
                condition=models.Q(state="answered", answer__isnull=False, answered_at__isnull=False)
                | models.Q(~models.Q(state="answered"), answer__isnull=True, answered_at__isnull=True),
            ),
        )


class PayeeSeen(models.Model):
    """The requisites on the latest slip of an account that a customer has looked at: a hash, to notice a change by.

    `is_changed`: they differed from those of the slip before.
    """

    pk = models.CompositePrimaryKey("user_id", "account_id")
    user = models.ForeignKey(User, on_delete=models.CASCADE, db_index=False)
    account_id = models.UUIDField()
    payee_sha256 = models.TextField()
    document_id = models.UUIDField()
    asked_at = models.DateTimeField()
    is_changed = models.BooleanField()

    class Meta:
        db_table = "documents_payee_seen"


class Run(models.Model):
    """Slips of all customers of a district: how far it is. Begun by staff, carried on by the worker step by step.

    `page_row` is the question for the next page of customers, after the cursor `after`.
    """

    id = models.UUIDField(primary_key=True)
    system = models.TextField()
    district = models.TextField()
    form = models.TextField()
    state = models.TextField(db_default="finding")
    trouble = models.TextField(null=True)
    after = models.TextField(null=True)
    page_row = models.UUIDField(null=True)
    looked_at = models.BigIntegerField(db_default=0)
    found = models.IntegerField(db_default=0)
    told = models.IntegerField(db_default=0)
    failed = models.IntegerField(db_default=0)
    printed = models.IntegerField(db_default=0)
    staff = models.IntegerField()
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "documents_run"
        constraints = (
            one_of("form", "pdf", "zip"),
            one_of("state", "finding", "asking", "printing", "done", "failed"),
        )


class RunSlip(models.Model):
    """A customer of a run. `requisites` as the inside told them, name and address sealed; gone once printed."""

    pk = models.CompositePrimaryKey("run_id", "place")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, db_index=False)
    place = models.IntegerField()
    account_id = models.UUIDField()
    state = models.TextField(db_default="new")
    trouble = models.TextField(null=True)
    row = models.UUIDField(null=True)
    minor = models.BigIntegerField(null=True)
    requisites = models.JSONField(null=True)

    class Meta:
        db_table = "documents_run_slip"
        constraints = (one_of("state", "new", "asked", "told", "printed", "failed"),)
        indexes = (models.Index("run", "state", "place", name="documents_run_slip_next"),)


class RunPart(models.Model):
    """A file of at most 250 slips, encrypted under the key that worker and desk share (`documents_key`)."""

    pk = models.CompositePrimaryKey("run_id", "number")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, db_index=False)
    number = models.IntegerField()
    slips = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        db_table = "documents_run_part"
