"""Links by which anybody pays: how long they work and what came by them. What a link is, nobody can read here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import display
from django.db.models import BigIntegerField, Count, IntegerField, Model, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Now
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from okno.cabinet.desk.admin.figures import NOTHING, moment, money
from okno.cabinet.desk.admin.filters import told_by
from okno.cabinet.desk.admin.money.filters import named
from okno.cabinet.desk.admin.money.words import REFUSALS
from okno.cabinet.desk.admin.pages import Deed, Field, Form, Sheet
from okno.cabinet.desk.admin.payers.rows import PayerAdmin, payment_address
from okno.cabinet.desk.admin.site import may, site
from okno.cabinet.desk.core.rights import Right
from okno.cabinet.desk.models import LinkRow, PaymentRow
from okno.cabinet.desk.services.accounts import NUMBER_CHARS_MAX, NumberError, account_numbered
from okno.cabinet.kit.buckets import ThrottledError
from okno.cabinet.kit.http.entry import KnownRequest
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.payments.services.links.making import DAYS_MAX
from okno.cabinet.payments.services.links.staffing import PURPOSE_CHARS_MAX, staff_link_make, staff_link_revoke

STATES = {"open": "действует", "expired": "срок вышел", "revoked": "отозвана"}
OPEN = Q(revoked_at__isnull=True, expires_at__gt=Now())
PAYMENTS_SHOWN_MAX = 12


def link_state(row: LinkRow) -> str:
    if row.revoked_at is not None:
        return STATES["revoked"]
    return STATES["open"] if row.expires_at > datetime.now(UTC) else STATES["expired"]


FIELDS = (
    Field("number", "Номер счёта", "Как в договоре или в квитанции.", chars=NUMBER_CHARS_MAX),
    Field("system", "Система учёта", chars=64, value="main"),
    Field("amount", "Сумма", "Цифрами: 1234,50. Пусто: сумму назовёт плательщик.", chars=20, optional=True),
    Field("days", "Сколько дней действует", f"От 1 до {DAYS_MAX}.", chars=2, value="7"),
    Field("purpose", "За что", "Это прочтёт плательщик.", chars=PURPOSE_CHARS_MAX, optional=True),
)
WRONG = "Проверьте сумму и срок. У одного счёта не больше двадцати действующих ссылок."


def _never(_staff: int, _row: UUID | None, _form: Form) -> UUID | None:
    """The form of a new link is `LinkAdmin.new`'s own: its answer shows what is shown once."""
    raise RefusalError(Refusal.BAD_REQUEST)


def _revoke(staff: int, row: UUID | None, _form: Form) -> None:
    assert row is not None, "a deed of a row's page"
    staff_link_revoke(staff=staff, link=row)


def _make(request: KnownRequest) -> tuple[UUID, str]:
    """Raises NumberError, RefusalError, ThrottledError; ValueError for days that are no number."""
    typed, staff = request.POST, int(str(request.user.pk))
    account = account_numbered(
        typed.get("number", ""), system=typed.get("system", ""), staff=staff, address=request.client.address
    )
    return staff_link_make(
        staff=staff,
        account=account,
        amount=typed.get("amount", ""),
        days=int(typed.get("days", "")),
        purpose=typed.get("purpose", ""),
    )


def _trouble(error: Exception) -> str:
    if isinstance(error, NumberError):
        return REFUSALS[error.code]
    if isinstance(error, ThrottledError):
        return ". ".join(Refusal.THROTTLED.texts["ru"])
    closed = isinstance(error, RefusalError) and error.refusal is Refusal.ACCOUNT_CLOSED
    return REFUSALS["no-account"] if closed else WRONG


class LinkAdmin(PayerAdmin[LinkRow]):
    """`search`: by the account's last signs."""

    empty = "Ссылок на оплату ещё не делали."
    shown = ("tail", "told", "amount", "uses", "paid", "expires_at", "maker", "purpose", "created_at", "system")
    new_title = "Сделать ссылку на оплату"
    begins = ("make",)
    deeds: ClassVar[Mapping[str, Deed]] = {
        "make": Deed("Сделать ссылку", Right.MAKE_LINK, _never, "", FIELDS),
        "revoke": Deed("Отозвать ссылку", Right.MAKE_LINK, _revoke, "Ссылка отозвана: по ней больше не заплатить."),
    }
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
                who=named("made_by"),
                used=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
                came=Coalesce(Subquery(summed, output_field=BigIntegerField()), 0),
            )
        )
        return found

    @display(description="состояние")
    def told(self, row: LinkRow) -> str:
        return link_state(row)

    @display(description="платежей", ordering="used")
    def uses(self, row: LinkRow) -> str:
        return str(row.used or NOTHING)

    @display(description="пришло", ordering="came")
    def paid(self, row: LinkRow) -> str:
        return money(row.came, row.currency) if row.came else NOTHING

    @display(description="кто сделал", ordering="made_by")
    def maker(self, row: LinkRow) -> str:
        return str(row.who) if row.made_by else "клиент"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        # Nobody can be sent to a portal whose address is not known.
        nowhere = {} if settings.OKNO.portal_url else {"new_address": ""}
        return super().changelist_view(request, {**nowhere, **(extra_context or {})})

    def new(self, request: HttpRequest) -> HttpResponse:
        """The address is shown in the answer to the form, and nowhere else: it is kept by nobody."""
        if not (may(request, Right.MAKE_LINK) and settings.OKNO.portal_url):
            raise Http404
        offered = {"make": self.deeds["make"]}
        if request.method == "POST":
            try:
                link, token = _make(cast("KnownRequest", request))
            except (NumberError, RefusalError, ThrottledError, ValueError) as error:
                messages.error(request, _trouble(error))
            else:
                shown = {"opts": self.opts, "title": "Ссылка готова", "page": f"../{link}/"}
                address = f"{settings.OKNO.portal_url}/l#{token}"
                context = {**self.admin_site.each_context(request), **shown, "address": address}
                return render(request, "desk/link_made.html", context)
        return self._shown(request, Sheet(self.new_title, deeds=self.begins), offered)

    def sheet(self, row: LinkRow) -> Sheet:
        facts = (
            ("состояние", link_state(row)),
            ("счёт", f"··· {row.tail} ({row.system})"),
            ("сумма", NOTHING if row.amount is None else money(row.amount, row.currency)),
            ("за что", row.purpose or NOTHING),
            ("кто сделал", self.maker(row)),
            ("создана", moment(row.created_at)),
            ("действует до", moment(row.expires_at)),
            ("отозвана", moment(row.revoked_at)),
            ("платежей", self.uses(row)),
            ("пришло", self.paid(row)),
        )
        payments = PaymentRow.objects.filter(link_id=row.pk).order_by("-created_at")[:PAYMENTS_SHOWN_MAX]
        links = tuple((f"Платёж № {each.number}", payment_address(each.pk)) for each in payments)
        deeds = ("revoke",) if row.made_by and row.revoked_at is None else ()
        return Sheet(f"Ссылка на оплату счёта ··· {row.tail}", facts, links, deeds=deeds)


site.register(LinkRow, LinkAdmin)
