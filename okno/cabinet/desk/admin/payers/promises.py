"""Promised payments, and what the accounting has answered. A question without an answer waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest

from okno.cabinet.desk.admin.figures import NOTHING, Words, day_text, moment, money
from okno.cabinet.desk.admin.pages import Sheet
from okno.cabinet.desk.admin.payers import words
from okno.cabinet.desk.admin.payers.rows import PayerAdmin, account_text
from okno.cabinet.desk.admin.site import site
from okno.cabinet.desk.models import PromiseRow

#: The accounting answers within seconds; a question that is older than this is not answered by itself.
ANSWER_MAX = timedelta(hours=1)


class PromiseAdmin(PayerAdmin[PromiseRow]):
    """`search`: by the account's last signs."""

    empty = "Обещанных платежей ещё не просили."
    shown = ("account_told", "state", "amount", "until", "granted_until", "reason", "created_at", "answered_at")
    firsts = ("asked",)
    words: ClassVar[Mapping[str, Words]] = {"state": words.PROMISES, "reason": words.PROMISE_REASONS}
    sums: ClassVar[Mapping[str, str]] = {"amount": "currency"}
    list_filter = ("state",)
    search_fields = ("=account__tail",)
    search_help_text = "Последние знаки счёта"
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("account")

    def waiting(self, request: HttpRequest) -> int | None:
        late = datetime.now(UTC) - ANSWER_MAX
        return self.get_queryset(request).filter(state="asked", created_at__lt=late).count()

    def sheet(self, row: PromiseRow) -> Sheet:
        facts = (
            ("состояние", words.PROMISES[row.state]),
            ("счёт", account_text(row.account)),
            ("сумма", money(row.amount, row.currency)),
            ("обещан до", day_text(row.until)),
            ("разрешён до", day_text(row.granted_until)),
            ("причина отказа", words.PROMISE_REASONS.get(row.reason, row.reason) or NOTHING),
            ("попросили", moment(row.created_at)),
            ("учёт ответил", moment(row.answered_at)),
        )
        return Sheet(f"Обещанный платёж счёта {account_text(row.account)}", facts)


site.register(PromiseRow, PromiseAdmin)
