"""Keys of staff (WebAuthn): what a false page cannot be told. Runs as the role `okno_desk`.

A key signs the name of the page that asks, so what it says elsewhere opens nothing here. Each key asks its holder for a
PIN or a finger; a copy of a key shows by its counter. A challenge is asked for once and answered once, by whoever
keeps it: the session of the page. Source: W3C Web Authentication Level 3, sections 7.1 and 7.2.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from okno.cabinet.desk.models import Key, Presence
from okno.cabinet.desk.services.entering import DATABASE, try_count
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.signals import signal_write
from okno.protocol.ids import new_id

KEYS_MAX = 8
#: After an entry its holder may change his keys for so long; later he enters anew.
FRESH = timedelta(minutes=10)


class KeyAnswerError(Exception):
    """What the key said does not fit: the reader is told only that."""


class KeysError(Exception):
    """The keys cannot be changed so; the text is a word for the page: `stale`, `last`, `many`."""


@dataclass(frozen=True)
class Asked:
    """What a page asks of a key: the options for the browser as JSON, and the challenge that the answer must hold."""

    options: str
    challenge: bytes


@dataclass(frozen=True)
class Page:
    """Where a key is asked: its host, and the origin that the browser puts into the answer."""

    host: str
    origin: str


@dataclass(frozen=True)
class Answer:
    """What the browser sent for the key: its JSON, to the challenge that this page asked last."""

    page: Page
    challenge: bytes
    text: str


def keys_of(user_id: int) -> list[Key]:
    """The person's keys, the oldest first."""
    return list(Key.objects.filter(user_id=user_id).order_by("created_at", "id"))


def key_new_ask(*, user_id: int, page: Page) -> Asked:
    """Ask for a new key, other than those that are known."""
    user = User.objects.get(pk=user_id)
    options = generate_registration_options(
        rp_id=page.host,
        rp_name=settings.OKNO.company,
        user_name=user.username,
        user_id=str(user.pk).encode(),
        exclude_credentials=_described(user_id),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return Asked(options_to_json(options), options.challenge)


def key_ask(*, user_id: int, page: Page) -> Asked:
    """Ask for one of the person's keys."""
    options = generate_authentication_options(
        rp_id=page.host,
        allow_credentials=_described(user_id),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Asked(options_to_json(options), options.challenge)


def key_enrol(*, user_id: int, answer: Answer) -> User:
    """Keep the key that answered. Raises KeyAnswerError, ThrottledError, KeysError (`many`)."""
    try_count(user_id)
    if Key.objects.filter(user_id=user_id).count() >= KEYS_MAX:
        raise KeysError("many")
    try:
        made = verify_registration_response(
            credential=answer.text,
            expected_challenge=answer.challenge,
            expected_rp_id=answer.page.host,
            expected_origin=answer.page.origin,
            require_user_verification=True,
        )
        with transaction.atomic(using=DATABASE):
            Key.objects.create(
                id=new_id(),
                user_id=user_id,
                credential=made.credential_id,
                public=made.credential_public_key,
                uses=made.sign_count,
                created_at=Now(),
            )
            audit_write(actor=f"staff:{user_id}", action="staff.key.enrol", subject="desk", using=DATABASE)
    except (WebAuthnException, IntegrityError) as error:
        _refused(user_id)
        raise KeyAnswerError from error
    return User.objects.get(pk=user_id)


def key_pass(*, user_id: int, answer: Answer) -> User:
    """The member of staff whose key answered. Raises KeyAnswerError, ThrottledError."""
    try_count(user_id)
    try:
        with transaction.atomic(using=DATABASE):
            said = parse_authentication_credential_json(answer.text)
            # Its row is held until the counter is written: of two answers at once one is the later.
            key = (
                Key.objects.select_for_update(of=("self",))
                .select_related("user")
                .filter(user_id=user_id, credential=said.raw_id, user__is_active=True, user__is_staff=True)
                .get()
            )
            passed = verify_authentication_response(
                credential=said,
                expected_challenge=answer.challenge,
                expected_rp_id=answer.page.host,
                expected_origin=answer.page.origin,
                credential_public_key=bytes(key.public),
                credential_current_sign_count=key.uses,
                require_user_verification=True,
            )
            Key.objects.filter(pk=key.pk).update(uses=passed.new_sign_count, used_at=Now())
            audit_write(actor=f"staff:{user_id}", action="staff.enter", subject="desk", using=DATABASE)
    except (WebAuthnException, Key.DoesNotExist) as error:
        _refused(user_id)
        raise KeyAnswerError from error
    return key.user


def key_forget(*, user_id: int, key_id: UUID) -> None:
    """Forget one of several keys. The last one goes by the operator's hand alone. Raises KeysError (`last`)."""
    with transaction.atomic(using=DATABASE):
        keys = list(Key.objects.select_for_update().filter(user_id=user_id))
        if len(keys) <= 1:
            raise KeysError("last")
        for key in keys:
            if key.pk == key_id:
                key.delete()
                audit_write(actor=f"staff:{user_id}", action="staff.key.forget", subject="desk", using=DATABASE)


def entered_lately(*, user_id: int) -> bool:
    """Whether the person came in so lately that he may change his keys."""
    return Presence.objects.filter(user_id=user_id, opened_at__gt=Now() - FRESH).exists()


def _described(user_id: int) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=bytes(key.credential)) for key in keys_of(user_id)]


def _refused(user_id: int) -> None:
    with transaction.atomic(using=DATABASE):
        signal_write("authn_login_fail", source="desk", detail={"factor": 2}, using=DATABASE)
        audit_write(actor=f"staff:{user_id}", action="staff.key.refuse", subject="desk", using=DATABASE)
