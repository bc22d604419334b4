"""The connector dies at every step of a posting in Tryton: whoever comes after it posts once, and the same."""

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from factories.tryton import Office

from okno.cli.servers.tryton import CABINET
from okno.connectors.runtime.port import MoneyBack, Payment, Posted, Refusal, RefusalCode
from okno.connectors.tryton.companies import companies_read, decimal_of
from okno.connectors.tryton.lines import REFUND
from okno.connectors.tryton.postings import TrytonPostings
from okno.connectors.tryton.references import place_of
from okno.connectors.tryton.rpc import Rpc
from okno.protocol.ids import new_id

NOW = datetime.now(UTC)
ZONE = ZoneInfo("Europe/Moscow")
STEPS_MAX = 40


class KilledError(BaseException):
    """What kill -9 is to a process: nothing of it may catch this."""


class Mortal(Rpc):
    """Dies after Tryton has done the `last`th request and before anybody learns of it."""

    last: int | None = None

    def _ask(self, method: str, parameters: Sequence[Any], session: str | None) -> Any:  # noqa: ANN401 - as it is there
        answer = super()._ask(method, parameters, session)
        if self.last is not None:
            self.last -= 1
            if self.last == 0:
                raise KilledError(method)
        return answer


@pytest.fixture(scope="module")
def mortal(tryton: Office) -> tuple[Mortal, TrytonPostings]:
    options = tryton.options()
    rpc = Mortal(
        options["url"],
        database=options["database"],
        user=options["user"],
        password=tryton.password_file.read_text(encoding="utf-8"),
    )
    return rpc, TrytonPostings(rpc, companies_read(rpc, CABINET), ZONE)


def killed_at_each_step(rpc: Mortal, work: Callable[[str], Posted]) -> list[tuple[str, Posted]]:
    """For each request of the work a new key: killed there and done again, until a life is long enough for all."""
    done = []
    for step in itertools.count(1):
        assert step < STEPS_MAX
        key = new_id()
        rpc.last = step
        try:
            work(key)
        except KilledError:
            rpc.last = None
            done.append((key, work(key)))
        else:
            rpc.last = None
            return done
    raise AssertionError


def entries(tryton: Office, number: int) -> dict[str, int]:
    ledgers = tryton.system().ledgers
    assert ledgers is not None
    (ledger,) = ledgers.ledgers([tryton.account(number)])
    return {entry.key: entry.amount for entry in ledger.entries}


def test_a_payment_is_posted_once(tryton: Office, mortal: tuple[Mortal, TrytonPostings]) -> None:
    rpc, postings = mortal
    before = entries(tryton, 2)
    done = killed_at_each_step(rpc, lambda key: _paid(postings, tryton, key))
    assert len(done) > 6
    after = entries(tryton, 2)
    assert all(postings.find(key) == posted for key, posted in done)
    # One of the lives was long enough: its payment stands there as well.
    assert sorted(after[key] for key in after.keys() - before.keys()) == [-10_00] * (len(done) + 1)
    assert {posted.key for _, posted in done} <= after.keys() - before.keys()


def test_a_refund_and_a_reversal_are_posted_once(tryton: Office, mortal: tuple[Mortal, TrytonPostings]) -> None:
    rpc, postings = mortal
    paid = [new_id() for _ in range(STEPS_MAX)]
    left = iter(paid)

    def taken_back(key: str) -> Posted:
        payment = of.setdefault(key, "") or _another(postings, tryton, next(left), rpc)
        of[key] = payment
        return postings.post_reversal(MoneyBack(key, payment, tryton.account(2), 10_00, "RUB", NOW))

    of: dict[str, str] = {}
    whole = _another(postings, tryton, new_id(), rpc)
    for amount, work in (
        # So little that all of them together stay below the payment.
        (10, lambda key: postings.post_refund(MoneyBack(key, whole, tryton.account(2), 10, "RUB", NOW))),
        (10_00, taken_back),
    ):
        before = entries(tryton, 2)
        done = killed_at_each_step(rpc, work)
        fresh = {key: entry for key, entry in entries(tryton, 2).items() if key not in before and entry > 0}
        assert len(done) > 3
        assert list(fresh.values()) == [amount] * (len(done) + 1)
        assert {posted.key for _, posted in done} <= fresh.keys()


