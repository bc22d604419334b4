"""`python -m okno.cli.reconciling.child import FILE WHO | day DAY WAIT_S`: see `asking`."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from okno.cabinet.config.wsgi import application

# It has set Django up: only now can models be imported.
# isort: split
from okno.cabinet.reconciliation.core.statements.model import StatementError
from okno.cabinet.reconciliation.core.statements.reading import FILE_BYTES_MAX
from okno.cabinet.reconciliation.services.asking import day_ask, day_told
from okno.cabinet.reconciliation.services.importing import statement_import


def bring(file: str, who: str) -> None:
    """Import a file; what it brought, or the line that is wrong."""
    try:
        # One byte more than is taken: the reader sees that there is too much.
        with Path(file).open("rb") as opened:
            content = opened.read(FILE_BYTES_MAX + 1)
        taken = statement_import(name=Path(file).name, content=content, by=f"system:{who}")
    except StatementError as error:
        sys.exit(f"{file}: nothing was imported: {error}")
    sys.stdout.write(f"{taken.lines} lines, {taken.fresh} of them new\n")


def day(text: str, wait_s: str) -> None:
    """Compare a day (empty: the last one) once more and wait for what comes of it."""
    asked = day_ask(date.fromisoformat(text) if text else None)
    if asked is None:
        sys.exit(f"no business day {text or 'is over yet'}: days are cut by the till's process once they are over")
    told = day_told(asked, wait_s=float(wait_s))
    if told is None:
        sys.exit("the till's process has not answered: is it running?")
    away = f", no answer of: {told.away}" if told.away else ""
    sys.stdout.write(f"{told.day}: {told.matched} matched, {told.open} open differences{away}\n")


COMMANDS = {"import": bring, "day": day}


def main(name: str, first: str, second: str) -> None:
    assert callable(application)
    COMMANDS[name](first, second)


if __name__ == "__main__":
    main(*sys.argv[1:])
