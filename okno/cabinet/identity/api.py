"""The portal's session over HTTP (`/api/session`, `/api/profile`): each view one domain call, translated in and out."""

import math
from datetime import UTC, datetime
from typing import Annotated, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field, StrictStr

from okno.cabinet.identity.selectors import Visitor, code_state_of, person_of, visitor_of
from okno.cabinet.identity.services import proof, sign_in
from okno.cabinet.identity.services.sessions import Device, session_alive, session_end
from okno.cabinet.identity.services.users import locale_set
from okno.cabinet.kit.buckets import window
from okno.cabinet.kit.http.entry import KnownRequest
from okno.cabinet.kit.problems import Refusal, RefusalError

COOKIE = "__Host-okno"
CLEAR = '"cache", "cookies", "storage"'
TEXT_CHARS_MAX = 1024


class VisitRequest(KnownRequest):
    """A request whose cookie has been looked at."""

    visitor: Visitor | None


class OpenRequest(KnownRequest):
    """A request of somebody signed in."""

    visitor: Visitor


class PendingRequest(KnownRequest):
    """A request of somebody whose code is awaited."""

    visitor: Visitor


def anyone(request: HttpRequest) -> bool:
    """Open to all; tells who it is all the same. Only for what must work before signing in."""
    _look(request)
    return True


def code_awaited(request: HttpRequest) -> bool:
    """The password was right, the code is still to come."""
    visitor = _look(request)
    return visitor is not None and not visitor.is_open


def signed_in(request: HttpRequest) -> bool:
    """The default of every route. What a signed-in person changes moves the idle end; mere looking does not."""
    visitor = _look(request)
    if visitor is None or not visitor.is_open:
        return False
    if request.method != "GET":
        session_alive(visitor)
    return True


def freshly_proved(request: HttpRequest) -> bool:
    """Signed in, and proved within the last minutes: for what changes how money is taken. 403 `proof-needed`."""
    if not signed_in(request):
        return False
    visitor: Visitor = request.visitor  # type: ignore[attr-defined]  # `_look` has put it there
    if not visitor.is_proved:
        raise RefusalError(Refusal.PROOF_NEEDED)
    return True


def _look(request: HttpRequest) -> Visitor | None:
    visitor = visitor_of(request.COOKIES.get(COOKIE))
    request.visitor = visitor  # type: ignore[attr-defined]  # read through the typed requests above
    return visitor


class Credentials(Schema):
    login: Annotated[StrictStr, Field(max_length=TEXT_CHARS_MAX)]
    password: Annotated[StrictStr, Field(max_length=TEXT_CHARS_MAX)]


class Code(Schema):
    code: Annotated[StrictStr, Field(max_length=TEXT_CHARS_MAX)]


class Password(Schema):
    password: Annotated[StrictStr, Field(max_length=TEXT_CHARS_MAX)]


class CodeStep(Schema):
    """A code is on its way to the phone."""

    step: Literal["code"] = "code"
    phone: str
    resend_after_s: int
    expires_in_s: int


class CodeSent(Schema):
    resend_after_s: int
    expires_in_s: int


class Opened(Schema):
    state: Literal["open"] = "open"


class UserOut(Schema):
    name: str
    locale: str


class SessionOut(Schema):
    """`company`: whom this person pays, as it calls itself."""

    state: Literal["closed", "code", "open"]
    user: UserOut | None = None
    phone: str | None = None
    resend_after_s: int | None = None
    expires_at: datetime | None = None
    idle_until: datetime | None = None
    company: str | None = None


class Profile(Schema):
    locale: Literal["ru", "en"]


session = Router(tags=["session"])
profile = Router(tags=["profile"])


@session.get("", auth=anyone, response=SessionOut, operation_id="session_get")
def session_get(request: VisitRequest) -> SessionOut:
    """Whether somebody is signed in; what the page needs to go on after a reload."""
    visitor = request.visitor
    if visitor is None:
        return SessionOut(state="closed")
    if visitor.is_open:
        person = person_of(visitor)
        user = UserOut(name=person.name, locale=person.locale)
        return SessionOut(
            state="open",
            user=user,
            phone=person.phone_mask,
            expires_at=visitor.expires_at,
            idle_until=visitor.idle_until,
            company=settings.OKNO.company,
        )
    return _code_state(visitor)


