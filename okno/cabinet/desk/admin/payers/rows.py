"""What these lists share: the account as staff knows it, the way to the payment, what waits standing first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.admin import ModelAdmin, SimpleListFilter, display
from django.db.models import Case, Model, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from okno.cabinet.desk.admin.figures import NOTHING
from okno.cabinet.desk.admin.pages import PageAdmin
from okno.cabinet.desk.models import AccountRow, PaymentRow


def account_text(account: AccountRow | None) -> str:
    """`··· 0017 (main)`."""
    return NOTHING if account is None else f"··· {account.tail} ({account.system_id})"


def payment_address(payment: UUID) -> str:
    return reverse("desk:payment", args=[payment])


def payment_link(payment: PaymentRow | None) -> str:
    if payment is None:
        return NOTHING
    return format_html('<a href="{}">№ {}</a>', payment_address(payment.pk), payment.number)


def told_by(words: Mapping[str, str], wanted: Mapping[str, Q]) -> type[SimpleListFilter]:
    """A filter over states that are no column: each in words, and what rows it means."""

    class ToldFilter(SimpleListFilter):
        title = "состояние"
        parameter_name = "state"

        def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Model]) -> list[tuple[str, str]]:  # noqa: ARG002
            return list(words.items())

        def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:  # noqa: ARG002
            chosen = self.value() or ""
            return queryset.filter(wanted[chosen]) if chosen in wanted else queryset

    return ToldFilter


class PayerAdmin(PageAdmin):
    """`firsts`: states in the order in which their rows stand, before all others."""

    theme = "Плательщики"
    firsts: ClassVar[tuple[str, ...]] = ()

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        order: list[Any] = list(super().get_ordering(request))
        if not self.firsts:
            return order
        places = (When(state=state, then=Value(place)) for place, state in enumerate(self.firsts))
        return [Case(*places, default=Value(len(self.firsts))).asc(), *order]

    @display(description="счёт", ordering="account__tail")
    def account_told(self, row: Any) -> str:  # noqa: ANN401 - each list has rows of its own
        return account_text(row.account)
