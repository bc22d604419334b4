"""Links by which anybody pays: how long they work and what came by them. What a link is, nobody can read here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.contrib.admin import display
from django.db.models import BigIntegerField, Count, IntegerField, Model, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Now
from django.http import HttpRequest

from okno.cabinet.desk.admin.figures import NOTHING, moment, money
from okno.cabinet.desk.admin.pages import Sheet
from okno.cabinet.desk.admin.payers.rows import PayerAdmin, payment_address, told_by
from okno.cabinet.desk.admin.site import site
from okno.cabinet.desk.models import LinkRow, PaymentRow

STATES = {"open": "действует", "expired": "срок вышел", "revoked": "отозвана"}
OPEN = Q(revoked_at__isnull=True, expires_at__gt=Now())
PAYMENTS_SHOWN_MAX = 12


def link_state(row: LinkRow) -> str:
    if row.revoked_at is not None:
        return STATES["revoked"]
    return STATES["open"] if row.expires_at > datetime.now(UTC) else STATES["expired"]


class LinkAdmin(PayerAdmin):
    """`search`: by the account's last signs."""

    empty = "Ссылок на оплату ещё не делали."
    shown = ("tail", "told", "amount", "uses", "paid", "expires_at", "created_at", "system")
    sums: ClassVar[Mapping[str, str]] = {"amount": "currency"}
    list_filter = (
        told_by(
            STATES,
            {
                "open": OPEN,
                "expired": Q(revoked_at__isnull=True, expires_at__lte=Now()),
                "revoked": Q(revoked_at__isnull=False),
            },
        ),
        "system",
    )
    search_fields = ("=tail",)
    search_help_text = "Последние знаки счёта"
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        by_it = PaymentRow.objects.filter(link_id=OuterRef("pk")).order_by().values("link_id")
        counted = by_it.annotate(of_it=Count("pk")).values("of_it")
        summed = by_it.annotate(of_it=Sum("captured")).values("of_it")
        found: QuerySet[Model] = (
            super()
            .get_queryset(request)
            .annotate(
                used=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
                came=Coalesce(Subquery(summed, output_field=BigIntegerField()), 0),
            )
        )
        return found

    @display(description="состояние")
    def told(self, row: LinkRow) -> str:
        return link_state(row)

    @display(description="платежей", ordering="used")
    def uses(self, row: Any) -> str:  # noqa: ANN401 - a row with what came by it beside it
        return str(row.used or NOTHING)

    @display(description="пришло", ordering="came")
    def paid(self, row: Any) -> str:  # noqa: ANN401 - likewise
        return money(row.came, row.currency) if row.came else NOTHING

    def sheet(self, row: Any, request: HttpRequest) -> Sheet:  # noqa: ANN401, ARG002 (a row of this list)
        facts = (
            ("состояние", link_state(row)),
            ("счёт", f"··· {row.tail} ({row.system})"),
            ("сумма", NOTHING if row.amount is None else money(row.amount, row.currency)),
            ("создана", moment(row.created_at)),
            ("действует до", moment(row.expires_at)),
            ("отозвана", moment(row.revoked_at)),
            ("платежей", self.uses(row)),
            ("пришло", self.paid(row)),
        )
        payments = PaymentRow.objects.filter(link_id=row.pk).order_by("-created_at")[:PAYMENTS_SHOWN_MAX]
        links = tuple((f"Платёж № {each.number}", payment_address(each.pk)) for each in payments)
        return Sheet(f"Ссылка на оплату счёта ··· {row.tail}", facts, links)


site.register(LinkRow, LinkAdmin)
