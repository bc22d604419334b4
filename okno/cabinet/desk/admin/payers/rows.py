"""What these lists share: the account as staff knows it, the way to the payment, what waits standing first."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol
from uuid import UUID

from django.contrib.admin import display
from django.db.models import Case, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from okno.cabinet.desk.admin.figures import NOTHING
from okno.cabinet.desk.admin.pages import PageAdmin, Row
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


class OfAccount(Protocol):
    """A row that an account may stand beside."""

    @property
    def account(self) -> AccountRow | None: ...


class PayerAdmin(PageAdmin[Row]):
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
    def account_told(self, row: OfAccount) -> str:
        return account_text(row.account)
