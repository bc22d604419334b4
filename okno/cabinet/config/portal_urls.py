"""Routes of the portal's host: the interface, and the one page for everything that the app routes by itself."""

from django.urls import path, re_path

from okno.cabinet.config.api import api
from okno.cabinet.kit.http import errors, probes
from okno.cabinet.kit.http.shell import shell

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.internal

urlpatterns = [
    path("-/live", probes.live),
    path("-/ready", probes.ready),
    path("api/", api.urls),
    # `live` and the static files have servers of their own: what comes here by mistake is not answered with a page.
    re_path(r"^(?!api/|live/|assets/|-/)[a-z0-9/_-]*$", shell, name="shell"),
]
