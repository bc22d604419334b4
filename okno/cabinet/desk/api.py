"""The door of the desk: a page with one button (so that a preview of the link does not use it up), then the lists."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from okno.cabinet.desk.services import DATABASE, LinkError, presence_open, staff_enter
from okno.cabinet.kit.buckets import ThrottledError, take
from okno.cabinet.kit.http.entry import KnownRequest

BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_http_methods(["GET", "POST"])
def enter(request: KnownRequest, token: str) -> HttpResponse:
    """GET shows the button, POST enters."""
    if request.method == "GET":
        return render(request, "desk/enter.html", {"works": True})
    try:
        take("desk-network", request.client.network, using=DATABASE)
        user = staff_enter(token)
    except (LinkError, ThrottledError):
        return render(request, "desk/enter.html", {"works": False}, status=403)
    login(request, user, backend=BACKEND)
    presence_open(user_id=user.pk, session_hash=session_hash(request))
    return HttpResponseRedirect("/")


def session_hash(request: HttpRequest) -> str:
    """What the store keeps of the session's key."""
    hashed: str = request.session.key_hash  # type: ignore[attr-defined]  # the desk's own session store
    return hashed
