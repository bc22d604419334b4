"""Messages to people, sealed: only the sender's process can open address and text."""

from django.db import models
from django.db.models.functions import Now


class Message(models.Model):
    """One SMS or letter: `to_sealed` holds {"phone"} or {"email"}, `body_sealed` {"text"}, both JWE for party `sender`.

    `wish`, of a letter: a hash of what somebody asked for, so that asking again puts no second one in.

    `doubts`: tries of it that began without knowing whether the one before had arrived.

    What the inside wrote itself has no `to_sealed`: `body_sealed` holds {"phone", "text"} for `subject`, or a blank.
    """

    id = models.UUIDField(primary_key=True)
    purpose = models.TextField()
    channel = models.TextField()
    wish = models.TextField(null=True, unique=True)
    to_sealed = models.TextField(null=True)
    body_sealed = models.TextField()
    subject = models.TextField(null=True)
    state = models.TextField(db_default="queued")
    created_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField(db_default=Now())
    attempts = models.IntegerField(db_default=0)
    doubts = models.IntegerField(db_default=0)
    carrier_id = models.TextField(null=True)
    expires_at = models.DateTimeField()
    last_error = models.TextField(null=True)

    class Meta:
        db_table = "notices_message"
        constraints = (
            models.CheckConstraint(
                name="notices_message_state_known",
                condition=models.Q(state__in=("queued", "sending", "sent", "failed")),
            ),
            models.CheckConstraint(
                name="notices_message_channel_known", condition=models.Q(channel__in=("sms", "email"))
            ),
            models.CheckConstraint(
                name="notices_message_bound",
                condition=models.Q(to_sealed__isnull=True, subject__isnull=False)
                | models.Q(to_sealed__isnull=False, subject__isnull=True),
            ),
        )
        indexes = (
            models.Index(
                "next_attempt_at",
                name="notices_message_due",
                condition=models.Q(state__in=("queued", "sending")),
            ),
        )
