"""Letters of an instance as `okno doctor` looks at them: do they leave."""

from collections.abc import Iterator
from pathlib import Path

import psycopg

from okno.cabinet.notices.tasks.waiting import letters_given_up, letters_waiting
from okno.cli.instance.reach import ReachError, reach_of

CONNECT_S = 3
SEE = "see smtp in the sender's settings and docs/how-to/send-letters.md"


def letter_troubles(directory: Path) -> Iterator[str]:
    """A line while letters wait for the relay, and for a day when some were given up; none without the database."""
    try:
        with psycopg.connect(reach_of(directory).cabinet, connect_timeout=CONNECT_S) as connection:
            waiting, over = letters_waiting(connection), letters_given_up(connection)
    except (ReachError, psycopg.Error):
        return
    if waiting is not None:
        yield (
            f"Letters wait for the mail relay: {waiting.count}, the oldest since {waiting.since:%Y-%m-%d %H:%M %Z}"
            f" ({waiting.reason}): {SEE}."
        )
    if over is not None:
        yield f"Letters given up within the last day: {over.count} ({over.reason}): {SEE}."
