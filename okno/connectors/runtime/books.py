"""A system as the runtime works with it: one that numbers its own entries, by itself or by the mirror."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import psycopg

from okno.connectors.runtime.inbound.commands import Keep
from okno.connectors.runtime.mirror.keeping import Mirror
from okno.connectors.runtime.mirror.parts.names import MirroredNames
from okno.connectors.runtime.mirror.parts.pages import MirrorPages
from okno.connectors.runtime.mirror.parts.postings import MirroredPostings
from okno.connectors.runtime.mirror.parts.reads import MirrorReads
from okno.connectors.runtime.mirror.progress import mirror_watermark
from okno.connectors.runtime.mirror.rows import posting_keep
from okno.connectors.runtime.references import References, SameNames
from okno.connectors.runtime.steps import Step
from okno.connectors.runtime.store.clockwork import watermark_set
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.system import System


@dataclass(frozen=True, kw_only=True)
class Books:
    """`system` has `reads`; `names` exchanges ids and references; `mark` writes watermarks.

    `mirror`, and `keep`, which writes down the entry that a payment has become, are there where they are needed.
    """

    system: System
    names: References
    mark: Callable[[psycopg.Connection], bool]
    keep: Keep | None = None
    mirror: Mirror | None = None


def books_of(system: System, connections: Connections, *, step: Step) -> Books:
    if system.ledgers is None:
        return Books(system=system, names=SameNames(), mark=watermark_set)
    mirror = Mirror(system.ledgers, connections=connections, zone=system.zone, step=step)
    names = MirroredNames(mirror, connections)
    return Books(
        system=mirrored(system, connections, names),
        names=names,
        mark=mirror_watermark,
        keep=posting_keep,
        mirror=mirror,
    )


def mirrored(system: System, connections: Connections, names: References) -> System:
    """The mirror's parts beside the adapter's; where the adapter has its own (say, contracts) it stays."""
    reads = MirrorReads(connections)
    postings = system.distant_postings
    return replace(
        system,
        ledgers=None,
        reads=reads,
        statements=system.statements or reads,
        reconciliations=system.reconciliations or reads,
        comparison=system.comparison or MirrorPages(connections),
        distant_postings=MirroredPostings(postings, names) if postings is not None else None,
    )
