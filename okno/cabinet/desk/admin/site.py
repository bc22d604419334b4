"""The site of the desk, and a list that nobody changes."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern

if TYPE_CHECKING:
    Rows = ModelAdmin[Model]
else:
    Rows = ModelAdmin  # generic in the stubs alone


class DeskSite(AdminSite):
    """Nobody types a password here: without a link there is only the advice how to get one."""

    site_header = "Окно · рабочее место"
    site_title = "Окно"
    index_title = "Что происходит"
    site_url = None
    enable_nav_sidebar = False

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002
        return render(request, "desk/enter.html", {"works": False}, status=403)


class ReadOnlyAdmin(Rows):
    """A list without a way to change, add, delete or open a row."""

    list_per_page = 50
    show_full_result_count = False
    actions = None

    def __init__(self, model: type[Model], admin_site: AdminSite) -> None:
        super().__init__(model, admin_site)
        self.list_display = [field.name for field in model._meta.concrete_fields]  # noqa: SLF001
        self.list_display_links = None

    def get_urls(self) -> list[URLPattern]:
        """The list is the only page: what has no route needs no permission."""
        return [route for route in super().get_urls() if str(route.name).endswith("_changelist")]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False


site = DeskSite(name="desk")
