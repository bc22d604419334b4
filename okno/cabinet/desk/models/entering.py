"""Who of the staff is in."""

from django.conf import settings
from django.db import models


class StaffLink(models.Model):
    """A one-time link by which a member of staff enters."""

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "desk_staff_link"


class Presence(models.Model):
    """The one session of a member of staff: a new one replaces the old, and none outlives its working day."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True)
    session_hash = models.TextField()
    opened_at = models.DateTimeField()

    class Meta:
        db_table = "desk_presence"


class Factor(models.Model):
    """A member of staff's authenticator. `secret` is sealed; `last_step` is the last step a code was taken of.

    It counts once `confirmed_at` is set: by the first right code.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True)
    secret = models.BinaryField()
    last_step = models.BigIntegerField(null=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "desk_factor"


class Key(models.Model):
    """A key of a member of staff (WebAuthn): its id and public half, and how often it says it was used."""

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    credential = models.BinaryField(unique=True)
    public = models.BinaryField()
    uses = models.BigIntegerField()
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "desk_key"
