"""The portal's OpenAPI description, from the routes themselves: `python -m okno.cabinet.config.openapi PATH`."""

import json
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okno.cabinet.config.settings")
django.setup()

from okno.cabinet.config.api import api  # noqa: E402 (Django must be set up before its apps are imported)


def document() -> str:
    """The description as JSON text, the same bytes for the same routes."""
    schema = api.get_openapi_schema(path_prefix="/api/")
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def export(path: Path) -> None:
    """Write it where the web app's generator and the tests look for it: docs/reference/openapi-portal.json."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    export(Path(sys.argv[1]))
