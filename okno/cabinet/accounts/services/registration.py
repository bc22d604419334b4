"""The first registration, up to the proof: each step is a row and a question to the inside, and nothing is searched.

Whether anybody fits the facts is known inside alone. Here every registration lives the same life: the same rows, the
same questions, the same answers, whoever asks about whom. What was typed is sealed for the inside and not kept.
"""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings

from okno.cabinet.accounts.models import Registration
from okno.cabinet.accounts.selectors import registration_of, standing
from okno.cabinet.accounts.services.access import PREFIX, grant_read
from okno.cabinet.identity.core.logins import canonical_login
from okno.cabinet.identity.services.sessions import token_new
from okno.cabinet.kit import rls
from okno.cabinet.kit.buckets import ThrottledError, take
from okno.cabinet.kit.http.client import Client
from okno.cabinet.kit.keyring import keyring
from okno.cabinet.kit.outbox.handed import IDENTIFY, PROFILE_GET, PROVE
from okno.cabinet.kit.outbox.labels import labels_of
from okno.cabinet.kit.outbox.services import Entry, query_enqueue
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.kit.signals import Name, signal_write
from okno.protocol.ids import new_id
from okno.protocol.messages import CustomerIdentify, CustomerProve, IdentifyFacts, ProfileGet, TypedCode
from okno.protocol.messages.base import Locale
from okno.protocol.sealing import seal

LIFE = timedelta(minutes=30)
CODE_CHARS = range(4, 33)


def registration_begin(facts: IdentifyFacts, *, locale: Locale, client: Client) -> str:
    """Ask the inside whom the facts fit; returns the token of the new registration.

    Raises ThrottledError by where it is asked from. The limit on the number as typed is silent: the inside is asked
    about nobody then, so that the answer betrays neither the limit nor who else has tried.
    """
    login = canonical_login(facts.number)
    take("registration-global", "all")
    take("registration-network", client.network)
    take("registration-address", client.address)
    labels = labels_of(client.address, account=facts.number)
    try:
        take("registration-account", login)
    except ThrottledError as error:
        signal_write("excess_rate_limit_exceeded", detail={"scope": error.scope})
        facts = IdentifyFacts(number="", fact=facts.fact, value="")
    registration_id, (token, token_hash) = UUID(new_id()), token_new()
    sealed = _sealed(facts, registration_id, IDENTIFY)
    row = Registration(
        token_hash=token_hash,
        id=registration_id,
        user_id=UUID(new_id()),
        login=login,
        locale=locale,
        labels=labels,
        facts=msgspec.json.encode(CustomerIdentify(locale=locale, sealed=sealed)),
        expires_at=datetime.now(UTC) + LIFE,
    )
    with rls.registering(token_hash):
        row.asked = _ask(row, IDENTIFY, row.facts)
        row.save(force_insert=True)
    return token


def registration_again(token: str | None) -> None:
    """Another code, or the question that the inside has not answered, once more.

    Where neither is open the page only learns where it stands. Raises ThrottledError before its time is up,
    RefusalError registration-over.
    """
    with living(token) as row:
        seen = standing(row)
        if seen.again_after_s is None:
            return
        if seen.again_after_s > 0:
            raise ThrottledError("registration-again", seen.again_after_s)
        now = datetime.now(UTC)
        match row.state:
            case "proving":
                change(row, asked=_ask_profile(row), asked_at=now)
            case "checking":
                change(row, asked=_ask(row, PROVE, row.typed), asked_at=now)
            case "asking":
                change(row, asked=_ask(row, IDENTIFY, row.facts), asked_at=now, coded_at=now)
            case _:
                asked, left = _ask(row, IDENTIFY, row.facts), row.codes_left - 1
                change(row, state="asking", asked=asked, asked_at=now, coded_at=now, codes_left=left)


def code_submit(token: str | None, typed: str, *, client: Client) -> None:
    """Ask the inside whether this is the code; counted here before, and by the inside as well.

    Where no code is awaited nothing happens: the page learns where it stands. Raises ThrottledError, RefusalError
    registration-over.
    """
    seen = registration_of(token)
    take("code-network", client.network)
    if seen is not None:
        take("registration-code-account", seen.login)
    code = "".join(sign for sign in unicodedata.normalize("NFKC", typed) if sign.isalnum())
    with living(token) as row:
        if row.state not in {"code-sent", "refused"} or row.tries_left == 0:
            return
        left = row.tries_left - 1
        if len(code) not in CODE_CHARS:
            # It cannot be the code, and the inside has no words for it: refused like any other.
            change(row, state="refused", tries_left=left)
            name: Name = "authn_login_fail" if left else "authn_login_fail_max"
            signal_write(name, detail={"step": "registration", "tries_left": left})
            return
        sealed = _sealed(TypedCode(code=code), row.id, PROVE)
        row.typed = msgspec.json.encode(CustomerProve(attempt=str(row.attempt), user=str(row.user_id), sealed=sealed))
        asked = _ask(row, PROVE, row.typed)
        change(row, state="checking", tries_left=left, typed=row.typed, asked=asked, asked_at=datetime.now(UTC))


@contextmanager
def living(token: str | None) -> Iterator[Registration]:
    """The registration of a token, locked, in one transaction that acts for it and for its user to be.

    Raises RefusalError registration-over when there is none any more.
    """
    seen = registration_of(token)
    if seen is None:
        raise RefusalError(Refusal.REGISTRATION_OVER)
    with rls.registering(bytes(seen.token_hash), becoming=seen.user_id):
        row = Registration.objects.select_for_update().get(token_hash=seen.token_hash)
        if row.state == "done" or row.expires_at <= datetime.now(UTC):
            raise RefusalError(Refusal.REGISTRATION_OVER)
        yield row


def change(row: Registration, **changes: object) -> None:
    """Write members of a locked registration."""
    Registration.objects.filter(token_hash=row.token_hash).update(**changes)


def _sealed(content: IdentifyFacts | TypedCode, registration_id: UUID, question: str) -> str:
    entry = keyring().opening_for(f"connector.{settings.OKNO.registration_system}", datetime.now(UTC))
    return seal(msgspec.json.encode(content), entry, subject=_subject(registration_id), type=question)


def _subject(registration_id: UUID) -> str:
    return f"flow:{registration_id}"


def _ask(row: Registration, question: str, data: bytes | memoryview | None) -> UUID:
    assert data is not None  # asked before in just this form
    return query_enqueue(
        Entry(
            type=question,
            system=settings.OKNO.registration_system,
            subject=_subject(row.id),
            data=bytes(data),
            labels=row.labels,
            priority=0,
        )
    )


def _ask_profile(row: Registration) -> UUID:
    """As the registrar asked it when the code was proven: under the first of the new grants."""
    token = (row.grants or [])[0]
    grant = grant_read(row.user_id, token)
    return query_enqueue(
        Entry(
            type=PROFILE_GET,
            system=settings.OKNO.registration_system,
            subject=grant.subject,
            data=ProfileGet(account=grant.subject.removeprefix(PREFIX)),
            authtype="app_user",
            authid=str(row.user_id),
            grant_token=token,
        )
    )
