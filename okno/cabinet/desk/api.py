"""The door of the desk: a page with one button (so that a preview of the link does not use it up), then the code.

And the slips of whole districts: begun, looked after, fetched.
"""

import base64
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, cast
from uuid import UUID

import msgspec
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from okno.cabinet.accounts.selectors import NotFoundError
from okno.cabinet.desk.core.rights import Right
from okno.cabinet.desk.selectors import staff_rights
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
from okno.cabinet.documents.press.symbols import matrix_of
from okno.cabinet.documents.services.runs import run_begin, run_file, run_progress
from okno.cabinet.kit.buckets import ThrottledError, take
from okno.cabinet.kit.http.entry import KnownRequest
from okno.cabinet.kit.problems import Refusal, RefusalError, problem_response

View = Callable[..., HttpResponse]
FORMS = ("pdf", "zip")

#: Name in a session of who came by a link and has yet to say a code.
ENTERING = "entering"
CODE_LIFETIME_S = 300
BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_http_methods(["GET", "POST"])
def enter(request: KnownRequest, token: str) -> HttpResponse:
    """GET shows the button, POST goes on to the code."""
    if request.method == "GET":
        return render(request, "desk/enter.html", {"works": True})
    try:
        take("desk-network", request.client.network, using=DATABASE)
        user = staff_enter(token)
    except (LinkError, ThrottledError):
        return _shut(request)
    factor_begin(user_id=user.pk)
    request.session.flush()
    request.session[ENTERING] = {"user": user.pk, "until": time.time() + CODE_LIFETIME_S}
    return HttpResponseRedirect("/code")


@require_http_methods(["GET", "POST"])
def code(request: KnownRequest) -> HttpResponse:
    """GET asks for the code, of a new authenticator with its symbol; POST enters. Too many tries need a new link."""
    entering = request.session.get(ENTERING)
    if entering is None or entering["until"] < time.time():
        return _shut(request)
    user_id, is_wrong = int(entering["user"]), False
    if request.method == "POST":
        try:
            user = factor_pass(user_id=user_id, code=request.POST.get("code", "").strip())
        except ThrottledError:
            request.session.flush()
            return _shut(request)
        except CodeError:
            is_wrong = True
        else:
            request.session.flush()
            login(request, user, backend=BACKEND)
            presence_open(user_id=user.pk, session_hash=session_hash(request))
            return HttpResponseRedirect("/")
    enrolment = factor_enrolment(user_id=user_id)
    symbol = "" if enrolment is None else _picture(enrolment.address)
    shown = {"enrolment": enrolment, "symbol": symbol, "is_wrong": is_wrong}
    return render(request, "desk/code.html", shown, status=403 if is_wrong else 200)


def _shut(request: HttpRequest) -> HttpResponse:
    return render(request, "desk/enter.html", {"works": False}, status=403)


def _picture(address: str) -> str:
    """A symbol as an address of a picture: the policy of the page allows these, and nothing of it is kept."""
    drawing = matrix_of(address.encode()).svg().encode()
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing).decode()}"


def session_hash(request: HttpRequest) -> str:
    """What the store keeps of the session's key."""
    hashed: str = request.session.key_hash  # type: ignore[attr-defined]  # the desk's own session store
    return hashed


def staffed(view: View) -> View:
    """For a person of the staff who may print slips; refusals become problems."""

    @wraps(view)
    def seen(request: HttpRequest, **named: Any) -> HttpResponse:  # noqa: ANN401 (what the route names)
        if not getattr(request.user, "is_staff", False):
            return problem_response(request, Refusal.NO_SESSION)
        staff = int(str(request.user.pk))
        if Right.PRINT_SLIPS not in staff_rights(user_id=staff):
            return problem_response(request, Refusal.FORBIDDEN)
        try:
            return view(request, staff=staff, **named)
        except NotFoundError:
            return problem_response(request, Refusal.NOT_FOUND)
        except RefusalError as error:
            return problem_response(request, error.refusal, retry_after_s=error.retry_after_s)

    return seen


@require_http_methods(["POST"])
@staffed
def runs(request: HttpRequest, *, staff: int) -> HttpResponse:
    """Begin the slips of a district: `system`, `district`, `form` (pdf: a page a slip; zip: a file a slip). 202."""
    asked, form = request.POST, request.POST.get("form", "pdf")
    if form not in FORMS:
        raise RefusalError(Refusal.BAD_REQUEST)
    begun = run_begin(
        staff=staff,
        system=asked.get("system", ""),
        district=asked.get("district", ""),
        form=cast("Literal['pdf', 'zip']", form),
    )
    return JsonResponse({"id": str(begun)}, status=202)


@require_http_methods(["GET"])
@staffed
def runs_progress(request: HttpRequest, run_id: UUID, *, staff: int) -> HttpResponse:  # noqa: ARG001 (a view's signature)
    """How far it is."""
    return JsonResponse(msgspec.to_builtins(run_progress(run_id)))


@require_http_methods(["GET"])
@staffed
def runs_file(request: HttpRequest, run_id: UUID, *, staff: int) -> HttpResponse:
    """The printed slips, or one part of them (`?part=`)."""
    part = request.GET.get("part")
    if part is not None and not (part.isascii() and part.isdigit()):
        raise RefusalError(Refusal.BAD_REQUEST)
    name, content = run_file(run_id, staff=staff, part=None if part is None else int(part))
    kind = "application/zip" if name.endswith(".zip") else "application/pdf"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
