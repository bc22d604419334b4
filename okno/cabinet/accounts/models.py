"""The read model: systems, accounts, operations as the inside last told them; and who may see which.

Amounts are integers of minor units of the account's currency; a positive balance is owed by the customer.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

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
    # Hardly more values than one, so an index would find nothing, and would cost every update its place in the page.
    system = models.ForeignKey(System, on_delete=models.PROTECT, db_index=False)
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
        # The reconciler looks for the payments of a day, whosever they are.
        indexes = (models.Index("posted_at", name="accounts_operation_payments", condition=models.Q(kind="payment")),)


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


class Registration(models.Model):
    """The first registration of somebody whom only the accounting knows, from the facts typed to the password.

    No user stands behind it yet: `user_id` is minted for the one it will make. What was typed is sealed to the inside
    (`facts`, `typed`: data of the two questions); in clear stands only the number in canonical form, the future login.
    `asked` is the outbox row whose answer is awaited; the answer of any other changes nothing. `profile` is what the
    inside sealed to the cabinet about the proven person.
    """

    token_hash = models.BinaryField(primary_key=True)
    id = models.UUIDField(unique=True)
    user_id = models.UUIDField()
    login = models.TextField()
    locale = models.TextField()
    labels = models.JSONField()
    state = models.TextField(db_default="asking")
    facts = models.BinaryField()
    typed = models.BinaryField(null=True)
    attempt = models.UUIDField(null=True)
    grants = ArrayField(models.TextField(), null=True)
    profile = models.TextField(null=True)
    asked = models.UUIDField(unique=True)
    asked_at = models.DateTimeField(db_default=Now())
    coded_at = models.DateTimeField(db_default=Now())
    tries_left = models.SmallIntegerField(db_default=5)
    codes_left = models.SmallIntegerField(db_default=3)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "accounts_registration"
        constraints = (
            one_of("state", "asking", "code-sent", "refused", "checking", "proving", "proven", "linked", "done"),
            models.CheckConstraint(
                name="accounts_registration_counts", condition=models.Q(tries_left__gte=0, codes_left__gte=0)
            ),
        )
        indexes = (models.Index("expires_at", name="accounts_registration_ends"),)


class Sync(models.Model):
    """A first load (`load`) or comparison (`verify`) of one system: how far it is. See `tasks.syncing`."""

    id = models.UUIDField(primary_key=True)
    system = models.TextField()
    kind = models.TextField()
    phase = models.TextField()
    after = models.TextField(null=True)
    edge = models.UUIDField(null=True)
    pages = models.BigIntegerField(db_default=0)
    accounts = models.BigIntegerField(db_default=0)
    expected = models.BigIntegerField(db_default=0)
    operations = models.BigIntegerField(db_default=0)
    suspects = models.IntegerField(db_default=0)
    differences = models.IntegerField(db_default=0)
    state = models.TextField(db_default="running")
    code = models.TextField(null=True)
    started_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_sync"
        constraints = (
            one_of("kind", "load", "verify"),
            one_of("state", "running", "done", "failed"),
            models.UniqueConstraint(
                name="accounts_sync_one_at_work", fields=("system",), condition=models.Q(state="running")
            ),
        )


class SyncQuestion(models.Model):
    """A question of a run that is under way: its row of the outbox, and the account when it is about one.

    `phase` is that of a page that has been counted and followed by the next question, and is not yet applied.
    """

    row = models.UUIDField(primary_key=True)
    sync = models.ForeignKey(Sync, on_delete=models.CASCADE)
    account_id = models.UUIDField(null=True)
    epoch = models.IntegerField(null=True)
    version = models.BigIntegerField(null=True)
    tries = models.SmallIntegerField()
    phase = models.TextField(null=True)

    class Meta:
        db_table = "accounts_sync_question"


class SyncDifference(models.Model):
    """What a comparison found: where, of which kind, and both sides as they were."""

    sync = models.ForeignKey(Sync, on_delete=models.CASCADE)
    account_id = models.UUIDField()
    kind = models.TextField()
    key = models.TextField(null=True)
    here = models.JSONField()
    there = models.JSONField()

    class Meta:
        db_table = "accounts_sync_difference"
