"""Lists of payments and of money that goes back; each row leads to its payment's page."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.admin import display
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from okno.cabinet.desk.admin.figures import Words, moment_text, money
from okno.cabinet.desk.admin.money.filters import BooksFilter, named, refused, states_of
from okno.cabinet.desk.admin.money.page import payment_page
from okno.cabinet.desk.admin.money.words import STATES
from okno.cabinet.desk.admin.site import ReadOnlyAdmin, site
from okno.cabinet.desk.admin.ways import WAYS
from okno.cabinet.desk.models import ChargebackRow, MoveRow, PaymentRow, RefundRow

MONEY = "Деньги"
#: Columns of every list of rows that belong to a payment.
OF_PAYMENT = ("link", "sum", "told")


def _link(payment: PaymentRow) -> str:
    address = reverse("desk:payment", args=[payment.pk])
    return format_html('<a href="{}">№ {}</a>', address, payment.number)


class PaymentAdmin(ReadOnlyAdmin):
    """`search`: by number."""

    theme = MONEY
    empty = "Платежей ещё не было."
    shown = ("link", "began", "told", "method", "sum", "back", "lost")
    words: ClassVar[Mapping[str, Words]] = {"method": WAYS}
    list_filter = (states_of("payment"), BooksFilter, "method", "currency")
    search_fields = ("=number",)
    search_help_text = "Номер платежа"
    ordering = ("-created_at",)

    def waiting(self, request: HttpRequest) -> int | None:
        return self.get_queryset(request).filter(Q(state="review") | refused()).count()

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(payment_page)
        return [path("<uuid:payment_id>/", page, name="payment"), *super().get_urls()]

    @display(description="платёж", ordering="number")
    def link(self, row: PaymentRow) -> str:
        return _link(row)

    @display(description="начат", ordering="created_at")
    def began(self, row: PaymentRow) -> str:
        return moment_text(row.created_at)

    @display(description="состояние", ordering="state")
    def told(self, row: PaymentRow) -> str:
        return STATES["payment"][row.state]

    @display(description="сумма", ordering="amount")
    def sum(self, row: PaymentRow) -> str:
        return money(row.amount, row.currency)

    @display(description="возвращено", ordering="refunded")
    def back(self, row: PaymentRow) -> str:
        return money(row.refunded, row.currency) if row.refunded else "—"

    @display(description="забрал банк", ordering="reversed")
    def lost(self, row: PaymentRow) -> str:
        return money(row.reversed, row.currency) if row.reversed else "—"


class ReturnAdmin(ReadOnlyAdmin):
    """Of rows that belong to a payment. `kind` names their states; `to_payment` is the way there."""

    theme = MONEY
    kind = "refund"
    waits: tuple[str, ...] = ("asked", "manual")
    to_payment = "attempt__payment"
    people: ClassVar[Mapping[str, str]] = {"asker": "asked_by", "decider": "decided_by"}
    list_filter = (states_of("refund"),)
    ordering: ClassVar[tuple[str, ...]] = ("-created_at",)

    def waiting(self, request: HttpRequest) -> int | None:
        return self.get_queryset(request).filter(state__in=self.waits).count()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        names = {name: named(column) for name, column in self.people.items()}
        found: QuerySet[Model] = super().get_queryset(request).select_related(self.to_payment).annotate(**names)
        return found

    def payment(self, row: Any) -> PaymentRow:  # noqa: ANN401 - each list has rows of its own
        for step in self.to_payment.split("__"):
            row = getattr(row, step)
        assert isinstance(row, PaymentRow)
        return row

    @display(description="платёж")
    def link(self, row: Any) -> str:  # noqa: ANN401 - likewise
        return _link(self.payment(row))

    @display(description="сумма", ordering="amount")
    def sum(self, row: Any) -> str:  # noqa: ANN401 - likewise
        return money(row.amount, self.payment(row).currency)

    @display(description="состояние", ordering="state")
    def told(self, row: Any) -> str:  # noqa: ANN401 - likewise
        return STATES[self.kind][row.state]

    @display(description="просит", ordering="asked_by")
    def asker(self, row: Any) -> str:  # noqa: ANN401 - likewise
        return str(row.asker)

    @display(description="решил", ordering="decided_by")
    def decider(self, row: Any) -> str:  # noqa: ANN401 - likewise
        return str(row.decider)

    @display(description="запрошен", ordering="created_at")
    def began(self, row: Any) -> str:  # noqa: ANN401 - likewise
        return moment_text(row.created_at)


class RefundAdmin(ReturnAdmin):
    empty = "Возвратов ещё не было."
    shown = (*OF_PAYMENT, "reason", "asker", "decider", "began")


class ChargebackAdmin(ReturnAdmin):
    empty = "Споров с банками нет."
    waits = ("opened",)
    kind = "chargeback"
    shown = (*OF_PAYMENT, "reference", "reason", "term", "asker")
    people: ClassVar[Mapping[str, str]] = {"asker": "entered_by"}
    list_filter = (states_of("chargeback"),)
    ordering: ClassVar[tuple[str, ...]] = ("respond_by",)

    @display(description="ответить до", ordering="respond_by")
    def term(self, row: ChargebackRow) -> str:
        return moment_text(row.respond_by)


class MoveAdmin(ReturnAdmin):
    empty = "Переносов ещё не было."
    waits = ("asked",)
    kind = "move"
    to_payment = "posting__attempt__payment"
    shown = (*OF_PAYMENT, "reason", "asker", "decider", "began")
    list_filter = (states_of("move"),)


site.register(PaymentRow, PaymentAdmin)
site.register(RefundRow, RefundAdmin)
site.register(ChargebackRow, ChargebackAdmin)
site.register(MoveRow, MoveAdmin)
