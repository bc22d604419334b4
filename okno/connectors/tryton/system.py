"""Tryton as a system behind the port; named in connector.toml as `okno.connectors.tryton.system:tryton_system`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from okno.connectors.runtime.port import Payee
from okno.connectors.runtime.system import System
from okno.connectors.tryton.bills import TrytonBills
from okno.connectors.tryton.companies import Companies, companies_read
from okno.connectors.tryton.ledgers import TrytonLedgers
from okno.connectors.tryton.people import TrytonDirectory
from okno.connectors.tryton.postings import TrytonPostings
from okno.connectors.tryton.rpc import Rpc
from okno.protocol.checkdigits import static_link_fault


class TrytonOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[options]` of connector.toml. `connections` is Tryton's ceiling: more requests at once are never under way.

    `payees`: by company id, where its customers pay to. `payment_journal`: the name of the journals that money of the
    cabinet goes through, one in each company and currency; the oldest that clears unless said.
    """

    url: str
    database: str
    user: str
    password_file: str
    zone: str = "Europe/Moscow"
    timeout_s: float = 20.0
    connections: int = 4
    payees: dict[str, Payee] = {}
    payment_journal: str | None = None

    def __post_init__(self) -> None:
        for company, payee in self.payees.items():
            if payee.sbp_link is not None and (fault := static_link_fault(payee.sbp_link)) is not None:
                raise ValueError(f"the static SBP link of company {company} is not right: {fault}")


def tryton_system(system: str, options: Mapping[str, Any]) -> System:
    """Tryton itself is asked by the first call of a part. Raises msgspec.ValidationError, OSError."""
    chosen = msgspec.convert(options, TrytonOptions)
    rpc = Rpc(
        chosen.url,
        database=chosen.database,
        user=chosen.user,
        password=Path(chosen.password_file).read_text(encoding="utf-8").strip(),
        timeout_s=chosen.timeout_s,
        connections_max=chosen.connections,
    )
    zone = ZoneInfo(chosen.zone)
    companies = Companies(partial(companies_read, rpc, chosen.payment_journal))
    ledgers = TrytonLedgers(rpc, companies, zone)
    directory = TrytonDirectory(rpc, companies, ledgers)
    payees = {int(company): payee for company, payee in chosen.payees.items()}
    bills = TrytonBills(rpc, companies, payees)
    return System(
        id=system,
        zone=chosen.zone,
        ledgers=ledgers,
        directory=directory,
        customers=directory,
        bills=bills,
        payees=bills if payees else None,
        distant_postings=TrytonPostings(rpc, companies, zone),
    )
