"""What a supervisor asks: is the process alive, may it get requests."""

import structlog
from django.conf import settings
from django.db import DatabaseError, connections
from django.http import HttpResponse

from okno.cabinet.kit.http.entry import DESK, KnownRequest

log = structlog.get_logger("okno.web")


def live(_request: KnownRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return HttpResponse("live\n", content_type="text/plain")


def ready(request: KnownRequest) -> HttpResponse:
    """200 when the zone's own database role can read, 503 otherwise."""
    alias = "desk" if request.zone == DESK else "default"
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        log.warning("not-ready", alias=alias, serves=settings.OKNO.serves)
        return HttpResponse("database\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")
