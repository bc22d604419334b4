"""Read-only lists of what the processes do."""

from okno.cabinet.desk.admin.site import ReadOnlyAdmin, site
from okno.cabinet.desk.models import AccountRow, JobRow, NoticeRow, OutboxRow, SessionRow, SignalRow


class OutboxAdmin(ReadOnlyAdmin):
    list_filter = ("state", "kind", "system", "priority")
    ordering = ("-seq",)


class NoticeAdmin(ReadOnlyAdmin):
    list_filter = ("state", "purpose")
    ordering = ("-created_at",)


class SignalAdmin(ReadOnlyAdmin):
    list_filter = ("name", "source")
    ordering = ("-seq",)


class SessionAdmin(ReadOnlyAdmin):
    list_filter = ("factors",)
    ordering = ("-created_at",)


class AccountAdmin(ReadOnlyAdmin):
    list_filter = ("system_id", "status", "currency")
    ordering = ("-as_of",)


class JobAdmin(ReadOnlyAdmin):
    list_filter = ("state", "kind")
    ordering = ("-run_at",)


site.register(OutboxRow, OutboxAdmin)
site.register(NoticeRow, NoticeAdmin)
site.register(SignalRow, SignalAdmin)
site.register(SessionRow, SessionAdmin)
site.register(AccountRow, AccountAdmin)
site.register(JobRow, JobAdmin)
