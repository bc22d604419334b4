"""The read model: systems, accounts, operations as the inside last told them; and who may see which.

Amounts are integers of minor units of the account's currency; a positive balance is owed by the customer.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from okno.cabinet.identity.models import User
from okno.cabinet.kit.models import one_of

RIGHTS = ("view", "pay", "documents", "manage")


class System(models.Model):
    """An accounting system inside. `watermark`: everything it committed before is here."""

    id = models.TextField(primary_key=True)
    title = models.TextField(db_default="")
    epoch = models.IntegerField(db_default=0)
    watermark = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_system"


class Account(models.Model):
    """State of an account as of `as_of`; `gap_since` while a version is missing. Written by the projector alone."""

    id = models.UUIDField(primary_key=True)
    system = models.ForeignKey(System, on_delete=models.PROTECT)
    tail = models.TextField()
    title = models.TextField(db_default="")
    currency = models.TextField()
    balance = models.BigIntegerField()
    status = models.TextField()
    due_amount = models.BigIntegerField(null=True)
    due_on = models.DateField(null=True)
    epoch = models.IntegerField()
    version = models.BigIntegerField()
    position = models.BigIntegerField(db_default=0)
    as_of = models.DateTimeField()
    gap_since = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_account"
        constraints = (
            one_of("status", "active", "blocked", "closed"),
            models.CheckConstraint(name="accounts_account_tail_length", condition=models.Q(tail__regex="^.{0,4}$")),
            models.CheckConstraint(
                name="accounts_account_currency_code", condition=models.Q(currency__regex="^[A-Z]{3}$")
            ),
        )


class Operation(models.Model):
    """One line of an account's history. `position` counts 1.. without gaps over all epochs: the portal's cursor."""

    pk = models.CompositePrimaryKey("account_id", "position")
    # The projector writes an operation together with its account; a constraint would cost a check per loaded row.
    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    position = models.BigIntegerField()
    epoch = models.IntegerField()
    version = models.BigIntegerField()
    key = models.TextField()
    kind = models.TextField()
    channel = models.TextField(null=True)
    amount = models.BigIntegerField()
    balance = models.BigIntegerField()
    posted_at = models.DateTimeField()
    text = models.TextField(db_default="")

    class Meta:
        db_table = "accounts_operation"
        constraints = (
            models.UniqueConstraint(name="accounts_operation_once", fields=("account", "key")),
            one_of("kind", "charge", "payment", "credit", "refund", "correction"),
        )


class Access(models.Model):
    """The only source of who sees what: a user, an account, one right, until when, by which grant of the inside."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, db_index=False)
    # A grant may come before the first event of its account, so this refers to no row.
    account_id = models.UUIDField(db_index=True)
    right = models.TextField()
    grant_id = models.UUIDField(db_index=True)
    until = models.DateTimeField()

    class Meta:
        db_table = "accounts_access"
        constraints = (
            models.UniqueConstraint(name="accounts_access_once", fields=("user", "account_id", "right")),
            one_of("right", *RIGHTS),
        )


class Grant(models.Model):
    """A grant as the inside signed it: sent along with each query and command of its user."""

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    account_id = models.UUIDField()
    rights = ArrayField(models.TextField())
    token = models.TextField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_grant"
