"""The slips of whole districts: begun, looked after, fetched."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, cast
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from okno.cabinet.accounts.selectors import NotFoundError
from okno.cabinet.desk.core.rights import Right
from okno.cabinet.desk.selectors import staff_rights
from okno.cabinet.documents.services.runs import run_begin, run_file, run_progress
from okno.cabinet.kit.problems import Refusal, RefusalError, problem_response

View = Callable[..., HttpResponse]
FORMS = ("pdf", "zip")


def staffed(view: View) -> View:
    """For a person of the staff who may print slips; refusals become problems."""

    @wraps(view)
    def seen(request: HttpRequest, **named: Any) -> HttpResponse:  # noqa: ANN401 (what the route names)
        if not getattr(request.user, "is_staff", False):
            return problem_response(request, Refusal.NO_SESSION)
        staff = int(str(request.user.pk))
        if Right.PRINT_SLIPS not in staff_rights(user_id=staff):
            return problem_response(request, Refusal.FORBIDDEN)
        try:
            return view(request, staff=staff, **named)
        except NotFoundError:
            return problem_response(request, Refusal.NOT_FOUND)
        except RefusalError as error:
            return problem_response(request, error.refusal, retry_after_s=error.retry_after_s)

    return seen


@require_http_methods(["POST"])
@staffed
def runs(request: HttpRequest, *, staff: int) -> HttpResponse:
    """Begin the slips of a district: `system`, `district`, `form` (pdf: a page a slip; zip: a file a slip). 202."""
    asked, form = request.POST, request.POST.get("form", "pdf")
    if form not in FORMS:
        raise RefusalError(Refusal.BAD_REQUEST)
    begun = run_begin(
        staff=staff,
        system=asked.get("system", ""),
        district=asked.get("district", ""),
        form=cast("Literal['pdf', 'zip']", form),
    )
    return JsonResponse({"id": str(begun)}, status=202)


@require_http_methods(["GET"])
@staffed
def runs_progress(request: HttpRequest, run_id: UUID, *, staff: int) -> HttpResponse:  # noqa: ARG001 (a view's signature)
    """How far it is."""
    return JsonResponse(msgspec.to_builtins(run_progress(run_id)))


@require_http_methods(["GET"])
@staffed
def runs_file(request: HttpRequest, run_id: UUID, *, staff: int) -> HttpResponse:
    """The printed slips, or one part of them (`?part=`)."""
    part = request.GET.get("part")
    if part is not None and not (part.isascii() and part.isdigit()):
        raise RefusalError(Refusal.BAD_REQUEST)
    name, content = run_file(run_id, staff=staff, part=None if part is None else int(part))
    kind = "application/zip" if name.endswith(".zip") else "application/pdf"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
