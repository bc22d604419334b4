"""Requests that change something must come from our own page.

Three locks: the cookie is SameSite=Strict; the header X-Okno cannot be sent across origins without a preflight that
nobody answers; Origin (or Sec-Fetch-Site) must be this very host. A body is JSON, which no form can send.
"""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase

from okno.cabinet.kit.http.entry import PORTAL, Handler, KnownRequest
from okno.cabinet.kit.problems import Refusal, problem_response
from okno.cabinet.kit.signals import signal_write

SAFE = frozenset({"GET", "HEAD"})
KNOWN = SAFE | {"POST", "PATCH", "PUT", "DELETE"}
JSON = "application/json"


class ForgeryMiddleware:
    """For the portal; the desk's forms carry Django's own token, a provider's notice proves itself."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: KnownRequest) -> HttpResponseBase:
        if request.zone != PORTAL or request.method in SAFE:
            return self.get_response(request)
        if request.method not in KNOWN:
            return problem_response(request, Refusal.METHOD)
        if not own_page(request):
            signal_write("malicious_csrf", detail={"status": HTTPStatus.FORBIDDEN.value})
            return problem_response(request, Refusal.FORBIDDEN)
        if not json_or_empty(request):
            return problem_response(request, Refusal.BAD_REQUEST)
        return self.get_response(request)


def own_page(request: HttpRequest) -> bool:
    """Whether the request shows all the marks of our page; a browser that sends neither mark of origin is refused."""
    if request.headers.get("X-Okno") != "1":
        return False
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin == f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


def json_or_empty(request: HttpRequest) -> bool:
    if request.content_type == JSON:
        return True
    return not request.content_type and request.headers.get("Content-Length", "0") in {"", "0"}
