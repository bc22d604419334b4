"""The outermost layer: host decides the zone, each request gets an id, a log line without personal data, an answer."""

import time
from collections.abc import Callable
from http import HTTPStatus

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase

from okno.cabinet.kit.http.client import Client, client_of
from okno.cabinet.kit.problems import Refusal, problem_response

PORTAL = "portal"
DESK = "desk"
COUNTER = "counter"

Handler = Callable[[HttpRequest], HttpResponseBase]
log = structlog.get_logger("okno.web")


class KnownRequest(HttpRequest):
    """What views may rely on after this layer."""

    client: Client
    request_id: str
    zone: str


class EntryMiddleware:
    """Unknown hosts are refused; each zone's hosts get its own routes, so none can reach another's."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: KnownRequest) -> HttpResponseBase:
        began = time.perf_counter()
        request.client = client_of(request)
        request.request_id = request.client.request_id
        if request.client.secure:
            request.META["wsgi.url_scheme"] = "https"
        response = self._answer(request)
        response["X-Request-Id"] = request.request_id
        match = request.resolver_match
        log.info(
            "request",
            method=request.method if request.method in {"GET", "HEAD", "POST", "PATCH", "DELETE"} else "other",
            route=match.route if match else None,
            status=response.status_code,
            duration_ms=round((time.perf_counter() - began) * 1000, 1),
            request_id=request.request_id,
        )
        return response

    def _answer(self, request: KnownRequest) -> HttpResponseBase:
        try:
            host = request.get_host().partition(":")[0].lower()
        except DisallowedHost:
            request.zone = PORTAL
            return problem_response(request, Refusal.BAD_REQUEST)
        request.zone = zone_of(host)
        if request.zone in settings.URLCONFS:
            request.urlconf = settings.URLCONFS[request.zone]
        response = self.get_response(request)
        return wrong_method(request, response) if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED else response


def zone_of(host: str) -> str:
    if host in settings.OKNO.desk_hosts:
        return DESK
    return COUNTER if host in settings.OKNO.counter_hosts else PORTAL


def wrong_method(request: KnownRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Django and ninja answer a method without a route in their own way; here it is a problem like all others."""
    answer = problem_response(request, Refusal.METHOD)
    for name, value in response.items():
        if name != "Content-Type":
            answer[name] = value
    return answer
