"""Read-only lists of what the processes do."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from django.db.models import Q
from django.http import HttpRequest

from okno.cabinet.desk.admin.figures import Words
from okno.cabinet.desk.admin.site import ReadOnlyAdmin, site
from okno.cabinet.desk.models import AccountRow, JobRow, NoticeRow, OutboxRow, SessionRow, SignalRow

#: As `okno doctor` says it.
LETTER_LATE, GIVEN_UP_SHOWN = timedelta(minutes=10), timedelta(days=1)
STATES: Mapping[str, Words] = {
    "state": {
        "queued": "ждёт",
        "running": "выполняется",
        "sending": "отправляется",
        "sent": "отправлено",
        "accepted": "принято шлюзом",
        "done": "готово",
        "failed": "не получилось",
    }
}


class OutboxAdmin(ReadOnlyAdmin):
    words = STATES
    empty = "В учёт ничего не отправляли."
    list_filter = ("state", "kind", "system", "priority")
    ordering = ("-seq",)


class NoticeAdmin(ReadOnlyAdmin):
    """What waits: letters that a mail relay has not taken for a while, and those given up within the last day."""

    words: ClassVar[Mapping[str, Words]] = {**STATES, "channel": {"sms": "SMS", "email": "письмо"}}
    empty = "Сообщений людям ещё не было."
    list_filter = ("state", "channel", "purpose")
    ordering = ("-created_at",)

    def waiting(self, request: HttpRequest) -> int | None:
        now = datetime.now(UTC)
        tried = Q(state__in=("queued", "sending"), attempts__gt=0, created_at__lte=now - LETTER_LATE)
        over = Q(state="failed", expires_at__lte=now, expires_at__gt=now - GIVEN_UP_SHOWN)
        return self.get_queryset(request).filter(tried | over, channel="email").count()


class SignalAdmin(ReadOnlyAdmin):
    theme = "Безопасность"
    empty = "Тихо: ни одного сигнала."
    list_filter = ("name", "source")
    ordering = ("-seq",)


class SessionAdmin(ReadOnlyAdmin):
    theme = "Безопасность"
    empty = "В кабинет никто не входил."
    list_filter = ("factors",)
    ordering = ("-created_at",)


class AccountAdmin(ReadOnlyAdmin):
    theme = "Счета"
    words: ClassVar[Mapping[str, Words]] = {
        "status": {"active": "действует", "blocked": "заблокирован", "closed": "закрыт"}
    }
    empty = "Счетов нет: загрузите их командой okno sync."
    sums: ClassVar[Mapping[str, str]] = {"balance": "currency"}
    list_filter = ("system_id", "status", "currency")
    ordering = ("-as_of",)


class JobAdmin(ReadOnlyAdmin):
    words = STATES
    empty = "Заданий нет."
    list_filter = ("state", "kind")
    ordering = ("-run_at",)


site.register(OutboxRow, OutboxAdmin)
site.register(NoticeRow, NoticeAdmin)
site.register(SignalRow, SignalAdmin)
site.register(SessionRow, SessionAdmin)
site.register(AccountRow, AccountAdmin)
site.register(JobRow, JobAdmin)
