"""`python -m okno.cabinet.config.migrate [DSN]`: migrations as the owner; without DSN it is OKNO_OWNER_DSN."""

import os
import sys

from okno.cabinet.config.database import migrate


def main(arguments: list[str]) -> int:
    """Exit status 0 when the schema is up to date. A DSN with a password belongs into the environment, not here."""
    dsn = arguments[0] if arguments else os.environ.get("OKNO_OWNER_DSN", "")
    if not dsn:
        sys.stderr.write("usage: OKNO_OWNER_DSN=… python -m okno.cabinet.config.migrate\n")
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okno.cabinet.config.settings")
    migrate(dsn)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
