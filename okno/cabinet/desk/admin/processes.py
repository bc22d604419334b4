"""Read-only lists of what the processes do."""

from collections.abc import Mapping
from typing import ClassVar

from okno.cabinet.desk.admin.figures import Words
from okno.cabinet.desk.admin.site import ReadOnlyAdmin, site
from okno.cabinet.desk.models import AccountRow, JobRow, NoticeRow, OutboxRow, SessionRow, SignalRow

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
    words = STATES
    empty = "Сообщений людям ещё не было."
    list_filter = ("state", "purpose")
    ordering = ("-created_at",)


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
