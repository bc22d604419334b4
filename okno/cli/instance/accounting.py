"""The accounting inside, asked as its connector asks it: what keeps it from answering, and what to do about it."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from okno.cli.instance.settings import TRYTON_ADAPTER
from okno.connectors.entries import EntryError
from okno.connectors.main import BOOK, ConnectorSettings, foreign_of, settings_read
from okno.connectors.runtime.port import SystemAway, Trouble

# What a customer sees is promised within two seconds: a look that lasts longer breaks that alone.
SLOW_S = 2.0
# A person waits for this one.
PATIENCE = {TRYTON_ADAPTER: {"timeout_s": 10.0}}
REMEDIES = {
    Trouble.NO_ANSWER: "start it, or correct its address in {file}",
    Trouble.DATABASE: "start its database, or let it in there again",
    Trouble.LOGIN: "give that user the password that {file} names, there or here, then restart the connector",
    Trouble.RIGHTS: "give that user the rights again that the connector needs",
    Trouble.LIMITED: "it is asked too often: lower the ceiling in {file}, then restart the connector",
    Trouble.FAILING: "look into its own log",
}
MEANWHILE = "customers see the last figures with their age, payments wait in the outbox"


def accounting_troubles(directory: Path) -> Iterator[str]:
    """At most one line; none for the built-in book, which is as well as its database."""
    file = directory / "etc" / "connector.toml"
    if not file.exists():
        return
    settings = settings_read(file)
    if settings.adapter == BOOK:
        return
    name = f"The accounting {settings.system}"
    try:
        seconds = _look_s(settings)
    except SystemAway as away:
        remedy = REMEDIES[away.trouble].format(file=file)
        yield f"{name} is away ({away}): {remedy}; meanwhile {MEANWHILE}."
    except (EntryError, OSError, msgspec.ValidationError) as error:
        yield f"{name} cannot be asked ({error}): correct adapter and options in {file}."
    except Exception as error:  # noqa: BLE001 (an adapter may raise anything, and a person wants one line of it)
        yield f"{name} cannot be asked, its adapter fails ({error!r}): look into the connector's log."
    else:
        if seconds > SLOW_S:
            yield (
                f"{name} is slow ({seconds:.1f} s for one look): see to the load of its server; it is looked at less"
                f" often meanwhile, and figures are older."
            )


def _look_s(settings: ConnectorSettings) -> float:
    """How long one look takes, in seconds. Raises SystemAway and what an adapter cannot begin with."""
    options = {**settings.options, **PATIENCE.get(settings.adapter, {})}
    system = foreign_of(msgspec.structs.replace(settings, options=options))
    if system.ledgers is None:
        return 0.0
    # The first one also logs in, which the connector does once and not at each look.
    system.ledgers.first(after=None, limit=1)
    begun = time.monotonic()
    system.ledgers.first(after=None, limit=1)
    return time.monotonic() - begun
