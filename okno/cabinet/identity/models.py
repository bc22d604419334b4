"""People who may sign in, their sessions and the codes they were sent. A user is not a customer: see `accounts`."""

import uuid_utils.compat as uuids
from django.db import models
from django.db.models.functions import Now


class User(models.Model):
    """`login` is stored in canonical form; the phone only sealed to the sender and masked; the name only vaulted."""

    id = models.UUIDField(primary_key=True, default=uuids.uuid7)
    login = models.TextField()
    password = models.TextField()
    phone_sealed = models.TextField()
    phone_mask = models.TextField()
    # Keyed hash of the number: what budgets of SMS are counted by, since the number itself cannot be read here.
    phone_key = models.TextField(db_default="")
    name_sealed = models.BinaryField(null=True)
    locale = models.TextField(db_default="ru")
    is_active = models.BooleanField(db_default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "identity_user"
        constraints = (models.UniqueConstraint(name="identity_user_login_once", fields=("login",)),)


class Session(models.Model):
    """One sign-in. `factors` 1 = the password was right, a code is awaited; 2 = open. Only the token's hash is kept."""

    token_hash = models.BinaryField(primary_key=True)
    id = models.UUIDField(unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, db_index=False)
    factors = models.SmallIntegerField()
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    idle_until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # When password and code were last given for something other than signing in: a sign-in is no such proof.
    proved_at = models.DateTimeField(null=True)
    user_agent = models.TextField(db_default="")
    address = models.TextField(db_default="")

    class Meta:
        db_table = "identity_session"
        constraints = (
            models.CheckConstraint(name="identity_session_factors_range", condition=models.Q(factors__in=(1, 2))),
        )
        indexes = (
            models.Index(
                "user", "created_at", name="identity_session_living", condition=models.Q(ended_at__isnull=True)
            ),
        )


class Challenge(models.Model):
    """A session's one-time code for a purpose: one row, so tries survive a resend and a new code kills the old."""

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    session_id = models.UUIDField()
    purpose = models.TextField()
    code_mac = models.BinaryField()
    tries = models.SmallIntegerField(db_default=0)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity_challenge"
        constraints = (models.UniqueConstraint(name="identity_challenge_once", fields=("session_id", "purpose")),)