def test_a_creation_that_comes_late_is_left_a_draft(tryton: Office, mortal: tuple[Mortal, TrytonPostings]) -> None:
    rpc, postings = mortal
    late_payment, late_move = _drafts_of_another_key(tryton, postings)
    paid, returned = new_id(), new_id()
    wish = Payment(paid, tryton.account(2), 10_00, "RUB", "card", NOW)
    back = MoneyBack(returned, paid, tryton.account(2), 1_00, "RUB", NOW)
    first, refunded = postings.post_payment(wish), postings.post_refund(back)
    before = entries(tryton, 2)
    tryton.book.model("account.payment", "write", [late_payment], {"reference": paid})
    tryton.book.model("account.move", "write", [late_move], {"description": f"{REFUND}{returned}"})
    assert (postings.find(paid), postings.post_payment(wish)) == (first, first)
    assert (postings.find(returned), postings.post_refund(back)) == (refunded, refunded)
    assert entries(tryton, 2) == before
    (draft,) = rpc.search_read("account.payment", [("id", "=", late_payment)], ["state"])
    assert draft["state"] == "draft"


def test_a_refund_that_was_begun_takes_no_more_than_is_left_when_it_goes_on(
    tryton: Office, mortal: tuple[Mortal, TrytonPostings]
) -> None:
    _, postings = mortal
    paid = new_id()
    begun = MoneyBack(new_id(), paid, tryton.account(2), 6_00, "RUB", NOW)
    _paid(postings, tryton, paid)
    company, place = postings._companies[tryton.companies[0].id], place_of(tryton.account(2))  # noqa: SLF001 - as below
    postings._create_move(place, company, begun, f"{REFUND}{begun.key}")  # noqa: SLF001 - as below
    postings.post_refund(MoneyBack(new_id(), paid, tryton.account(2), 6_00, "RUB", NOW))
    before = entries(tryton, 2)
    with pytest.raises(Refusal) as refused:
        postings.post_refund(begun)
    assert refused.value.code is RefusalCode.ENTRY_CORRECTED
    # What is left is there for another.
    postings.post_refund(msgspec.structs.replace(begun, amount=4_00, key=new_id()))
    assert (postings.find(begun.key), len(entries(tryton, 2))) == (None, len(before) + 1)


def _drafts_of_another_key(tryton: Office, postings: TrytonPostings) -> tuple[int, int]:
    """What two creations have left behind, both older than anything that comes: ids of the payment and of the move."""
    key = new_id()
    company = postings._companies[tryton.companies[0].id]  # noqa: SLF001 - to stop where a call would be cut
    place, at = place_of(tryton.account(2)), NOW
    payment = Payment(key, place.reference, 10_00, "RUB", "card", at)
    number = postings._create_payment(place, company, payment, decimal_of(10_00, "RUB"))  # noqa: SLF001 - as above
    back = MoneyBack(key, key, place.reference, 1_00, "RUB", at)
    return number, postings._create_move(place, company, back, f"{REFUND}{key}")  # noqa: SLF001 - as above


def _paid(postings: TrytonPostings, tryton: Office, key: str) -> Posted:
    return postings.post_payment(Payment(key, tryton.account(2), 10_00, "RUB", "card", NOW))


def _another(postings: TrytonPostings, tryton: Office, key: str, rpc: Mortal) -> str:
    """A payment that is there before anybody dies."""
    life, rpc.last = rpc.last, None
    _paid(postings, tryton, key)
    rpc.last = life
    return key
