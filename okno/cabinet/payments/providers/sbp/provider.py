"""The faster payment system as Okno sees it: links of an acquirer, and everything else is the acquirer's."""

from __future__ import annotations

import msgspec

from okno.cabinet.payments.providers.port import Limits, Provider, Symbol
from okno.cabinet.payments.providers.sbp.client import Carrier
from okno.cabinet.payments.providers.sbp.messages import CURRENCY, LinkBroken, link


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`static_link`: what the acquirer registered for paper; money that comes by it names no account."""

    origins: tuple[str, ...] = ("https://qr.nspk.ru",)
    static_link: str | None = None
    amount_min_minor: int = 10_00
    amount_max_minor: int = 1_000_000_00


def provider(settings: Settings, acquirer: Provider) -> Provider:
    """An acquirer with `codes`, of a shop or terminal of its own. Raises ValueError for one without."""
    if acquirer.codes is None:
        raise ValueError(f"{acquirer.name} has no links of the faster payment system")
    least, most = acquirer.limits.of[CURRENCY]
    limits = {CURRENCY: (max(least, settings.amount_min_minor), min(most, settings.amount_max_minor))}
    return Provider(
        name="sbp",
        limits=Limits(of=limits),
        start=Carrier(acquirer.codes, settings.origins),
        notices=acquirer.notices,
        asking=acquirer.asking,
        refunds=acquirer.refunds,
        registers=acquirer.registers,
        partial=acquirer.partial,
        receipt_asking=acquirer.receipt_asking,
        receipts=acquirer.receipts,
        tells_receipts=acquirer.tells_receipts,
    )


def paper_code(settings: Settings) -> Symbol | None:
    """The static code that may stand on a slip beside the one that names the account. Raises LinkBroken."""
    if settings.static_link is None:
        return None
    if link(settings.static_link, settings.origins).kind != "static":
        raise LinkBroken("kind")
    return Symbol(settings.static_link)
