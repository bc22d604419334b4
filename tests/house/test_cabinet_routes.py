"""Rules over the portal's whole interface: who may call what, how views reach rows, what the published file says."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from factories.django_ready import get_resolver
from ninja.operation import Operation, PathView

from okno.cabinet.config.api import api
from okno.cabinet.config.openapi import document, export
from okno.cabinet.identity.api import anyone, code_awaited, freshly_proved, signed_in

ROOT = Path(__file__).resolve().parents[2]
CABINET = ROOT / "okno" / "cabinet"
PUBLISHED = ROOT / "docs" / "reference" / "openapi-portal.json"

# What must work before somebody is signed in.
BEFORE_SIGN_IN = {
    "session_get": anyone,
    "session_end": anyone,
    "session_password": anyone,
    "session_code": code_awaited,
    "session_code_resend": code_awaited,
    **dict.fromkeys(
        [f"registration_{step}" for step in ("get", "begin", "again", "code", "password")],
        anyone,
    ),
    # Somebody unknown pays by a link: its token is all that he shows.
    **dict.fromkeys([f"link_{step}" for step in ("look", "pay", "payment")], anyone),
}
# What changes how money is taken (ASVS 7.5.1).
AFTER_PROOF = dict.fromkeys(("autopay_make", "autopay_resume", "card_default", "card_remove"), freshly_proved)
GUARDS = {**BEFORE_SIGN_IN, **AFTER_PROOF}


def operations() -> Iterator[Operation]:
    """Every operation that the portal's host really routes to."""
    for pattern in get_resolver("okno.cabinet.config.portal_urls").url_patterns:
        for route in getattr(pattern, "url_patterns", []):
            closure = inspect.getclosurevars(route.callback) if inspect.isfunction(route.callback) else None
            view = closure.nonlocals.get("self") if closure else None
            if isinstance(view, PathView):
                yield from view.operations


def test_routes_need_a_session_unless_listed() -> None:
    found = {operation.operation_id: tuple(operation.auth_callbacks) for operation in operations()}
    assert len(found) >= 9
    for name, guards in found.items():
        assert guards == (GUARDS.get(str(name), signed_in),), name
    assert set(GUARDS) <= set(found)


def test_routes_published_description_is_current(tmp_path: Path) -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == document()
    export(tmp_path / "deep" / "portal.json")
    assert (tmp_path / "deep" / "portal.json").read_text(encoding="utf-8") == document()


def test_routes_have_names_and_descriptions() -> None:
    for path, methods in api.get_openapi_schema(path_prefix="/api/")["paths"].items():
        for method, told in methods.items():
            assert told["operationId"], (path, method)
            assert told["description"], (path, method)


def test_views_reach_rows_by_the_domain_alone() -> None:
    """House rule 6: no model, manager or connection in an api.py; selectors and services are the only way."""
    for file in CABINET.glob("*/api.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"objects", "cursor"}, f"{file}:{node.lineno}"
            if isinstance(node, ast.ImportFrom):
                module = node.module or ""
                assert not module.endswith(".models"), f"{file}:{node.lineno}"
                assert not module.startswith("django.db"), f"{file}:{node.lineno}"


def test_cabinet_uses_no_django_signals_and_no_save_logic() -> None:
    """House rule 5."""
    for file in CABINET.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.module not in {"django.dispatch", "django.db.models.signals"}, f"{file}:{node.lineno}"
            if isinstance(node, ast.FunctionDef):
                assert node.name != "save", f"{file}:{node.lineno}"
