"""Agents as the counter knows them, with what each brought today; and every operation they brought."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import ClassVar

from django.contrib.admin import display
from django.db.models import BigIntegerField, Count, IntegerField, Model, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from okno.cabinet.desk.admin.figures import NOTHING, Words, moment, money, zone
from okno.cabinet.desk.admin.pages import Sheet
from okno.cabinet.desk.admin.payers import words
from okno.cabinet.desk.admin.payers.rows import PayerAdmin, payment_address, payment_link
from okno.cabinet.desk.admin.site import site
from okno.cabinet.desk.admin.ways import WAYS
from okno.cabinet.desk.models import AgentOrderRow, AgentRow

AGENTS = "Агенты"
#: What the counter took money for.
TAKEN = {"kind": "pay", "result": 0}


def today() -> datetime:
    """When the company's day began."""
    here = datetime.now(UTC).astimezone(zone())
    return datetime.combine(here.date(), time.min, zone())


class AgentAdmin(PayerAdmin[AgentRow]):
    theme = AGENTS
    empty = "Агентов пока нет: здесь появится тот, кто обратится к кассе."
    key = "slug"
    shown = ("name", "networks", "called_at", "brought", "sum", "refused", "system")
    list_filter = ("system",)
    search_fields = ("name",)
    search_help_text = "Название агента"
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        of_today = AgentOrderRow.objects.filter(agent=OuterRef("pk"), received_at__gte=today()).order_by()
        taken = of_today.filter(**TAKEN, currency=OuterRef("currency")).values("agent")
        refused = of_today.exclude(result=0).values("agent").annotate(many=Count("pk")).values("many")
        found: QuerySet[Model] = (
            super()
            .get_queryset(request)
            .annotate(
                many=Coalesce(
                    Subquery(taken.annotate(many=Count("pk")).values("many"), output_field=IntegerField()), 0
                ),
                total=Coalesce(
                    Subquery(taken.annotate(total=Sum("amount")).values("total"), output_field=BigIntegerField()), 0
                ),
                turned=Coalesce(Subquery(refused, output_field=IntegerField()), 0),
            )
        )
        return found

    @display(description="платежей сегодня", ordering="many")
    def brought(self, row: AgentRow) -> str:
        return str(row.many)

    @display(description="сумма сегодня", ordering="total")
    def sum(self, row: AgentRow) -> str:
        return money(row.total, row.currency)

    @display(description="отказов сегодня", ordering="turned")
    def refused(self, row: AgentRow) -> str:
        return str(row.turned or NOTHING)

    def sheet(self, row: AgentRow) -> Sheet:
        facts = (
            ("агент", row.name),
            ("откуда принимаем", row.networks),
            ("способ", WAYS.get(row.method, row.method)),
            ("система учёта", row.system),
            ("последнее обращение", moment(row.called_at)),
            ("платежей сегодня", self.brought(row)),
            ("сумма сегодня", self.sum(row)),
            ("отказов сегодня", self.refused(row)),
        )
        links = (("Все его операции", f"../../agentorderrow/?agent={row.name}"),)
        return Sheet(f"Агент {row.name}", facts, links)


class AgentOrderAdmin(PayerAdmin[AgentOrderRow]):
    """`search`: by the agent's own number, the payment's, and the account's last signs."""

    theme = AGENTS
    empty = "Агенты ещё ничего не приносили."
    shown = ("txn", "agent", "kind", "amount", "tail", "result", "what_for", "txn_at", "received_at")
    words: ClassVar[Mapping[str, Words]] = {"kind": words.ORDERS, "result": words.RESULTS}
    sums: ClassVar[Mapping[str, str]] = {"amount": "currency"}
    list_filter = ("agent", "kind", "result")
    search_fields = ("=txn", "=tail", "=attempt__payment__number")
    search_help_text = "Номер операции агента, платежа или последние знаки счёта"
    ordering = ("-received_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).select_related("attempt__payment")

    @display(description="платёж", ordering="attempt__payment__number")
    def what_for(self, row: AgentOrderRow) -> str:
        return payment_link(row.attempt.payment if row.attempt is not None else None)

    def sheet(self, row: AgentOrderRow) -> Sheet:
        facts = (
            ("агент", row.agent),
            ("операция агента", row.txn),
            ("что", words.ORDERS[row.kind]),
            ("сумма", money(row.amount, row.currency)),
            ("счёт", f"··· {row.tail}" if row.tail else NOTHING),
            ("ответ", words.RESULTS.get(str(row.result), str(row.result))),
            ("время у агента", moment(row.txn_at)),
            ("получена", moment(row.received_at)),
        )
        payment = row.attempt.payment if row.attempt is not None else None
        links = () if payment is None else ((f"Платёж № {payment.number}", payment_address(payment.pk)),)
        return Sheet(f"{words.ORDERS[row.kind].capitalize()} агента {row.agent}", facts, links)


site.register(AgentRow, AgentAdmin)
site.register(AgentOrderRow, AgentOrderAdmin)
