"""The door of the desk: a page with one button (so that a preview of the link does not use it up), then a proof.

The proof is a key (WebAuthn). A demonstration, or a company that settles for less, also takes a code of an
authenticator, from who has no key: a key once enrolled is never gone round.
"""

import base64
import time
from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from okno.cabinet.desk.services import (
    DATABASE,
    CodeError,
    LinkError,
    factor_begin,
    factor_enrolment,
    factor_pass,
    presence_open,
    staff_enter,
)
from okno.cabinet.desk.services.keys import (
    Answer,
    Asked,
    KeyAnswerError,
    KeysError,
    Page,
    entered_lately,
    key_ask,
    key_enrol,
    key_forget,
    key_new_ask,
    key_pass,
    keys_of,
)
from okno.cabinet.documents.press.symbols import matrix_of
from okno.cabinet.kit.buckets import ThrottledError, take
from okno.cabinet.kit.http.entry import KnownRequest

#: Names in a session: who came by a link and has yet to prove himself; what a key was asked last.
ENTERING = "entering"
CHALLENGE = "challenge"
PROOF_LIFETIME_S = 300
BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_http_methods(["GET", "POST"])
def enter(request: KnownRequest, token: str) -> HttpResponse:
    """GET shows the button, POST goes on to the proof."""
    if request.method == "GET":
        return render(request, "desk/enter.html", {"works": True})
    try:
        take("desk-network", request.client.network, using=DATABASE)
        user = staff_enter(token)
    except (LinkError, ThrottledError):
        return _shut(request)
    request.session.flush()
    request.session[ENTERING] = {"user": user.pk, "until": time.time() + PROOF_LIFETIME_S}
    if not _takes_codes(user.pk):
        return HttpResponseRedirect("/key")
    factor_begin(user_id=user.pk)
    return HttpResponseRedirect("/code")


@require_http_methods(["GET", "POST"])
def code(request: KnownRequest) -> HttpResponse:
    """GET asks for the code, of a new authenticator with its symbol; POST enters. Too many tries need a new link."""
    user_id = _entering(request)
    if user_id is None:
        return _shut(request)
    if not _takes_codes(user_id):
        return HttpResponseRedirect("/key")
    is_wrong = False
    if request.method == "POST":
        try:
            user = factor_pass(user_id=user_id, code=request.POST.get("code", "").strip())
        except ThrottledError:
            return _shut(request)
        except CodeError:
            is_wrong = True
        else:
            return _in(request, user)
    enrolment = factor_enrolment(user_id=user_id)
    symbol = "" if enrolment is None else _picture(enrolment.address)
    shown = {"enrolment": enrolment, "symbol": symbol, "is_wrong": is_wrong}
    return render(request, "desk/code.html", shown, status=403 if is_wrong else 200)


@require_http_methods(["GET", "POST"])
def key(request: KnownRequest) -> HttpResponse:
    """GET asks for a key of the person's, or for his first; POST enters by its answer. Few tries, then a new link."""
    user_id = _entering(request)
    if user_id is None:
        return _shut(request)
    is_first = not keys_of(user_id)
    if is_first and _has_code(user_id):
        return HttpResponseRedirect("/code")
    is_wrong = False
    if request.method == "POST":
        prove = key_enrol if is_first else key_pass
        try:
            return _in(request, prove(user_id=user_id, answer=_answer(request)))
        except ThrottledError:
            return _shut(request)
        except KeyAnswerError:
            is_wrong = True
    asked = (key_new_ask if is_first else key_ask)(user_id=user_id, page=_page(request))
    shown = {"is_first": is_first, "is_wrong": is_wrong, "takes_codes": _takes_codes(user_id)}
    return render(request, "desk/key.html", _remembered(request, asked, shown), status=403 if is_wrong else 200)


@require_http_methods(["GET", "POST"])
def keys(request: KnownRequest) -> HttpResponse:
    """The keys of who is in: one more, one less. Only who entered lately may; a walked-off desk gives no key away."""
    if not getattr(request.user, "is_staff", False):
        return _shut(request)
    user_id, said = int(str(request.user.pk)), ""
    is_fresh = entered_lately(user_id=user_id)
    if request.method == "POST":
        said = _changed(request, user_id) if is_fresh else "stale"
        if not said:
            return HttpResponseRedirect("/keys")
    shown = {"keys": keys_of(user_id), "said": said, "said_wrong": said == "wrong", "is_fresh": is_fresh}
    asked = key_new_ask(user_id=user_id, page=_page(request))
    return render(request, "desk/keys.html", _remembered(request, asked, shown), status=403 if said else 200)


def _changed(request: KnownRequest, user_id: int) -> str:
    """Do what the form says; a word for why it was not done."""
    try:
        if "forget" in request.POST:
            key_forget(user_id=user_id, key_id=UUID(request.POST["forget"]))
        else:
            key_enrol(user_id=user_id, answer=_answer(request))
    except KeysError as error:
        return str(error)
    except (KeyAnswerError, ThrottledError, ValueError):
        return "wrong"
    return ""


def _entering(request: KnownRequest) -> int | None:
    entering = request.session.get(ENTERING)
    return None if entering is None or entering["until"] < time.time() else int(entering["user"])


def _takes_codes(user_id: int) -> bool:
    return settings.OKNO.staff_codes and not keys_of(user_id)


def _has_code(user_id: int) -> bool:
    """Whether an authenticator stands for the person already: a link alone may not put a key beside it."""
    return _takes_codes(user_id) and factor_enrolment(user_id=user_id) is None


def _page(request: HttpRequest) -> Page:
    """Where the key is asked. The host is one of ours: others were refused before."""
    host = request.get_host()
    return Page(host.partition(":")[0], f"{request.scheme}://{host}")


def _remembered(request: KnownRequest, asked: Asked, shown: Mapping[str, object]) -> dict[str, object]:
    """What the page shows; the challenge stays here, for one answer."""
    request.session[CHALLENGE] = bytes_to_base64url(asked.challenge)
    return {**shown, "options": asked.options}


def _answer(request: KnownRequest) -> Answer:
    challenge = base64url_to_bytes(request.session.pop(CHALLENGE, ""))
    return Answer(_page(request), challenge, request.POST.get("answer", ""))


def _in(request: KnownRequest, user: User) -> HttpResponse:
    request.session.flush()
    login(request, user, backend=BACKEND)
    presence_open(user_id=user.pk, session_hash=session_hash(request))
    return HttpResponseRedirect("/")


def _shut(request: KnownRequest) -> HttpResponse:
    if _entering(request) is not None:
        request.session.flush()
    return render(request, "desk/enter.html", {"works": False}, status=403)


def _picture(address: str) -> str:
    """A symbol as an address of a picture: the policy of the page allows these, and nothing of it is kept."""
    drawing = matrix_of(address.encode()).svg().encode()
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing).decode()}"


def session_hash(request: HttpRequest) -> str:
    """What the store keeps of the session's key."""
    hashed: str = request.session.key_hash  # type: ignore[attr-defined]  # the desk's own session store
    return hashed
