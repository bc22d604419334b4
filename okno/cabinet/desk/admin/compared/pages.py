"""Pages where staff brings a statement, says whose a transfer is, and ends a difference."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from okno.cabinet.desk.admin.compared import words
from okno.cabinet.desk.admin.figures import moment_text
from okno.cabinet.desk.admin.site import may, site
from okno.cabinet.desk.core.rights import Right
from okno.cabinet.desk.models import DifferenceRow, LineRow
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.reconciliation.core.statements.model import StatementError
from okno.cabinet.reconciliation.core.statements.reading import FILE_BYTES_MAX
from okno.cabinet.reconciliation.services.importing import statement_import
from okno.cabinet.reconciliation.services.resolving import (
    accounts_alike,
    difference_close,
    difference_take,
    line_resolve,
)

Facts = tuple[tuple[str, str], ...]


@require_http_methods(["GET", "POST"])
def load_page(request: HttpRequest) -> HttpResponse:
    """Bring a bank's file: it is taken whole, or not at all and with the line that is wrong."""
    _allowed(request, Right.IMPORT_STATEMENT)
    file = request.FILES.get("file") if request.method == "POST" else None
    if file is None:
        return _page(request, "desk/statement_load.html", "Загрузить выписку")
    try:
        # One byte more than is taken: the reader sees that there is too much, and the rest stays where it is.
        taken = statement_import(name=file.name or "", content=file.read(FILE_BYTES_MAX + 1), by=_by(request))
    except StatementError as error:
        where = f"Строка {error.line}: " if error.line else ""
        messages.error(request, f"Файл не загружен. {where}{words.FILE_ERRORS[error.code]}. {error.text}".strip())
        return HttpResponseRedirect(request.path)
    messages.success(request, f"Строк в файле: {taken.lines}, из них новых: {taken.fresh}.")
    return HttpResponseRedirect(reverse("desk:desk_statementrow_changelist"))


@require_http_methods(["GET", "POST"])
def line_page(request: HttpRequest, line_id: UUID) -> HttpResponse:
    """A transfer: in the queue it gets an account, or is said to be not ours."""
    line = get_object_or_404(LineRow, pk=line_id)
    if request.method == "POST":
        _allowed(request, Right.SETTLE_DIFFERENCE)
        foreign = request.POST.get("act") == "foreign"

        def decide() -> None:
            account = None if foreign else _uuid(request.POST.get("account", ""))
            line_resolve(line_id=line_id, account_id=account, by=_by(request))

        return _done(request, decide, "Отмечено: не наше." if foreign else "Перевод зачисляется на счёт.")
    facts: Facts = (
        ("Сумма", words.money(line.amount, line.currency)),
        ("День", f"{line.day:%d.%m.%Y}"),
        ("Плательщик", line.payer or "—"),
        ("ИНН", line.payer_inn or "—"),
        ("Счёт плательщика", line.payer_account or "—"),
        ("Назначение", line.purpose or "—"),
        ("Номер в банке", line.reference or "—"),
        ("Состояние", f"{words.LINE_STATES[line.state]}. {words.REASONS[line.reason]}".removesuffix(". ")),
        ("Решил", f"{line.decided_by}, {moment_text(line.decided_at)}" if line.decided_by else "—"),
    )
    alike = [
        (account, f"…{tail}, {words.money(balance, currency)}{', закрыт' if status == 'closed' else ''}")
        for account, tail, balance, currency, status in accounts_alike(line.marks, line.currency)
    ]
    given = {"facts": facts, "waits": line.state == "queued" and _settles(request), "alike": alike}
    return _page(request, "desk/line.html", "Перевод из банка", **given)


@require_http_methods(["GET", "POST"])
def difference_page(request: HttpRequest, difference_id: UUID) -> HttpResponse:
    """A difference: somebody takes it, somebody closes it with a word."""
    row = get_object_or_404(DifferenceRow, pk=difference_id)
    if request.method == "POST":
        _allowed(request, Right.SETTLE_DIFFERENCE)
        by = _by(request)
        if request.POST.get("act") == "take":
            owner = request.user.get_username()
            return _done(
                request, lambda: difference_take(difference_id=difference_id, by=by, owner=owner), "Теперь оно за вами."
            )
        word = request.POST.get("word", "")
        return _done(
            request, lambda: difference_close(difference_id=difference_id, by=by, word=word), "Расхождение закрыто."
        )
    facts: Facts = (
        ("Что не сходится", words.KINDS[row.kind]),
        ("День", f"{row.day_id:%d.%m.%Y}"),
        ("Платёжная система", row.provider),
        ("Номер", row.subject),
        ("У системы", words.money(row.there, row.currency)),
        ("В Окне", words.money(row.here, row.currency)),
        ("В учёте", words.money(row.books, row.currency)),
        ("Состояние", words.DIFFERENCE_STATES[row.state]),
        ("За кем", row.owner),
        ("Возраст", words.age(row.opened_at, row.closed_at)),
        ("Чем кончилось", f"{row.word} ({row.closed_by})" if row.closed_by else "—"),
    )
    return _page(
        request, "desk/difference.html", "Расхождение", facts=facts, waits=row.state == "open" and _settles(request)
    )


def _page(request: HttpRequest, template: str, title: str, **given: object) -> HttpResponse:
    return render(request, template, {**site.each_context(request), "title": title, **given})


def _done(request: HttpRequest, act: Callable[[], None], word: str) -> HttpResponse:
    try:
        act()
    except RefusalError as error:
        messages.error(request, words.REFUSED[error.refusal])
    else:
        messages.success(request, word)
    return HttpResponseRedirect(request.path)


def _settles(request: HttpRequest) -> bool:
    return may(request, Right.SETTLE_DIFFERENCE)


def _allowed(request: HttpRequest, right: Right) -> None:
    """Raises PermissionDenied."""
    if not may(request, right):
        raise PermissionDenied


def _uuid(text: str) -> UUID:
    """Raises RefusalError bad-request."""
    try:
        return UUID(text.strip())
    except ValueError as error:
        raise RefusalError(Refusal.BAD_REQUEST) from error


def _by(request: HttpRequest) -> str:
    return f"staff:{request.user.pk}"
