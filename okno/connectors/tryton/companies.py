"""What does not change while the connector runs: companies, their currencies, the journal that payments go through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from okno.connectors.runtime.port import Refusal, RefusalCode, SystemAway, Trouble
from okno.connectors.tryton.references import Numbers
from okno.connectors.tryton.rpc import Rpc, TrytonRefusal
from okno.protocol.money import exponent_of


@dataclass(frozen=True)
class Journal:
    """A payment journal that clears: `account` is money under way, `journal` the book that clearing moves go into."""

    id: int
    account: int
    journal: int


@dataclass(frozen=True)
class Company:
    """`party` is itself one of Tryton's, and no customer."""

    id: int
    party: int
    currency: str
    journals: Mapping[str, Journal]
    """By currency."""

    def journal(self, currency: str) -> Journal:
        """Raises Refusal CURRENCY_MISMATCH where no payments are taken in it."""
        found = self.journals.get(currency)
        if found is None:
            raise Refusal(RefusalCode.CURRENCY_MISMATCH, f"the company takes no payments in {currency}")
        return found


class Companies(Mapping[int, Company]):
    """What `read` finds, read when it is first needed: a connector starts while its Tryton is away.

    Until then every use may raise SystemAway, also for a user who is shown no company: a person mends that.
    """

    def __init__(self, read: Callable[[], Mapping[int, Company]]) -> None:
        self._read = read
        self._found: Mapping[int, Company] | None = None

    def _known(self) -> Mapping[int, Company]:
        # Two threads may read at once: both find the same, and neither waits for the other.
        return self._found or self._again()

    def _again(self) -> Mapping[int, Company]:
        try:
            found = self._read()
        except TrytonRefusal as refusal:
            raise SystemAway(f"Tryton does not show its companies ({refusal})", Trouble.FAILING) from refusal
        if not found:
            raise SystemAway("Tryton shows no company to its user", Trouble.FAILING)
        self._found = found
        return found

    @property
    def home(self) -> Company:
        return next(iter(self._known().values()))

    @property
    def numbers(self) -> Numbers:
        return Numbers({company.id: company.currency for company in self._known().values()})

    def __getitem__(self, company: int) -> Company:
        """One that is not known was perhaps made since: they are read again."""
        known = self._known()
        return known[company] if company in known else self._again()[company]

    def __iter__(self) -> Iterator[int]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())


def companies_read(rpc: Rpc, payment_journal: str | None = None) -> dict[int, Company]:
    """The companies that the connector's user may see, in the order of their ids.

    Money of the cabinet goes through the journals of that name, or through the oldest one that clears.
    """
    named = [("name", "=", payment_journal)] if payment_journal is not None else []
    rows = rpc.search_read("company.company", [], ["party", "currency.code"], order=[("id", "ASC")])
    listed = rpc.search_read(
        "account.payment.journal",
        [("clearing_account", "!=", None), *named],
        ["company", "currency.code", "clearing_account", "clearing_journal"],
        order=[("id", "DESC")],
    )
    journals: dict[int, dict[str, Journal]] = {}
    for row in listed:
        found = Journal(row["id"], row["clearing_account"], row["clearing_journal"])
        journals.setdefault(row["company"], {})[row["currency."]["code"]] = found
    return {row["id"]: _company(row, journals.get(row["id"], {})) for row in rows}


def _company(row: Mapping[str, Any], journals: Mapping[str, Journal]) -> Company:
    return Company(row["id"], row["party"], row["currency."]["code"], journals)


def minor_of(amount: Decimal, currency: str) -> int:
    """Minor units; Tryton keeps as many decimals as the currency has."""
    return int(amount.scaleb(exponent_of(currency)))


def decimal_of(minor: int, currency: str) -> Decimal:
    exponent = exponent_of(currency)
    return Decimal(minor).scaleb(-exponent).quantize(Decimal(1).scaleb(-exponent))
