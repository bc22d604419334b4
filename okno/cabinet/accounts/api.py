"""What the portal asks of the inside: accounts anew, its requests, and the first registration of a customer.

Balances and operations are `live`'s.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field, StrictStr

from okno.cabinet.accounts.selectors import State, access_account, access_request, standing_of
from okno.cabinet.accounts.services.access import account_refresh
from okno.cabinet.accounts.services.becoming import registration_finish
from okno.cabinet.accounts.services.facts import facts_read
from okno.cabinet.accounts.services.registration import code_submit, registration_again, registration_begin
from okno.cabinet.identity.api import (
    TEXT_CHARS_MAX,
    Code,
    Opened,
    OpenRequest,
    VisitRequest,
    anyone,
    device_of,
    session_give,
)
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.protocol.messages.customers import FactKind

# Longer than a registration lives, so that whoever comes back late is told that it has run out.
COOKIE = "__Host-okno-new"
COOKIE_S = 3600

accounts = Router(tags=["accounts"])
requests = Router(tags=["requests"])
registration = Router(tags=["registration"])


class Asked(Schema):
    """Where to look what became of it."""

    id: UUID


class Asking(Schema):
    id: UUID
    type: str
    state: Literal["queued", "accepted", "done", "failed"]
    recorded_at: datetime
    finished_at: datetime | None


@accounts.post("/{uuid:account_id}/refresh", response={202: Asked}, operation_id="account_refresh")
def account_refresh_post(request: OpenRequest, account_id: UUID) -> Status[Asked]:
    """Ask for the account's state now. The answer comes by push; the id tells whether it is still awaited."""
    user_id = request.visitor.user_id
    account = access_account(user_id, account_id, right="view")
    return Status(202, Asked(id=account_refresh(user_id=user_id, account=account)))


@requests.get("/{uuid:request_id}", response=Asking, operation_id="request_get")
def request_get(request: OpenRequest, request_id: UUID) -> Asking:
    """The state of one's own request to the inside."""
    return Asking.from_orm(access_request(request.visitor.user_id, request_id))


class Facts(Schema):
    """The number of an account (or of a contract) and one fact that its paper shows."""

    number: Annotated[StrictStr, Field(max_length=TEXT_CHARS_MAX)]
    fact: FactKind
    value: Annotated[StrictStr, Field(max_length=TEXT_CHARS_MAX)]
    locale: Literal["ru", "en"] = "ru"


class NewPassword(Schema):
    password: Annotated[StrictStr, Field(max_length=TEXT_CHARS_MAX)]


class RegistrationOut(Schema):
    """Where the registration stands; `facts` are the kinds of facts that this company accepts."""

    state: State
    facts: list[FactKind]
    tail: str | None = None
    login: str | None = None
    tries_left: int | None = None
    again_after_s: int | None = None
    expires_at: datetime | None = None


@registration.get("", auth=anyone, response=RegistrationOut, operation_id="registration_get")
def registration_get(request: VisitRequest) -> RegistrationOut:
    """What the page shows now, after a reload as well. The same for a customer who exists and one who does not."""
    return _stands(request.COOKIES.get(COOKIE))


@registration.post("", auth=anyone, response={202: RegistrationOut}, operation_id="registration_begin")
def registration_post(request: VisitRequest, response: HttpResponse, body: Facts) -> Status[RegistrationOut]:
    """Begin: the inside is asked, the answer is awaited by `registration_get`. 422 `unreadable-fact` with `field`."""
    if body.fact not in settings.OKNO.registration_facts:
        raise RefusalError(Refusal.BAD_REQUEST)
    facts = facts_read(body.number, body.fact, body.value)
    token = registration_begin(facts, locale=body.locale, client=request.client)
    response.set_cookie(COOKIE, token, max_age=COOKIE_S, secure=True, httponly=True, samesite="Strict", path="/")
    return Status(202, _stands(token))


@registration.post("/again", auth=anyone, response={202: RegistrationOut}, operation_id="registration_again")
def registration_again_post(request: VisitRequest) -> Status[RegistrationOut]:
    """Another code, or what the inside has not answered once more. 429 before its time, 410 `registration-over`."""
    token = request.COOKIES.get(COOKIE)
    registration_again(token)
    return Status(202, _stands(token))


@registration.post("/code", auth=anyone, response={202: RegistrationOut}, operation_id="registration_code")
def registration_code_post(request: VisitRequest, body: Code) -> Status[RegistrationOut]:
    """The code of the SMS, judged inside: `checking`, then `proven`, `linked` or `refused`."""
    token = request.COOKIES.get(COOKIE)
    code_submit(token, body.code, client=request.client)
    return Status(202, _stands(token))


@registration.post("/password", auth=anyone, response=Opened, operation_id="registration_password")
def registration_password_post(request: VisitRequest, response: HttpResponse, body: NewPassword) -> Opened:
    """The last step: the user is made and signed in. 422 `weak-password` with `reasons`, 409 `already-linked`."""
    token = request.COOKIES.get(COOKIE)
    opened = registration_finish(token, body.password, device=device_of(request), previous=request.visitor)
    session_give(response, opened)
    response.delete_cookie(COOKIE, path="/", samesite="Strict")
    response.cookies[COOKIE]["secure"] = True
    response.cookies[COOKIE]["httponly"] = True
    return Opened()


def _stands(token: str | None) -> RegistrationOut:
    found = standing_of(token)
    return RegistrationOut(
        state=found.state,
        facts=list(settings.OKNO.registration_facts),
        tail=found.tail,
        login=found.login,
        tries_left=found.tries_left,
        again_after_s=found.again_after_s,
        expires_at=found.expires_at,
    )
