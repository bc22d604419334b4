"""What the counter's host serves: notices of payment systems, calls of agents, the way to a payer's bank and back."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from okno.cabinet.kit.http.entry import KnownRequest
from okno.cabinet.payments.providers.port import Received, Reply
from okno.cabinet.payments.services.agents.serving import agent_call
from okno.cabinet.payments.services.counter import confirmation_show, confirmation_take, notice_take


def notice(request: KnownRequest, name: str) -> HttpResponse:
    """A provider's notice at the counter, and the exact reply that it waits for."""
    return _replied(notice_take(name, _received(request)))


def agent(request: KnownRequest, name: str) -> HttpResponse:
    """A call of a bank or of a terminal at the counter."""
    return _replied(agent_call(name, _received(request)))


def confirmation(request: KnownRequest, name: str, attempt: UUID) -> HttpResponse:
    """GET: the page that leads a payer to his bank. POST: he is back, and goes on to his payment."""
    if request.method == "GET":
        shown = confirmation_show(name, attempt)
    elif request.method == "POST":
        shown = confirmation_take(name, attempt, request.body)
    else:
        return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED)
    answer = HttpResponse(shown.body, status=shown.status, content_type="text/html; charset=utf-8")
    answer["Content-Security-Policy"] = shown.policy
    if shown.location:
        answer["Location"] = shown.location
    return answer


def _received(request: KnownRequest) -> Received:
    return Received(
        method=request.method or "",
        headers={key.lower(): value for key, value in request.headers.items()},
        peer=request.client.address,
        query=request.META.get("QUERY_STRING", ""),
        body=request.body,
    )


def _replied(reply: Reply) -> HttpResponse:
    return HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)


def not_here(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's own
    """Whatever else somebody asks the counter for."""
    return HttpResponse(status=HTTPStatus.NOT_FOUND)
