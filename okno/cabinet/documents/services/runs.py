"""Slips of a district, for staff: begun here, carried on by the worker, fetched here. Runs as the role `okno_desk`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from okno.cabinet.accounts.models import System
from okno.cabinet.accounts.selectors import NotFoundError
from okno.cabinet.documents.core.districts import DISTRICT_CHARS, words
from okno.cabinet.documents.models import Run, RunPart
from okno.cabinet.documents.press.bulk import Form, archive
from okno.cabinet.documents.press.closing import part_open
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.jobs.services import job_enqueue
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.protocol.ids import new_id

DATABASE = "desk"
JOB = "documents.run"
KEPT_FOR = timedelta(days=7)
#: Larger runs are fetched part by part.
WHOLE_PARTS_MAX = 8


@dataclass(frozen=True)
class Progress:
    """How far a run is: customers looked at, slips found, told by the inside, failed, printed; numbers of its parts."""

    id: UUID
    state: str
    trouble: str | None
    looked_at: int
    found: int
    told: int
    failed: int
    printed: int
    parts: tuple[int, ...]


def run_begin(*, staff: int, system: str, district: str, form: Form) -> UUID:
    """Begin a run; returns its id. Raises RefusalError bad-request for a district without words, NotFoundError."""
    if len(district) not in DISTRICT_CHARS or not words(district):
        raise RefusalError(Refusal.BAD_REQUEST)
    with transaction.atomic(using=DATABASE):
        if not System.objects.using(DATABASE).filter(id=system).exists():
            raise NotFoundError("system")
        run = Run(
            id=UUID(new_id()),
            system=system,
            district=district,
            form=form,
            staff=staff,
            expires_at=datetime.now(UTC) + KEPT_FOR,
        )
        run.save(force_insert=True, using=DATABASE)
        job_enqueue(kind=JOB, payload={"run": str(run.id)}, using=DATABASE)
        audit_write(
            actor=f"staff:{staff}",
            action="slips.begin",
            subject=f"run:{run.id}",
            detail={"system": system, "district": district, "form": form},
            using=DATABASE,
        )
    return run.id


def run_progress(run_id: UUID) -> Progress:
    """Raises NotFoundError."""
    run = Run.objects.using(DATABASE).filter(id=run_id, expires_at__gt=datetime.now(UTC)).first()
    if run is None:
        raise NotFoundError("run")
    parts = RunPart.objects.using(DATABASE).filter(run_id=run_id).order_by("number").values_list("number", flat=True)
    counts = (run.looked_at, run.found, run.told, run.failed, run.printed)
    return Progress(run.id, run.state, run.trouble, *counts, tuple(parts))


def run_file(run_id: UUID, *, staff: int, part: int | None = None) -> tuple[str, bytes]:
    """Name and content of a finished run, or of one part of it: one PDF or ZIP, of several parts a ZIP of them.

    Raises NotFoundError, RefusalError not-ready, too-large for a whole run of more parts than WHOLE_PARTS_MAX.
    """
    progress = run_progress(run_id)
    wanted = progress.parts if part is None else tuple(number for number in progress.parts if number == part)
    if progress.state != "done":
        raise RefusalError(Refusal.NOT_READY, retry_after_s=5)
    if not wanted:
        raise NotFoundError("part")
    if len(wanted) > WHOLE_PARTS_MAX:
        raise RefusalError(Refusal.TOO_LARGE)
    form = Run.objects.using(DATABASE).values_list("form", flat=True).get(id=run_id)
    files = [(f"slips-{number:07}.{form}", _content(run_id, number)) for number in wanted]
    with transaction.atomic(using=DATABASE):
        audit_write(actor=f"staff:{staff}", action="slips.file", subject=f"run:{run_id}", using=DATABASE)
    return files[0] if len(files) == 1 else ("slips.zip", archive(files))


def _content(run_id: UUID, number: int) -> bytes:
    closed = RunPart.objects.using(DATABASE).values_list("content", flat=True).get(run_id=run_id, number=number)
    return part_open(settings.OKNO.documents_key, str(run_id), number, bytes(closed))
