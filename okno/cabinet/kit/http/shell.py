"""The page of the portal's app: one HTML file, the same for every route, with a fresh nonce for its scripts."""

from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from okno.cabinet.kit.http.entry import KnownRequest
from okno.cabinet.kit.problems import Refusal, problem_response

MARK = "__NONCE__"

_held: dict[str, tuple[int, str]] = {}


@require_safe
def shell(request: KnownRequest) -> HttpResponse:
    """index.html of `portal_dist`, read anew when it changes; 503 while the app is not built."""
    file = Path(settings.OKNO.portal_dist or ".") / "index.html"
    try:
        written_ns = file.stat().st_mtime_ns
    except FileNotFoundError:
        return problem_response(request, Refusal.UNAVAILABLE)
    held = _held.get(str(file))
    if held is None or held[0] != written_ns:
        held = _held[str(file)] = (written_ns, file.read_text(encoding="utf-8"))
    nonce = str(request.csp_nonce)  # type: ignore[attr-defined]  # set by django-csp's middleware
    response = HttpResponse(held[1].replace(MARK, nonce))
    # Browsers differ in whether 'self' covers the socket's scheme.
    scheme = "wss" if request.is_secure() else "ws"
    response._csp_update = {"connect-src": [f"{scheme}://{request.get_host()}"]}  # type: ignore[attr-defined]  # noqa: SLF001
    return response
