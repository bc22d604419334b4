"""The site of the desk, and a list that nobody changes."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.admin import AdminSite, AllValuesFieldListFilter, ModelAdmin, ShowFacets
from django.db.models import Model, UUIDField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern

from okno.cabinet.desk.admin.figures import Words, column
from okno.cabinet.desk.core.rights import Right
from okno.cabinet.desk.selectors import staff_rights

if TYPE_CHECKING:
    Rows = ModelAdmin[Model]
else:
    Rows = ModelAdmin  # generic in the stubs alone


def may(request: HttpRequest, right: Right | None) -> bool:
    """Whether who asks is in, and has this right by their roles; None asks for no more than being in."""
    user = request.user
    if not (user.is_active and getattr(user, "is_staff", False)):
        return False
    return right is None or right in staff_rights(user_id=int(str(user.pk)))


class DeskSite(AdminSite):
    """Nobody types a password here: without a link there is only the advice how to get one."""

    site_header = "Рабочее место"
    site_title = "Окно"
    index_title = "Что происходит"
    index_template = "desk/index.html"
    site_url = None
    enable_nav_sidebar = False

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002
        return render(request, "desk/enter.html", {"works": False}, status=403)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:  # noqa: ARG002
        """Lists by theme, in the order of their registration, each with how many of its rows wait for a person."""
        themes: dict[str, list[dict[str, object]]] = {}
        for admin in self._registry.values():
            if isinstance(admin, ReadOnlyAdmin) and admin.has_view_permission(request):
                themes.setdefault(admin.theme, []).append(admin.entry(request))
        return [{"name": name, "models": models} for name, models in themes.items()]


class WordsFilter(AllValuesFieldListFilter):
    """Values of a column as the same words that stand in it."""

    def choices(self, changelist: Any) -> Iterator[Any]:  # noqa: ANN401 (Django's own)
        words = changelist.model_admin.words[self.field_path]
        for choice in super().choices(changelist):
            yield {**choice, "display": words.get(choice["display"], choice["display"])}


class ReadOnlyAdmin(Rows):
    """A list without a way to change, add, delete or open a row.

    A theme's own list says, as attributes of its class:
    `theme` the group on the first page; `empty` the sentence of an empty list; `right` who may look (None: who is in);
    `shown` the columns by name (none: every field);
    `words` field -> value -> word; `sums` field of minor units -> field of its currency;
    and as methods, shown on the first page: `waiting(request)`, how many rows wait for a person (None: nobody counts),
    and `late(request)`, how many of them longer than they may.
    """

    theme = "Процессы"
    empty = "Здесь пока пусто."
    right: ClassVar[Right | None] = None
    shown: ClassVar[tuple[str, ...]] = ()
    words: ClassVar[Mapping[str, Words]] = {}
    sums: ClassVar[Mapping[str, str]] = {}
    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    actions = None
    #: Otherwise Django's page has a style of its own in it, which the policy forbids.
    actions_on_top = True
    change_list_template = "desk/list.html"

    def __init__(self, model: type[Model], admin_site: AdminSite) -> None:
        super().__init__(model, admin_site)
        # Long ids come last: they are copied, and not read.
        fields = sorted(model._meta.concrete_fields, key=lambda each: isinstance(each, UUIDField))  # noqa: SLF001 (Django's own way to the columns)
        every = {each.name: column(each, self.words.get(each.name), self.sums.get(each.name)) for each in fields}
        self.list_display = [every.get(name, name) for name in self.shown or every]
        self.list_display_links = None

    def get_urls(self) -> list[URLPattern]:
        """The list is the only page: what has no route needs no permission."""
        return [route for route in super().get_urls() if str(route.name).endswith("_changelist")]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = self.opts.verbose_name_plural
        return super().changelist_view(request, {"title": title, "empty": self.empty, **(extra_context or {})})

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        named = super().get_list_filter(request)
        return [(each, WordsFilter) if isinstance(each, str) and each in self.words else each for each in named]

    def waiting(self, request: HttpRequest) -> int | None:  # noqa: ARG002
        return None

    def late(self, request: HttpRequest) -> int:  # noqa: ARG002
        return 0

    def entry(self, request: HttpRequest) -> dict[str, object]:
        """Its line on the first page."""
        name = f"desk:{self.opts.app_label}_{self.opts.model_name}_changelist"
        counts = {"waiting": self.waiting(request), "late": self.late(request)}
        return {"name": self.opts.verbose_name_plural, "route": name, **counts}

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request, self.right)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return may(request, self.right)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False


site = DeskSite(name="desk")
