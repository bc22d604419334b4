"""The portal's HTTP interface put together. Every route needs a signed-in person unless it says otherwise."""

from typing import Any

import msgspec
import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser

from okno.cabinet.accounts import api as accounts_api
from okno.cabinet.accounts.selectors import NotFoundError
from okno.cabinet.config.logs import places
from okno.cabinet.documents import api as documents_api
from okno.cabinet.identity import api as identity_api
from okno.cabinet.identity.api import signed_in
from okno.cabinet.kit.buckets import ThrottledError
from okno.cabinet.kit.http.patience import RETRY_AFTER_S, is_crowded
from okno.cabinet.kit.problems import Refusal, RefusalError, problem_response
from okno.cabinet.kit.signals import signal_write
from okno.cabinet.payments.api import autopay as autopay_api
from okno.cabinet.payments.api import customer as payments_api
from okno.cabinet.payments.api import links as links_api
from okno.cabinet.payments.api import promises as promises_api

log = structlog.get_logger("okno.web")


class StrictParser(Parser):
    """UTF-8 JSON and nothing else."""

    def parse_body(self, request: HttpRequest) -> Any:  # noqa: ANN401 (any JSON value)
        return msgspec.json.decode(request.body)


api = NinjaAPI(
    title="Okno portal",
    version="1",
    description="What the customer's page asks of the cabinet. Balances, operations and push come from `live`.",
    urls_namespace="portal-api",
    auth=signed_in,
    parser=StrictParser(),
    docs_url=None,
    openapi_url=None,
)
api.add_router("/session", identity_api.session)
api.add_router("/profile", identity_api.profile)
api.add_router("/accounts", accounts_api.accounts)
api.add_router("/accounts", documents_api.asking)
api.add_router("/documents", documents_api.documents)
api.add_router("/requests", accounts_api.requests)
api.add_router("/registration", accounts_api.registration)
api.add_router("/payments", payments_api.payments)
api.add_router("/links/open", links_api.opened)
api.add_router("/links", links_api.links)
api.add_router("/promises", promises_api.promises)
api.add_router("/autopay", autopay_api.autopay)


@api.exception_handler(RefusalError)
def refused(request: HttpRequest, error: RefusalError) -> HttpResponse:
    return problem_response(request, error.refusal, retry_after_s=error.retry_after_s, **error.members)


@api.exception_handler(ThrottledError)
def throttled(request: HttpRequest, error: ThrottledError) -> HttpResponse:
    signal_write("excess_rate_limit_exceeded", detail={"scope": error.scope})
    return problem_response(request, Refusal.THROTTLED, retry_after_s=error.retry_after_s)


@api.exception_handler(NotFoundError)
def not_found(request: HttpRequest, error: NotFoundError) -> HttpResponse:
    visitor = getattr(request, "visitor", None)
    signal_write(
        "authz_fail",
        session_id=visitor.session_id if visitor else None,
        user_id=visitor.user_id if visitor else None,
        detail={"kind": error.kind},
    )
    return problem_response(request, Refusal.NOT_FOUND)


@api.exception_handler(AuthenticationError)
def unauthenticated(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return problem_response(request, Refusal.NO_SESSION)


@api.exception_handler(ValidationError)
@api.exception_handler(HttpError)
def malformed(request: HttpRequest, _error: ValidationError | HttpError) -> HttpResponse:
    return problem_response(request, Refusal.BAD_REQUEST)


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
    return problem_response(request, Refusal.TOO_LARGE)


@api.exception_handler(Exception)
def broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """A mistake of ours. The reader gets a code to quote, the log gets the place. A crowd is no mistake."""
    crowd = is_crowded(error)
    told = {
        "kind": type(error.__cause__ if crowd else error).__name__,
        "exception": places(error.__traceback__),
        "request_id": getattr(request, "request_id", None),
    }
    if crowd:
        log.warning("database-crowded", **told)
        return problem_response(request, Refusal.UNAVAILABLE, retry_after_s=RETRY_AFTER_S)
    log.error("unhandled", **told)
    return problem_response(request, Refusal.INTERNAL)
