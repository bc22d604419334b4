"""One payment for staff: everything about it, and the forms that ask, approve and decline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import partial
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from okno.cabinet.desk.admin.figures import zone
from okno.cabinet.desk.admin.money.sheet import sheet_of
from okno.cabinet.desk.admin.money.words import REFUSALS
from okno.cabinet.desk.admin.site import may, site
from okno.cabinet.desk.core.rights import Right
from okno.cabinet.desk.selectors import staff_rights
from okno.cabinet.desk.services import DATABASE
from okno.cabinet.desk.services.accounts import NumberError, move_target
from okno.cabinet.kit.http.entry import KnownRequest
from okno.cabinet.payments.models import Payment
from okno.cabinet.payments.services.deciding import Decision, DecisionError, attempt_decide
from okno.cabinet.payments.services.refunding.asking import refund_ask, refund_close, refund_decide
from okno.cabinet.payments.services.refunding.disputes import Step, chargeback_change, chargeback_enter
from okno.cabinet.payments.services.refunding.misdirected import move_ask, move_decide, move_leave
from okno.cabinet.payments.services.refunding.requests import ReturnRefusedError
from okno.cabinet.payments.services.resending.wishing import Kind, again_ask

Form = Mapping[str, str]


@dataclass(frozen=True)
class Deed:
    """`done` is what is said when `run(staff, form)` has come through; `right` who may press it.

    `beside`: code of a refusal -> the field of the form that it is shown at.
    """

    done: str
    run: Callable[[int, Form], object]
    right: Right
    beside: Mapping[str, str] = field(default_factory=dict)


#: Where the form came from stands among its fields, under a name that no page can send.
ADDRESS = ""
MOVE_FIELDS = {
    **dict.fromkeys(("account", "no-account", "no-answer", "too-often"), "number"),
    "no-reason": "reason",
}
END_OF_DAY = time(23, 59, 59)


@require_http_methods(["GET", "POST"])
def payment_page(request: KnownRequest, payment_id: UUID) -> HttpResponse:
    """GET shows it; POST does what a form or a button says (`act`), and shows what came of it."""
    payment = Payment.objects.using(DATABASE).filter(id=payment_id).first()
    if payment is None:
        raise Http404
    staff = int(str(request.user.pk))
    wrong: dict[str, str] = {}
    if request.method == "POST":
        wrong = _do(request, staff)
        if not wrong:
            return HttpResponseRedirect(request.path)
    rights = staff_rights(user_id=staff)
    sheet = sheet_of(payment, staff, frozenset(act for act, deed in DEEDS.items() if deed.right in rights))
    # What was typed stands in its form again, with what is wrong beside the field.
    typed = request.POST if wrong else {}
    shown = {**site.each_context(request), "title": sheet.title, "sheet": sheet, "wrong": wrong, "typed": typed}
    return render(request, "desk/payment.html", shown, status=400 if wrong else 200)


def _do(request: KnownRequest, staff: int) -> dict[str, str]:
    """Do what was pressed. What is wrong with which field, when the form has such a field; else it is said above."""
    deed = DEEDS.get(request.POST.get("act", ""))
    if deed is None:
        messages.error(request, REFUSALS["unknown"])
        return {}
    if not may(request, deed.right):
        raise PermissionDenied
    form = {**{name: str(value) for name, value in request.POST.items()}, ADDRESS: request.client.address}
    try:
        deed.run(staff, form)
    except (ReturnRefusedError, DecisionError, NumberError) as error:
        if error.code in deed.beside:
            return {deed.beside[error.code]: REFUSALS[error.code]}
        messages.error(request, REFUSALS[error.code])
    else:
        messages.success(request, deed.done)
    return {}


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


def _opened(form: Form) -> datetime:
    """Of a past day its end, and of today this moment: so it never seems to come before the payment of that day."""
    begin, now = _moment(form, "opened", time()), datetime.now(UTC)
    return begin if begin > now else min(_moment(form, "opened", END_OF_DAY), now)


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
        opened_at=_opened(form),
        respond_by=_moment(form, "respond_by", END_OF_DAY),
    )


def _move_ask(staff: int, form: Form) -> None:
    """To one of the customer's other accounts as chosen, else to the one whose number was typed."""
    posting = _known(form, "posting")
    account = move_target(
        posting=posting,
        chosen=_id(form.get("account", "")),
        number=form.get("number", ""),
        staff=staff,
        address=form[ADDRESS],
    )
    move_ask(staff=staff, posting=posting, account=account, reason=form.get("reason", ""))


