"""How a command reaches a running instance: through the settings it wrote down."""

from dataclasses import dataclass
from pathlib import Path

import msgspec
from psycopg.conninfo import conninfo_to_dict

from okno.cli.instance.layout import Secrets
from okno.cli.servers.roles import DATABASES
from okno.connectors.main import settings_read


class ReachError(Exception):
    """There is no instance where it was looked for."""


@dataclass(frozen=True)
class Reach:
    """Connection strings: the book as okno_book, the cabinet as okno_owner and as okno_projector."""

    book: str
    cabinet: str
    projector: str = ""


def reach_of(directory: Path) -> Reach:
    """Of the instance in a directory, which must have been started once. Raises ReachError."""
    try:
        book = settings_read(directory / "etc" / "connector.toml").dsn
        secrets = msgspec.json.decode((directory / "etc" / "secrets.json").read_bytes(), type=Secrets)
    except FileNotFoundError as error:
        raise ReachError(f"there is no instance in {directory}: start `okno demo`, or say --dir") from error
    host = conninfo_to_dict(book)["host"]

    def cabinet(role: str) -> str:
        return f"postgresql://{role}:{secrets.roles[role]}@/{DATABASES['cabinet']}?host={host}"

    return Reach(book, cabinet("okno_owner"), cabinet("okno_projector"))
