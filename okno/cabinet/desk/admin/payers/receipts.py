"""Fiscal receipts: what was refused stands first, then what is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest

from okno.cabinet.desk.admin.figures import NOTHING, Words, moment, money
from okno.cabinet.desk.admin.pages import Sheet
from okno.cabinet.desk.admin.payers import words
from okno.cabinet.desk.admin.payers.rows import PayerAdmin, payment_address, payment_link
from okno.cabinet.desk.admin.site import site
from okno.cabinet.desk.admin.ways import PROVIDERS
from okno.cabinet.desk.models import PaymentRow, ReceiptRow


class ReceiptAdmin(PayerAdmin[ReceiptRow]):
    """`search`: by the payment's number, the document's, and its sign."""

    theme = "Деньги"
    empty = "Чеков ещё не было."
    shown = ("created", "state", "what_for", "sum", "where", "number", "registered_at")
    firsts = ("failed", "asked")
    words: ClassVar[Mapping[str, Words]] = {"state": words.RECEIPTS, "attempt__provider": PROVIDERS}
    list_filter = ("state", "attempt__provider")
    search_fields = ("=attempt__payment__number", "=number", "=sign")
    search_help_text = "Номер платежа, номер документа или фискальный признак"
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("attempt__payment__contact")

    def waiting(self, request: HttpRequest) -> int | None:
        return self.get_queryset(request).filter(state="failed").count()

    @display(description="запрошен", ordering="created_at")
    def created(self, row: ReceiptRow) -> str:
        return moment(row.created_at)

    @display(description="за платёж", ordering="attempt__payment__number")
    def what_for(self, row: ReceiptRow) -> str:
        return payment_link(row.attempt.payment)

    @display(description="сумма", ordering="attempt__payment__amount")
    def sum(self, row: ReceiptRow) -> str:
        return money(row.attempt.payment.amount, row.attempt.payment.currency)

    @display(description="куда")
    def where(self, row: ReceiptRow) -> str:
        return _where(row.attempt.payment)

    def sheet(self, row: ReceiptRow) -> Sheet:
        payment = row.attempt.payment
        facts = (
            ("состояние", words.RECEIPTS[row.state]),
            ("за что", f"платёж № {payment.number}"),
            ("сумма", money(payment.amount, payment.currency)),
            ("куда", _where(payment)),
            ("делает", PROVIDERS.get(row.attempt.provider, row.attempt.provider)),
            ("запрошен", moment(row.created_at)),
            ("пробит", moment(row.registered_at)),
            ("номер документа", row.number or NOTHING),
            ("фискальный накопитель", row.drive or NOTHING),
            ("фискальный признак", row.sign or NOTHING),
            ("спросим снова", moment(row.ask_at)),
        )
        links = (("Открыть платёж", payment_address(payment.pk)),)
        return Sheet(f"Чек платежа № {payment.number}", facts, links)


def _where(payment: PaymentRow) -> str:
    """The masked address that it goes to."""
    return payment.contact.mask if payment.contact is not None else NOTHING


site.register(ReceiptRow, ReceiptAdmin)