def _refund(staff: int, form: Form, *, approve: bool, own: bool = False) -> None:
    refund_decide(staff=staff, refund=_known(form, "id"), approve=approve, own=own)


def _close(staff: int, form: Form, *, went: bool) -> None:
    refund_close(staff=staff, refund=_known(form, "id"), went=went)


def _move(staff: int, form: Form, *, approve: bool, own: bool = False) -> None:
    move_decide(staff=staff, move=_known(form, "id"), approve=approve, own=own)


def _move_leave(staff: int, form: Form) -> None:
    move_leave(staff=staff, move=_known(form, "id"))


def _again(staff: int, form: Form, *, kind: Kind) -> None:
    again_ask(staff=staff, kind=kind, id_=_known(form, "id"), reason=form.get("reason", ""))


def _case(staff: int, form: Form, *, step: str) -> None:
    chargeback_change(staff=staff, case=_known(form, "id"), step=cast("Step", step))


def _take_or_leave(staff: int, form: Form, *, decision: Decision) -> None:
    attempt_decide(_known(form, "id"), decision, staff=staff, using=DATABASE)


ASK, APPROVE, CASE, DECIDE = Right.ASK_REFUND, Right.APPROVE_REFUND, Right.ANSWER_CHARGEBACK, Right.DECIDE_PAYMENT
AGAIN = Right.SEND_AGAIN
DEEDS: Mapping[str, Deed] = {
    "refund-ask": Deed("Возврат запрошен: его одобряет другой сотрудник.", _refund_ask, ASK),
    "refund-approve": Deed("Возврат одобрен и уходит в платёжную систему.", partial(_refund, approve=True), APPROVE),
    "refund-decline": Deed("Возврат отклонён, деньги остаются на счёте.", partial(_refund, approve=False), APPROVE),
    "refund-recall": Deed("Запрос отозван, деньги остаются на счёте.", partial(_refund, approve=False, own=True), ASK),
    "refund-went": Deed("Отмечено: деньги вернулись, учёт об этом узнает.", partial(_close, went=True), ASK),
    "refund-stayed": Deed("Отмечено: деньги не вернулись.", partial(_close, went=False), ASK),
    "case-enter": Deed("Спор внесён, деньги уходят со счёта.", _chargeback, CASE),
    "case-answered": Deed("Отмечено: ответ отправлен.", partial(_case, step="answered"), CASE),
    "case-won": Deed("Спор выигран, деньги возвращаются на счёт.", partial(_case, step="won"), CASE),
    "case-lost": Deed("Спор проигран.", partial(_case, step="lost"), CASE),
    "move-ask": Deed("Перенос запрошен: его одобряет другой сотрудник.", _move_ask, ASK, MOVE_FIELDS),
    "move-approve": Deed("Перенос одобрен.", partial(_move, approve=True), APPROVE),
    "move-decline": Deed("Перенос отклонён.", partial(_move, approve=False), APPROVE),
    "move-recall": Deed("Запрос отозван.", partial(_move, approve=False, own=True), ASK),
    "move-leave": Deed("Перенос отменён, деньги остаются на счёте.", _move_leave, APPROVE),
    "posting-again": Deed("Отправляем в учёт ещё раз.", partial(_again, kind="posting"), AGAIN),
    "unposting-again": Deed("Отправляем в учёт ещё раз.", partial(_again, kind="unposting"), AGAIN),
    "money-take": Deed("Деньги зачисляются на счёт.", partial(_take_or_leave, decision="take"), DECIDE),
    "money-leave": Deed("Отмечено: деньги не зачисляются.", partial(_take_or_leave, decision="leave"), DECIDE),
}
