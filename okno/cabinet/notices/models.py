"""Messages to people, sealed: only the sender's process can open address and text."""

from django.db import models
from django.db.models.functions import Now


class Message(models.Model):
    """One SMS to send. `to_sealed` holds {"phone"}, `body_sealed` {"text"}, both JWE for party `sender`."""

    id = models.UUIDField(primary_key=True)
    purpose = models.TextField()
    channel = models.TextField()
    to_sealed = models.TextField()
    body_sealed = models.TextField()
    state = models.TextField(db_default="queued")
    created_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField(db_default=Now())
    attempts = models.IntegerField(db_default=0)
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
            models.CheckConstraint(name="notices_message_channel_known", condition=models.Q(channel__in=("sms",))),
        )
        indexes = (
            models.Index(
                "next_attempt_at",
                name="notices_message_due",
                condition=models.Q(state__in=("queued", "sending")),
            ),
        )
