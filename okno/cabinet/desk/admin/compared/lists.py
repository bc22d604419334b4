"""Lists of statements, transfers, compared days and differences. What waits for a person stands first."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import display
from django.db.models import Case, Value, When
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from okno.cabinet.desk.admin.compared import words
from okno.cabinet.desk.admin.compared.pages import difference_page, line_page, load_page
from okno.cabinet.desk.admin.figures import moment_text
from okno.cabinet.desk.admin.site import ReadOnlyAdmin, site
from okno.cabinet.desk.models import DayRow, DifferenceRow, LineRow, PayoutRow, StatementRow


class ShownAdmin(ReadOnlyAdmin):
    """Rows whose state is `first` stand before the others, and wait for a person."""

    theme = "Сверка"
    first = ""

    def waiting(self, request: HttpRequest) -> int | None:
        return self.get_queryset(request).filter(state=self.first).count() if self.first else None

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        order: list[Any] = list(super().get_ordering(request))
        waits = Case(When(state=self.first, then=Value(0)), default=Value(1)) if self.first else None
        return order if waits is None else [waits.asc(), *order]


class StatementAdmin(ShownAdmin):
    empty = "Выписок ещё не загружали."
    shown = ("name", "format", "account", "period", "before", "after", "lines", "fresh", "taken_by", "taken")
    ordering = ("-taken_at",)
    change_list_template = "desk/statements.html"

    def get_urls(self) -> list[URLPattern]:
        return [path("load/", self.admin_site.admin_view(load_page), name="statement-load"), *super().get_urls()]

    @display(description="период", ordering="since")
    def period(self, row: StatementRow) -> str:
        return f"{row.since:%d.%m.%Y} – {row.until:%d.%m.%Y}"

    @display(description="остаток в начале")
    def before(self, row: StatementRow) -> str:
        return words.money(row.opening, row.currency)

    @display(description="остаток в конце")
    def after(self, row: StatementRow) -> str:
        return words.money(row.closing, row.currency)

    @display(description="когда", ordering="taken_at")
    def taken(self, row: StatementRow) -> str:
        return moment_text(row.taken_at)


class LineAdmin(ShownAdmin):
    empty = "Переводов из банка ещё не было."
    shown = ("when", "sum", "payer", "purpose", "told", "why", "decided_by", "decided")
    first = "queued"
    ordering = ("-day",)
    list_filter = ("state", "reason")
    search_fields = ("purpose", "payer", "=reference")

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(line_page)
        return [path("<uuid:line_id>/", page, name="line"), *super().get_urls()]

    @display(description="день", ordering="day")
    def when(self, row: LineRow) -> str:
        return format_html('<a href="{}">{}</a>', reverse("desk:line", args=[row.pk]), f"{row.day:%d.%m.%Y}")

    @display(description="сумма", ordering="amount")
    def sum(self, row: LineRow) -> str:
        return words.money(row.amount, row.currency)

    @display(description="состояние", ordering="state")
    def told(self, row: LineRow) -> str:
        return words.LINE_STATES[row.state]

    @display(description="почему")
    def why(self, row: LineRow) -> str:
        return words.REASONS[row.reason]

    @display(description="когда решил", ordering="decided_at")
    def decided(self, row: LineRow) -> str:
        return moment_text(row.decided_at)


class DayAdmin(ShownAdmin):
    empty = "Ни один день ещё не сверен."
    shown = ("day", "told", "matched", "away", "zone", "begin", "end", "last", "following")
    ordering = ("-day",)

    @display(description="состояние")
    def told(self, row: DayRow) -> str:
        return words.DAY_STATES[row.state]

    @display(description="начало")
    def begin(self, row: DayRow) -> str:
        return moment_text(row.since)

    @display(description="конец")
    def end(self, row: DayRow) -> str:
        return moment_text(row.until)

    @display(description="последняя сверка")
    def last(self, row: DayRow) -> str:
        return moment_text(row.finished_at)

    @display(description="следующая сверка")
    def following(self, row: DayRow) -> str:
        return moment_text(row.run_at)


class DifferenceAdmin(ShownAdmin):
    empty = "Всё сходится."
    shown = ("what", "day_id", "provider", "theirs", "ours", "booked", "told", "owner", "old", "word")
    first = "open"
    ordering = ("opened_at",)
    list_filter = ("state", "kind", "provider", "owner")

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(difference_page)
        return [path("<uuid:difference_id>/", page, name="difference"), *super().get_urls()]

    @display(description="что не сходится", ordering="kind")
    def what(self, row: DifferenceRow) -> str:
        return format_html('<a href="{}">{}</a>', reverse("desk:difference", args=[row.pk]), words.KINDS[row.kind])

    @display(description="у системы")
    def theirs(self, row: DifferenceRow) -> str:
        return words.money(row.there, row.currency)

    @display(description="в Окне")
    def ours(self, row: DifferenceRow) -> str:
        return words.money(row.here, row.currency)

    @display(description="в учёте")
    def booked(self, row: DifferenceRow) -> str:
        return words.money(row.books, row.currency)

    @display(description="состояние", ordering="state")
    def told(self, row: DifferenceRow) -> str:
        return words.DIFFERENCE_STATES[row.state]

    @display(description="возраст", ordering="opened_at")
    def old(self, row: DifferenceRow) -> str:
        return words.age(row.opened_at, row.closed_at)


class PayoutAdmin(ShownAdmin):
    empty = "Платёжные системы ещё ничего не перевели."
    shown = ("transfer", "provider", "days", "took", "kept", "back", "came", "told")
    first = "differs"
    ordering = ("-last",)
    list_filter = ("state", "provider")

    @display(description="перевод")
    def transfer(self, row: PayoutRow) -> str:
        return format_html('<a href="{}">{}</a>', reverse("desk:line", args=[row.line_id]), moment_text(row.made_at))

    @display(description="за дни", ordering="first")
    def days(self, row: PayoutRow) -> str:
        return f"{row.first:%d.%m.%Y} – {row.last:%d.%m.%Y}"

    @display(description="получено")
    def took(self, row: PayoutRow) -> str:
        return words.money(row.gross, row.currency)

    @display(description="комиссия")
    def kept(self, row: PayoutRow) -> str:
        return words.money(row.fees, row.currency)

    @display(description="возвращено")
    def back(self, row: PayoutRow) -> str:
        return words.money(row.refunds, row.currency)

    @display(description="пришло в банк")
    def came(self, row: PayoutRow) -> str:
        return words.money(row.amount, row.currency)

    @display(description="состояние", ordering="state")
    def told(self, row: PayoutRow) -> str:
        return words.PAYOUT_STATES[row.state]


site.register(PayoutRow, PayoutAdmin)
site.register(StatementRow, StatementAdmin)
site.register(LineRow, LineAdmin)
site.register(DayRow, DayAdmin)
site.register(DifferenceRow, DifferenceAdmin)
