"""One payment for staff: everything about it, and the forms that ask, approve and decline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time
from functools import partial
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from okno.cabinet.desk.admin.sheet import sheet_of
from okno.cabinet.desk.admin.site import site
from okno.cabinet.desk.admin.words import REFUSALS, zone
from okno.cabinet.desk.services import DATABASE
from okno.cabinet.payments.models import Payment
from okno.cabinet.payments.services.refunding.asking import refund_ask, refund_close, refund_decide
from okno.cabinet.payments.services.refunding.disputes import Step, chargeback_change, chargeback_enter
from okno.cabinet.payments.services.refunding.misdirected import move_ask, move_decide
from okno.cabinet.payments.services.refunding.requests import ReturnRefusedError

Form = Mapping[str, str]
Deed = Callable[[int, Form], object]

END_OF_DAY = time(23, 59, 59)


@require_http_methods(["GET", "POST"])
def payment_page(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """GET shows it; POST does what a form or a button says (`act`), and shows what came of it."""
    payment = Payment.objects.using(DATABASE).filter(id=payment_id).first()
    if payment is None:
        raise Http404
    staff = int(str(request.user.pk))
    if request.method == "POST":
        _do(request, staff)
        return HttpResponseRedirect(request.path)
    sheet = sheet_of(payment, staff)
    return render(request, "desk/payment.html", {**site.each_context(request), "title": sheet.title, "sheet": sheet})


def _do(request: HttpRequest, staff: int) -> None:
    deed = DEEDS.get(request.POST.get("act", ""))
    if deed is None:
        messages.error(request, REFUSALS["unknown"])
        return
    word, run = deed
    try:
        run(staff, {name: str(value) for name, value in request.POST.items()})
    except ReturnRefusedError as error:
        messages.error(request, REFUSALS[error.code])
    else:
        messages.success(request, word)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _known(form: Form, name: str) -> UUID:
    """Raises ReturnRefusedError unknown."""
    found = _id(form.get(name, ""))
    if found is None:
        raise ReturnRefusedError("unknown")
    return found


def _moment(form: Form, name: str, at: time) -> datetime:
    """A day of the company's calendar. Raises ReturnRefusedError term."""
    try:
        return datetime.combine(datetime.fromisoformat(form.get(name, "")).date(), at, zone())
    except ValueError as error:
        raise ReturnRefusedError("term") from error


def _refund_ask(staff: int, form: Form) -> None:
    refund_ask(
        staff=staff,
        attempt=_known(form, "attempt"),
        amount=form.get("amount", ""),
        reason=form.get("reason", ""),
        account=_id(form.get("account", "")),
        by_hand=form.get("by_hand") == "on",
    )


def _chargeback(staff: int, form: Form) -> None:
    chargeback_enter(
        staff=staff,
        attempt=_known(form, "attempt"),
        amount=form.get("amount", ""),
        reference=form.get("reference", ""),
        reason=form.get("reason", ""),
        opened_at=_moment(form, "opened", time()),
        respond_by=_moment(form, "respond_by", END_OF_DAY),
    )


def _move_ask(staff: int, form: Form) -> None:
    account = _id(form.get("account", "").strip())
    if account is None:
        raise ReturnRefusedError("account")
    move_ask(staff=staff, posting=_known(form, "posting"), account=account, reason=form.get("reason", ""))


def _refund(staff: int, form: Form, *, approve: bool) -> None:
    refund_decide(staff=staff, refund=_known(form, "id"), approve=approve)


def _close(staff: int, form: Form, *, went: bool) -> None:
    refund_close(staff=staff, refund=_known(form, "id"), went=went)


def _move(staff: int, form: Form, *, approve: bool) -> None:
    move_decide(staff=staff, move=_known(form, "id"), approve=approve)


def _case(staff: int, form: Form, *, step: str) -> None:
    chargeback_change(staff=staff, case=_known(form, "id"), step=cast("Step", step))


DEEDS: Mapping[str, tuple[str, Deed]] = {
    "refund-ask": ("Возврат запрошен: его одобряет другой сотрудник.", _refund_ask),
    "refund-approve": ("Возврат одобрен и уходит в платёжную систему.", partial(_refund, approve=True)),
    "refund-decline": ("Возврат отклонён, деньги остаются на счёте.", partial(_refund, approve=False)),
    "refund-went": ("Отмечено: деньги вернулись, учёт об этом узнает.", partial(_close, went=True)),
    "refund-stayed": ("Отмечено: деньги не вернулись.", partial(_close, went=False)),
    "case-enter": ("Спор внесён, деньги уходят со счёта.", _chargeback),
    "case-answered": ("Отмечено: ответ отправлен.", partial(_case, step="answered")),
    "case-won": ("Спор выигран, деньги возвращаются на счёт.", partial(_case, step="won")),
    "case-lost": ("Спор проигран.", partial(_case, step="lost")),
    "move-ask": ("Перенос запрошен: его одобряет другой сотрудник.", _move_ask),
    "move-approve": ("Перенос одобрен.", partial(_move, approve=True)),
    "move-decline": ("Перенос отклонён.", partial(_move, approve=False)),
}
