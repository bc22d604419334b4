"""A link by which anybody pays for one account, without signing in."""

from django.db import models
from django.db.models.functions import Now

from okno.cabinet.identity.models import User


class Link(models.Model):
    """Made by a customer for one of his accounts, or by staff (`made_by`) for anybody's.

    `token_hash` is all that is kept of the link itself; `purpose` is what staff tells the payer.
    What the page shows of the account stands here, so nothing else of it is read for somebody unknown: its last signs,
    its currency, and the proposed amount, if there is one.
    """

    id = models.UUIDField(primary_key=True)
    token_hash = models.BinaryField(unique=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, null=True)
    made_by = models.TextField(db_default="")
    account_id = models.UUIDField()
    system = models.TextField()
    tail = models.TextField()
    currency = models.TextField()
    amount = models.BigIntegerField(null=True)
    purpose = models.TextField(db_default="")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_link"
        constraints = (
            models.CheckConstraint(name="payments_link_positive", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(
                name="payments_link_one_maker",
                condition=models.Q(user__isnull=False, made_by="")
                | (models.Q(user__isnull=True) & ~models.Q(made_by="")),
            ),
        )
        indexes = (models.Index(fields=("user", "account_id", "-created_at"), name="payments_link_latest"),)
