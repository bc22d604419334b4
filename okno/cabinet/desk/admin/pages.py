"""Pages with deeds: what a row is made of, and forms that change something.

How to give a list such pages (`slips.py` is the example):

    class RefundAdmin(PageAdmin[RefundRow]):
        deeds = {"approve": Deed("Одобрить", Right.APPROVE_REFUND, approve, "Возврат одобрен.", (REASON,))}
        def sheet(self, row): return Sheet("Возврат № 7", facts=(("сумма", "1 234,50 ₽"),), deeds=("approve",))

`/desk/<model>/<id>/` then shows the sheet, with a form for each deed of it that the person may do; a POST does one and
leads back to the page with a word on what came of it. Deeds without a row (`begins`) stand on `/desk/<model>/new/`.
A deed is one call of a service, which writes its own audit row; it raises RefusalError or NotFoundError, and says so.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, TypeVar, cast
from uuid import UUID

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from okno.cabinet.accounts.selectors import NotFoundError
from okno.cabinet.desk.admin.figures import Column
from okno.cabinet.desk.admin.site import ReadOnlyAdmin, may
from okno.cabinet.desk.core.rights import Right
from okno.cabinet.kit.problems import Refusal, RefusalError

Form = Mapping[str, str]
#: (member of staff, the row or None, what was typed) -> the id of the row to show then, or None for the same page.
Run = Callable[[int, UUID | None, Form], UUID | None]


@dataclass(frozen=True)
class Field:
    """One field of a form; `value` stands in it. `choices` are (value, word); without them it is text of `chars`.

    `rows` above 1: text of several lines.
    """

    name: str
    label: str
    hint: str = ""
    chars: int = 200
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    optional: bool = False
    rows: int = 1


REASON = Field("reason", "Причина", "Её увидит тот, кто будет проверять.", chars=300)


@dataclass(frozen=True)
class Deed:
    """A form: the word on its button, who may, what it does, what is said after, what is typed.

    `wrong` says how to type it when what was typed cannot be.
    """

    button: str
    right: Right
    run: Run
    done: str
    fields: tuple[Field, ...] = ()
    wrong: str = ""


@dataclass(frozen=True)
class Sheet:
    """What a page shows: facts (name, text), links (word, address), names of deeds. `links_right`: who may follow.

    `texts` (name, text) are what people wrote, of several lines.
    """

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    links_right: Right | None = None
    deeds: tuple[str, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()


Row = TypeVar("Row", bound=Model)


class PageAdmin(ReadOnlyAdmin, Generic[Row]):
    """A list whose rows open, and which may begin new ones."""

    deeds: ClassVar[Mapping[str, Deed]] = {}
    #: How a row's key stands in its address.
    key: ClassVar[str] = "uuid"
    #: Deeds of the page of new rows, and its title.
    begins: ClassVar[tuple[str, ...]] = ()
    new_title = ""
    #: Who may read what `texts` opens.
    texts_right: ClassVar[Right | None] = None

    def __init__(self, model: type[Model], admin_site: Any) -> None:  # noqa: ANN401 (Django's own)
        super().__init__(model, admin_site)
        first, *others = self.list_display
        named = getattr(self, first) if isinstance(first, str) else first
        assert callable(named)
        self.list_display = [self._linked(named), *others]

    @abstractmethod
    def sheet(self, row: Row) -> Sheet:
        """What to show of a row."""

    def texts(self, row: Row) -> tuple[tuple[str, str], ...]:  # noqa: ARG002 (for the lists that have some)
        """What stands sealed and is opened for whoever has the right alone."""
        return ()

    def get_urls(self) -> list[URLPattern]:
        page, new = self.admin_site.admin_view(self.page), self.admin_site.admin_view(self.new)
        own = [path("new/", new, name=self._name("new"))] if self.begins else []
        return [*own, path(f"<{self.key}:row_id>/", page, name=self._name("page")), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        begins = any(may(request, self.deeds[name].right) for name in self.begins)
        new = {"new_title": self.new_title, "new_address": reverse(f"desk:{self._name('new')}")} if begins else {}
        return super().changelist_view(request, {**new, **(extra_context or {})})

    def page(self, request: HttpRequest, row_id: UUID) -> HttpResponse:
        row = self.get_queryset(request).filter(pk=row_id).first()
        if row is None or not self.has_view_permission(request):
            raise Http404
        sheet = self.sheet(cast("Row", row))
        if may(request, self.texts_right):
            sheet = replace(sheet, texts=self.texts(cast("Row", row)))
        return self._answer(request, sheet, row_id)

    def new(self, request: HttpRequest) -> HttpResponse:
        return self._answer(request, Sheet(self.new_title, deeds=self.begins), None)

    def _answer(self, request: HttpRequest, sheet: Sheet, row_id: UUID | None) -> HttpResponse:
        offered = {name: self.deeds[name] for name in sheet.deeds if may(request, self.deeds[name].right)}
        if request.method == "POST":
            shown = self._do(request, offered, row_id)
            if shown is not None:
                return HttpResponseRedirect(shown)
        if row_id is None and not offered:
            raise Http404
        return self._shown(request, sheet, offered)

    def _shown(self, request: HttpRequest, sheet: Sheet, offered: Mapping[str, Deed]) -> HttpResponse:
        """The page, with what was typed standing in its forms."""
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": sheet.title, "sheet": sheet}
        links = sheet.links if may(request, sheet.links_right) else ()
        forms = [
            (name, deed, [(field, request.POST.get(field.name, field.value)) for field in deed.fields])
            for name, deed in offered.items()
        ]
        status = 400 if request.method == "POST" else 200
        return render(request, "desk/page.html", {**context, "links": links, "forms": forms}, status=status)

    def _do(self, request: HttpRequest, offered: Mapping[str, Deed], row_id: UUID | None) -> str | None:
        """Where to go when it is done; None when it was refused, and why stands above the form."""
        act = request.POST.get("act", "")
        deed = offered.get(act)
        if deed is None:
            # Somebody else has done it since this page was opened, or it was never this person's to do.
            passed = act in self.deeds and may(request, self.deeds[act].right)
            refused = Refusal.WRONG_STEP if passed else Refusal.FORBIDDEN
            messages.error(request, ". ".join(refused.texts["ru"]))
            return None
        staff, form = int(str(request.user.pk)), {name: str(text) for name, text in request.POST.items()}
        try:
            made = deed.run(staff, row_id, form)
        except (RefusalError, NotFoundError) as error:
            refusal = error.refusal if isinstance(error, RefusalError) else Refusal.NOT_FOUND
            plain = deed.wrong if refusal in {Refusal.BAD_REQUEST, Refusal.NOT_FOUND} else ""
            messages.error(request, plain or ". ".join(refusal.texts["ru"]))
            return None
        messages.success(request, deed.done)
        return request.path if made is None else reverse(f"desk:{self._name('page')}", args=[made])

    def _name(self, what: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{what}"

    def _linked(self, first: Callable[[Model], str | bool]) -> Column:
        def shown(row: Model) -> str:
            address = reverse(f"desk:{self._name('page')}", args=[row.pk])
            return format_html('<a href="{}">{}</a>', address, first(row))

        shown.short_description = first.short_description  # type: ignore[attr-defined]  # how Django names a column
        shown.admin_order_field = getattr(first, "admin_order_field", None)  # type: ignore[attr-defined]  # likewise
        return shown
