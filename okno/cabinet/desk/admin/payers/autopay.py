"""Rules of auto-payment, each with its last charges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.contrib.admin import display
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from okno.cabinet.desk.admin.figures import NOTHING, Words, day_text, moment, money
from okno.cabinet.desk.admin.pages import Sheet
from okno.cabinet.desk.admin.payers import words
from okno.cabinet.desk.admin.payers.rows import PayerAdmin, account_text, payment_address
from okno.cabinet.desk.admin.site import site
from okno.cabinet.desk.admin.ways import WAYS
from okno.cabinet.desk.models import AutopayRow, TurnRow

TURNS_SHOWN_MAX = 12


def when_text(rule: AutopayRow) -> str:
    return "когда есть долг" if rule.day is None else f"{rule.day}-го числа"


def turn_text(turn: TurnRow, currency: str) -> str:
    """`1 234,50 ₽, не получилось: банк отказал`."""
    reason = words.TURN_REASONS.get(turn.reason, turn.reason)
    told = f"{money(turn.amount, currency)}, {words.TURNS[turn.state]}"
    return f"{told}: {reason}" if reason else told


class AutopayAdmin(PayerAdmin[AutopayRow]):
    """`search`: by the account's last signs and the card's."""

    empty = "Автоплатежей пока ни у кого нет."
    shown = ("account_told", "state", "when", "ceiling", "card_told", "last", "last_on", "look_at", "created_at")
    words: ClassVar[Mapping[str, Words]] = {"state": words.RULES, "kind": {"day": "по числам", "debt": "по долгу"}}
    sums: ClassVar[Mapping[str, str]] = {"ceiling": "currency"}
    list_filter = ("state", "kind")
    search_fields = ("=account__tail", "card__title")
    search_help_text = "Последние знаки счёта или карты"
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        latest = TurnRow.objects.filter(rule_id=OuterRef("pk")).order_by("-due_on")
        last = {"last_state": Subquery(latest.values("state")[:1]), "last_day": Subquery(latest.values("due_on")[:1])}
        found: QuerySet[Model] = super().get_queryset(request).select_related("account", "card").annotate(**last)
        return found

    @display(description="когда платит", ordering="day")
    def when(self, row: AutopayRow) -> str:
        return when_text(row)

    @display(description="карта", ordering="card__title")
    def card_told(self, row: AutopayRow) -> str:
        return row.card.title

    @display(description="последнее списание", ordering="last_state")
    def last(self, row: AutopayRow) -> str:
        return words.TURNS.get(row.last_state or "", NOTHING)

    @display(description="его день", ordering="last_day")
    def last_on(self, row: AutopayRow) -> str:
        return day_text(row.last_day)

    def sheet(self, row: AutopayRow) -> Sheet:
        turns = list(TurnRow.objects.filter(rule_id=row.pk).order_by("-due_on")[:TURNS_SHOWN_MAX])
        facts = (
            ("состояние", words.RULES[row.state]),
            ("счёт", account_text(row.account)),
            ("когда платит", when_text(row)),
            ("не больше", money(row.ceiling, row.currency)),
            ("карта", row.card.title),
            ("способ", WAYS.get(row.method, row.method)),
            ("создан", moment(row.created_at)),
            ("смотрит на счёт", moment(row.look_at)),
            *((f"списание {day_text(turn.due_on)}", turn_text(turn, row.currency)) for turn in turns),
        )
        links = tuple(
            (f"Платёж {day_text(turn.due_on)}", payment_address(turn.payment_id))
            for turn in turns
            if turn.payment_id is not None
        )
        return Sheet(f"Автоплатёж счёта {account_text(row.account)}", facts, links)


site.register(AutopayRow, AutopayAdmin)
