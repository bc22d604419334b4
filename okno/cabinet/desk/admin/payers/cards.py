"""Kept cards: what their owners know them by. Tokens are the till's alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar

from django.contrib.admin import display
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from okno.cabinet.desk.admin.figures import NOTHING, Words, moment, zone
from okno.cabinet.desk.admin.filters import told_by
from okno.cabinet.desk.admin.pages import Sheet
from okno.cabinet.desk.admin.payers.rows import PayerAdmin
from okno.cabinet.desk.admin.site import site
from okno.cabinet.desk.admin.ways import PROVIDERS
from okno.cabinet.desk.models import AutopayRow, CardRow

STATES = {"kept": "действует", "removed": "удалена"}


def _term(expires: str | None) -> str:
    """`12.2030`, the last month of the card."""
    if expires is None:
        return NOTHING
    year, _, month = expires.partition("-")
    return f"{month}.{year}"


class CardAdmin(PayerAdmin[CardRow]):
    """`search`: by what stands on the card's picture, its last digits among it."""

    empty = "Карт ещё никто не сохранял."
    shown = ("title", "provider", "term", "told", "is_default", "rules", "created_at")
    words: ClassVar[Mapping[str, Words]] = {"provider": PROVIDERS}
    list_filter = (
        told_by(STATES, {"kept": Q(removed_at__isnull=True), "removed": Q(removed_at__isnull=False)}),
        "provider",
    )
    search_fields = ("title",)
    search_help_text = "Последние цифры карты"
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        standing = Count("autopayrow", filter=~Q(autopayrow__state="ended"))
        found: QuerySet[Model] = super().get_queryset(request).annotate(standing=standing)
        return found

    @display(description="действует до", ordering="expires")
    def term(self, row: CardRow) -> str:
        return _term(row.expires)

    @display(description="состояние", ordering="removed_at")
    def told(self, row: CardRow) -> str:
        if row.removed_at is not None:
            return STATES["removed"]
        today = datetime.now(UTC).astimezone(zone())
        return "срок вышел" if row.expires is not None and row.expires < f"{today:%Y-%m}" else STATES["kept"]

    @display(description="автоплатежей")
    def rules(self, row: CardRow) -> str:
        return str(row.standing or NOTHING)

    def sheet(self, row: CardRow) -> Sheet:
        facts = (
            ("карта", row.title),
            ("состояние", self.told(row)),
            ("платёжная система", PROVIDERS.get(row.provider, row.provider)),
            ("действует до", _term(row.expires)),
            ("платит первой", "да" if row.is_default else "нет"),
            ("сохранена", moment(row.created_at)),
            ("удалена", moment(row.removed_at)),
            ("автоплатежей", self.rules(row)),
        )
        rules = AutopayRow.objects.filter(card_id=row.pk).exclude(state="ended").values_list("pk", flat=True)
        addresses = (reverse("desk:desk_autopayrow_page", args=[rule]) for rule in rules)
        links = tuple((f"Автоплатёж {place}", address) for place, address in enumerate(addresses, 1))
        return Sheet(f"Карта {row.title}", facts, links)


site.register(CardRow, CardAdmin)
