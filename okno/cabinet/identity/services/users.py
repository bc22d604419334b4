"""People: made after their identification, changed by themselves. Whatever ends trust ends all their sessions."""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

import phonenumbers
from django.conf import settings

from okno.cabinet.identity.core.logins import canonical_login
from okno.cabinet.identity.models import User
from okno.cabinet.identity.selectors import NAME_PLACE
from okno.cabinet.identity.services.passwords import password_check, password_hash
from okno.cabinet.identity.services.sessions import sessions_end_all
from okno.cabinet.kit import rls, vault
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.signals import signal_write
from okno.cabinet.kit.statements import Value, changed
from okno.cabinet.notices.services import phone_seal
from okno.protocol.ids import new_id

LOCALES = ("ru", "en")
REGION = "RU"
MASK_DIGITS = 4
# Surname, given name, patronymic: as Russian books write a person.
NAME_WORDS = 3


INSERT = """
    INSERT INTO identity_user (id, login, password, phone_sealed, phone_mask, phone_key, locale, name_sealed)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""


class UserError(Exception):
    """The person cannot be made as asked: login, phone or locale."""


@dataclass(frozen=True)
class NewUser:
    """A person who passed every check, ready to be written. `name` is how the page will greet; it may be empty."""

    id: UUID
    login: str
    password_hash: str
    phone: str
    name: str
    locale: str


def user_create(*, login: str, password: str, phone: str, name: str = "", locale: str = "ru") -> UUID:
    """A new person who may sign in with this password and a code to this phone. Raises as its two steps do."""
    new = user_draft(UUID(new_id()), login=login, password=password, phone=phone, full_name=name, locale=locale)
    with rls.acting(new.id):
        user_insert(new)
    return new.id


def user_draft(user_id: UUID, *, login: str, password: str, phone: str, full_name: str, locale: str) -> NewUser:
    """Judge what a person is to be made of, and do the slow work on it before any transaction.

    Raises UserError (login empty, phone no mobile number of the allowed country), WeakPasswordError.
    """
    canonical = canonical_login(login)
    number = mobile_number(phone)
    if not canonical or locale not in LOCALES:
        raise UserError("login" if not canonical else "locale")
    personal = (login, canonical, number.lstrip("+"), settings.OKNO.company, full_name, *full_name.split())
    password_check(password, personal=personal)
    return NewUser(user_id, canonical, password_hash(password), number, greeting_of(full_name), locale)


def user_insert(new: NewUser) -> None:
    """Write the person, in the caller's transaction, with the new user's context. Raises UserError: login taken."""
    sealed_name = vault.field_seal(new.id, NAME_PLACE, new.name) if new.name else None
    values: list[Value] = [new.id, new.login, new.password_hash, phone_seal(new.phone), phone_mask(new.phone)]
    if not changed(INSERT, [*values, phone_key(new.phone), new.locale, sealed_name]):
        raise UserError("login taken")
    audit_write(actor="system:identification", action="user.create", subject=f"user:{new.id}")


def greeting_of(full_name: str) -> str:
    """How the page greets whom the books call so: given name and patronymic of a person, others as they stand."""
    words = full_name.split()
    return " ".join(words[1:] if len(words) == NAME_WORDS else words)


def password_set(*, user_id: UUID, password: str, actor: str) -> None:
    """A new password; every session of the person ends, wherever it is open. Raises WeakPasswordError."""
    with rls.acting(user_id):
        login = User.objects.get(id=user_id).login
    password_check(password, personal=(login, settings.OKNO.company))
    hashed = password_hash(password)
    with rls.acting(user_id):
        User.objects.filter(id=user_id).update(password=hashed)
        ended = sessions_end_all(user_id)
        signal_write("authn_password_change", user_id=user_id)
        audit_write(actor=actor, action="password.set", subject=f"user:{user_id}", detail={"sessions_ended": ended})


def user_deactivate(*, user_id: UUID, actor: str) -> None:
    """No further sign-in, no living session."""
    with rls.acting(user_id):
        User.objects.filter(id=user_id).update(is_active=False)
        ended = sessions_end_all(user_id)
        audit_write(actor=actor, action="user.deactivate", subject=f"user:{user_id}", detail={"sessions_ended": ended})


def locale_set(*, user_id: UUID, locale: str) -> None:
    """The language of SMS and pages. Raises UserError for one that is not offered."""
    if locale not in LOCALES:
        raise UserError("locale")
    with rls.acting(user_id):
        User.objects.filter(id=user_id).update(locale=locale)
        audit_write(
            actor=f"user:{user_id}", action="profile.locale", subject=f"user:{user_id}", detail={"locale": locale}
        )


def mobile_number(phone: str) -> str:
    """E.164 of a mobile number of the allowed country: no SMS ever goes to a premium, VoIP or foreign number."""
    try:
        number = phonenumbers.parse(phone, REGION)
    except phonenumbers.NumberParseException as error:
        raise UserError("phone") from error
    mobile = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    if phonenumbers.region_code_for_number(number) != REGION or not mobile:
        raise UserError("phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_mask(number: str) -> str:
    """What may be shown of a number: `··· 45-67`."""
    last = number[-MASK_DIGITS:]
    return f"··· {last[:2]}-{last[2:]}"


def phone_key(number: str) -> str:
    """Keyed hash of a number, by which budgets are counted."""
    return hmac.new(settings.OKNO.pepper_bytes, f"phone|{number}".encode(), hashlib.sha256).hexdigest()
