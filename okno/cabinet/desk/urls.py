"""Routes of the desk's host."""

from pathlib import Path

from django import contrib
from django.urls import path, re_path
from django.views.static import serve

from okno.cabinet.desk.admin import site
from okno.cabinet.desk.api.door import code, enter, key, keys
from okno.cabinet.desk.api.slips import runs, runs_file, runs_progress
from okno.cabinet.kit.http import errors, probes

ADMIN_STATIC = Path(contrib.__path__[0]) / "admin" / "static"
DESK_STATIC = Path(__file__).parent / "static"

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.internal

urlpatterns = [
    path("-/live", probes.live),
    path("-/ready", probes.ready),
    path("enter/<str:token>", enter, name="desk-enter"),
    path("code", code),
    path("key", key),
    path("keys", keys, name="desk-keys"),
    path("documents/runs", runs),
    path("documents/runs/<uuid:run_id>", runs_progress),
    path("documents/runs/<uuid:run_id>/file", runs_file),
    re_path(r"^static/(?P<path>admin/.+)$", serve, {"document_root": ADMIN_STATIC}),
    re_path(r"^static/(?P<path>desk/.+)$", serve, {"document_root": DESK_STATIC}),
    path("", site.urls),
]
