"""Tables under every app: outbox, inbox, audit, signals, jobs, throttles, data keys.

Column names and types are a seam: processes on plain psycopg and the functions of `live` use them by name.
Rows are written by services with plain SQL where the role may insert but not read.
"""

from django.db import models
from django.db.models.functions import Now


def one_of(field: str, *values: str) -> models.CheckConstraint:
    """A closed list of values of a text column, held by the database."""
    return models.CheckConstraint(
        name=f"%(app_label)s_%(class)s_{field}_known", condition=models.Q(**{f"{field}__in": values})
    )


class Outbox(models.Model):
    """A command or a query on its way inside. Only a message signed by the connector ends a command's row."""

    id = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField(editable=False)  # GENERATED ALWAYS AS IDENTITY, see the migration
    type = models.TextField()
    kind = models.TextField()
    system = models.TextField()
    subject = models.TextField()
    priority = models.SmallIntegerField(db_default=1)
    data = models.BinaryField()
    authtype = models.TextField()
    authid = models.TextField(null=True)
    grant_token = models.TextField(null=True)
    # Keyed hashes of where it was asked from and about what: see `outbox.labels`.
    labels = models.JSONField(db_default={})
    idempotency_key = models.TextField()
    state = models.TextField(db_default="queued")
    recorded_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField(db_default=Now())
    attempts = models.IntegerField(db_default=0)
    outcome = models.JSONField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "kit_outbox"
        constraints = (
            models.UniqueConstraint(name="kit_outbox_once", fields=("idempotency_key",)),
            one_of("kind", "command", "query", "event"),
            one_of("state", "queued", "accepted", "done", "failed"),
            models.CheckConstraint(
                name="kit_outbox_priority_range", condition=models.Q(priority__gte=0, priority__lte=3)
            ),
        )
        indexes = (
            models.Index(
                "priority",
                "next_attempt_at",
                name="kit_outbox_due",
                condition=models.Q(state__in=("queued", "accepted")),
            ),
            models.Index("authid", "recorded_at", name="kit_outbox_asker"),
        )


class Inbox(models.Model):
    """What a consumer has taken in already: (consumer, key) once."""

    pk = models.CompositePrimaryKey("consumer", "key")
    consumer = models.TextField()
    key = models.TextField()
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "kit_inbox"


class Audit(models.Model):
    """Append-only chain: hash = SHA-256(prev_hash | canonical row). Numbered and chained by a trigger."""

    seq = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    actor = models.TextField()
    action = models.TextField()
    subject = models.TextField()
    detail = models.JSONField()
    prev_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        db_table = "kit_audit"


class Signal(models.Model):
    """A security signal named by the OWASP logging vocabulary; insert-only for who raises it."""

    seq = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    source = models.TextField()
    name = models.TextField()
    session_id = models.UUIDField(null=True)
    user_id = models.UUIDField(null=True)
    detail = models.JSONField(db_default={})

    class Meta:
        db_table = "kit_signal"
        indexes = (models.Index("at", name="kit_signal_at"),)


class Job(models.Model):
    """Work put off to the worker."""

    id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    payload = models.JSONField(db_default={})
    state = models.TextField(db_default="queued")
    run_at = models.DateTimeField(db_default=Now())
    attempts = models.IntegerField(db_default=0)
    last_error = models.TextField(null=True)
    locked_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "kit_job"
        constraints = (one_of("state", "queued", "running", "done", "failed"),)
        indexes = (models.Index("run_at", name="kit_job_due", condition=models.Q(state__in=("queued", "running"))),)


class Bucket(models.Model):
    """Tokens left of a throttle at `updated_at`; `key` is a keyed hash of what is limited, never the thing itself."""

    pk = models.CompositePrimaryKey("scope", "key")
    scope = models.TextField()
    key = models.TextField()
    tokens = models.FloatField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "kit_bucket"
        indexes = (models.Index("updated_at", name="kit_bucket_updated"),)


class SubjectKey(models.Model):
    """A person's data key, wrapped by the instance's key of `kek_version`. Deleting the row is the erasure."""

    subject = models.UUIDField(primary_key=True)
    kek_version = models.IntegerField()
    wrapped = models.BinaryField()

    class Meta:
        db_table = "kit_subject_key"
        indexes = (models.Index("kek_version", name="kit_subject_key_version"),)