def _code_state(visitor: Visitor) -> SessionOut:
    state = code_state_of(visitor)
    if state is None:
        return SessionOut(state="closed")
    passed_s = (datetime.now(UTC) - state.sent_at).total_seconds()
    wait_s = max(0, math.ceil(window("sms-phone-30s").per_s - passed_s))
    return SessionOut(state="code", phone=state.phone_mask, resend_after_s=wait_s, expires_at=state.expires_at)


@session.post("/password", auth=anyone, response=CodeStep, operation_id="session_password")
def session_password(request: VisitRequest, response: HttpResponse, body: Credentials) -> CodeStep:
    """First step of signing in. 401 `wrong-credentials` for an unknown login just as for a wrong password."""
    awaited = sign_in.password_submit(
        login=body.login, password=body.password, device=device_of(request), previous=request.visitor
    )
    session_give(response, awaited.token)
    return CodeStep(
        phone=awaited.phone_mask,
        resend_after_s=awaited.sent.resend_after_s,
        expires_in_s=awaited.sent.expires_in_s,
    )


@session.post("/code", auth=code_awaited, response=Opened, operation_id="session_code")
def session_code(request: PendingRequest, response: HttpResponse, body: Code) -> Opened:
    """Second step. 401 `wrong-code` with `tries_left`, 410 `code-expired`."""
    session_give(response, sign_in.code_submit(request.visitor, body.code, device=device_of(request)))
    return Opened()


@session.post("/code/resend", auth=code_awaited, response=CodeSent, operation_id="session_code_resend")
def session_code_resend(request: PendingRequest) -> CodeSent:
    """Another SMS; the code before it is dead."""
    sent = sign_in.code_resend(request.visitor)
    return CodeSent(resend_after_s=sent.resend_after_s, expires_in_s=sent.expires_in_s)


@session.post("/proof", response=CodeStep, operation_id="proof_begin")
def proof_post(request: OpenRequest, body: Password) -> CodeStep:
    """First step of proving again who one is, before what answers 403 `proof-needed`. 401 `wrong-password`."""
    awaited = proof.proof_begin(request.visitor, body.password, device=device_of(request))
    return CodeStep(
        phone=awaited.phone_mask,
        resend_after_s=awaited.sent.resend_after_s,
        expires_in_s=awaited.sent.expires_in_s,
    )


@session.post("/proof/code", response={204: None}, operation_id="proof_finish")
def proof_code_post(request: OpenRequest, response: HttpResponse, body: Code) -> Status[None]:
    """Second step; it holds for minutes. 401 `wrong-code` with `tries_left`, 410 `code-expired`, 409 `wrong-step`."""
    session_give(response, proof.proof_finish(request.visitor, body.code, device=device_of(request)))
    return Status(204, None)


@session.post("/proof/code/resend", response=CodeSent, operation_id="proof_resend")
def proof_resend_post(request: OpenRequest) -> CodeSent:
    """Another SMS; the code before it is dead. 409 `wrong-step` where no password was given before."""
    sent = proof.proof_resend(request.visitor)
    return CodeSent(resend_after_s=sent.resend_after_s, expires_in_s=sent.expires_in_s)


@session.post("/alive", response={204: None}, operation_id="session_alive")
def session_alive_post(request: OpenRequest) -> Status[None]:  # noqa: ARG001 (its authentication moves the idle end)
    """The page is really being used (key or pointer)."""
    return Status(204, None)


@session.delete("", auth=anyone, response={204: None}, operation_id="session_end")
def session_delete(request: VisitRequest, response: HttpResponse) -> Status[None]:
    """Sign out; the browser forgets what it kept. Harmless without a session."""
    if request.visitor is not None:
        session_end(request.visitor, reason="logout")
    response.delete_cookie(COOKIE, path="/", samesite="Strict")
    response.cookies[COOKIE]["secure"] = True
    response.cookies[COOKIE]["httponly"] = True
    response["Clear-Site-Data"] = CLEAR
    return Status(204, None)


@profile.patch("", response=Profile, operation_id="profile_change")
def profile_change(request: OpenRequest, body: Profile) -> Profile:
    """The language of the portal and of its messages."""
    locale_set(user_id=request.visitor.user_id, locale=body.locale)
    return body


def session_give(response: HttpResponse, token: str) -> None:
    """The session's cookie: of this host alone, out of reach of scripts, gone with the browser."""
    response.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="Strict", path="/")


def device_of(request: KnownRequest) -> Device:
    """Where the request comes from, as far as a session keeps it."""
    return Device(request.client.address, request.client.network, request.headers.get("User-Agent", ""))
