"""Documents that customers asked for: kept is what the inside told, and the file is made from it each time anew.

Names and addresses stand in `requisites` alone, sealed to the cabinet by the inside; nothing else here is personal.
"""

from django.db import models
from django.db.models.functions import Now

from okno.cabinet.identity.models import User
from okno.cabinet.kit.models import one_of

KINDS = ("slip", "statement", "reconciliation", "bill")


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


class Disagreement(models.Model):
    """A customer disagrees with a line of a reconciliation statement: what an appeal is made of.

    The line stands as it was printed. `note` is in the vault. It outlives its document, so it refers to no row.
    """

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    document_id = models.UUIDField()
    account_id = models.UUIDField()
    line = models.IntegerField()
    day = models.TextField()
    document = models.TextField()
    debit = models.TextField()
    credit = models.TextField()
    content_sha256 = models.TextField()
    note = models.BinaryField(null=True)
    raised_at = models.DateTimeField(db_default=Now())
    appeal_id = models.UUIDField(null=True)

    class Meta:
        db_table = "documents_disagreement"
        constraints = (models.UniqueConstraint(name="documents_disagreement_once", fields=("document_id", "line")),)
