"""What a payer lets us keep: where his receipts go, and cards that pay again. Both sealed to the till alone."""

from django.db import models
from django.db.models.functions import Now

from okno.cabinet.identity.models import User
from okno.cabinet.payments.models.links import Link


class Contact(models.Model):
    """An e-mail address or a phone that receipts go to: a customer's, or of somebody who pays by a link.

    `sealed` holds {"contact"}; `mask` is what may be shown.
    """

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True)
    link = models.ForeignKey(Link, on_delete=models.PROTECT, null=True)
    sealed = models.TextField()
    mask = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_contact"
        constraints = (
            models.CheckConstraint(
                name="payments_contact_one_owner",
                condition=models.Q(user__isnull=True, link__isnull=False)
                | models.Q(user__isnull=False, link__isnull=True),
            ),
        )


class Challenge(models.Model):
    """A payer by a kept card has to go to his bank, by a page of ours that posts `form` there; then he goes `back`.

    `proof` is what his browser brought from there: the till's, empty once it has been told. Nobody else reads these.
    """

    attempt = models.OneToOneField("payments.Attempt", on_delete=models.PROTECT, primary_key=True)
    form = models.JSONField()
    back = models.TextField()
    proof = models.TextField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_challenge"


class Card(models.Model):
    """A card that pays by a token of its provider's. `kept_at` is the attempt that it was kept at.

    `sealed` holds {"token"} until the card is removed and its provider has forgotten it. `expires`: `2030-12`.
    """

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False)
    provider = models.TextField()
    kept_at = models.UUIDField(unique=True)
    sealed = models.TextField(null=True)
    title = models.TextField()
    expires = models.TextField(null=True)
    is_default = models.BooleanField(db_default=False)
    created_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True)
    forget_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_card"
        constraints = (
            models.CheckConstraint(
                name="payments_card_removed_pays_nothing",
                condition=models.Q(removed_at__isnull=True) | models.Q(is_default=False),
            ),
            models.UniqueConstraint(
                name="payments_card_one_default", fields=("user",), condition=models.Q(is_default=True)
            ),
        )
        indexes = (
            models.Index("user", "created_at", name="payments_card_own", condition=models.Q(removed_at__isnull=True)),
            models.Index("forget_at", name="payments_card_forget", condition=models.Q(forget_at__isnull=False)),
        )
