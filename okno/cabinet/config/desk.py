"""What only the desk's host passes through: Django's sessions, staff, form tokens. The portal never touches them."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from csp.constants import NONE, SELF
from django.contrib.auth import logout
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.middleware import SessionMiddleware
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware

from okno.cabinet.desk.api.door import session_hash
from okno.cabinet.desk.selectors import staff_present
from okno.cabinet.kit.http.entry import DESK, Handler, KnownRequest
from okno.cabinet.kit.problems import Refusal, problem_response

KEY_HASH_CHARS = 40  # the column's width: 160 bits

POLICY: dict[str, list[str]] = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}


class SessionStore(DatabaseStore):
    """Django's table keeps session keys in clear; here it keeps their hashes, so that a dump opens no session."""

    @property
    def key_hash(self) -> str:
        return self._hashed(self.session_key or "")

    @staticmethod
    def _hashed(key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()[:KEY_HASH_CHARS]

    def exists(self, session_key: str) -> bool:
        return super().exists(self._hashed(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = self.key_hash
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(self._hashed(key))

    def _get_session_from_db(self) -> Session | None:
        row = Session.objects.filter(session_key=self.key_hash).first()
        if row is None or row.expire_date <= datetime.now(UTC):
            self._session_key = None
            return None
        return row


def on_desk(request: HttpRequest) -> bool:
    return getattr(request, "zone", None) == DESK


class SessionsMiddleware(SessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        if on_desk(request):
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        return super().process_response(request, response) if on_desk(request) else response


class FormsMiddleware(CsrfViewMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        if on_desk(request):
            super().process_request(request)

    def process_view(
        self,
        request: HttpRequest,
        callback: Callable[..., HttpResponseBase],
        callback_args: tuple[object, ...],
        callback_kwargs: dict[str, object],
    ) -> HttpResponseForbidden | None:
        return super().process_view(request, callback, callback_args, callback_kwargs) if on_desk(request) else None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return super().process_response(request, response) if on_desk(request) else response


class StaffMiddleware(AuthenticationMiddleware):
    """A person of the staff, in the one session of the working day."""

    def process_request(self, request: HttpRequest) -> None:
        if not on_desk(request):
            return
        super().process_request(request)
        user_id = request.user.pk
        if user_id is not None and not staff_present(user_id=user_id, session_hash=session_hash(request)):
            logout(request)


class NotesMiddleware(MessageMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        if on_desk(request):
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        return super().process_response(request, response) if on_desk(request) else response


class PolicyMiddleware:
    """The desk's pages are Django's own: scripts and styles from this host alone, none inline."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: KnownRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.zone == DESK:
            # Under `no-referrer` browsers send a form with `Origin: null`, which its token check must refuse.
            response["Referrer-Policy"] = "same-origin"
            response._csp_config = POLICY  # type: ignore[attr-defined]  # noqa: SLF001 (django-csp's way for one answer)
        return response


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """A form without its token."""
    return problem_response(request, Refusal.FORBIDDEN)
