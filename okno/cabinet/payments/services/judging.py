"""What a provider's word means for an attempt: a pure decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from okno.cabinet.payments.providers.port import Snapshot
from okno.cabinet.payments.states import ATTEMPT, may
from okno.protocol.money.amount import Money


@dataclass(frozen=True)
class Wanted:
    """An attempt as it stands here.

    `takes_test`: money of a provider's test mode counts (in a demo alone). `left`: a person has seen the wrong money.
    """

    state: str
    amount: Money
    provider_id: str | None
    takes_test: bool
    left: bool = False


@dataclass(frozen=True)
class Judged:
    """The state that the attempt takes, and why where a person may ask."""

    state: str
    reason: str = ""


def judge(wanted: Wanted, snapshot: Snapshot) -> Judged | None:
    """None when nothing changes: news that is old, or that would lead back."""
    is_other = None not in {wanted.provider_id, snapshot.provider_id} and wanted.provider_id != snapshot.provider_id
    if is_other and snapshot.state != "paid":
        return None
    judged = Judged(snapshot.state, snapshot.reason)
    if snapshot.state == "paid":
        # Money of another payment of the provider's under our number: never to be lost, never to be taken for this one.
        judged = Judged("mismatch", "other-payment") if is_other else _money(wanted, snapshot)
    if judged.state == "mismatch" and wanted.left:
        return None
    is_news = judged.state != wanted.state and may(ATTEMPT, wanted.state, judged.state)
    return judged if is_news else None


def amount_cut(amount: int, parts: Sequence[int]) -> list[int]:
    """The amount in the proportion of positive parts, to the last minor unit.

    What rounding leaves goes to the largest remainders, earlier parts first.
    """
    whole = sum(parts)
    cut = [amount * part // whole for part in parts]
    owed = sorted(range(len(parts)), key=lambda place: -(amount * parts[place] % whole))
    for place in owed[: amount - sum(cut)]:
        cut[place] += 1
    return cut


def _money(wanted: Wanted, snapshot: Snapshot) -> Judged:
    """Money that came, if it is the money that was asked for."""
    if snapshot.test and not wanted.takes_test:
        return Judged("mismatch", "test-money")
    if snapshot.amount is None and snapshot.reached is not None and snapshot.reached.fits(wanted.amount):
        return Judged("paid")
    if snapshot.amount is None:
        return Judged("mismatch", "no-amount")
    if snapshot.amount.currency != wanted.amount.currency:
        return Judged("mismatch", "currency")
    if snapshot.amount.minor != wanted.amount.minor:
        return Judged("mismatch", "amount")
    return Judged("paid")
