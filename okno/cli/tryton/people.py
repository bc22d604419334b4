"""Who the invented subscribers are: the demo's own, each for what it shows, and a crowd beside them.

The party's code is the number of the account; the telephone is a contact mechanism `mobile`, the contract an
identifier without a type.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from okno.cli.instance.customers import PARTS, password_draw
from okno.cli.instance.layout import Customer
from okno.connectors.book.crowd.draws import Draws
from okno.connectors.book.crowd.people import row_of
from okno.protocol.ids import new_id

ROUBLES, EUROS = 0, 1
SEED, SEEDS_MAX, CROWD_MAX = 7, 39, 999_999
_TOPIC = 21
_TARIFFS = (35_000, 45_000, 59_000, 75_000, 89_000, 120_000)
_EURO_TARIFFS = (1_500, 2_400, 3_900)
_NOBODY_AT = datetime(2026, 1, 1, tzinfo=UTC)
_STREET = "ул. Образцовая"

#: Accounts in the order of the companies: the usual month in minor units, percent paid of the last three months.
_ACCOUNTS = {
    "two accounts": ((71_500, 100), (2_340, 92)),
    "without access": ((58_300, 90),),
}
RESIDENTS = tuple(replace(part, accounts=_ACCOUNTS.get(part.shows, part.accounts)) for part in PARTS)


@dataclass(frozen=True)
class Crowd:
    """`until` is the first day of the running month: charged, and not yet paid. The months end with it."""

    parties: int
    months: int
    seed: int
    until: date


class Custom(NamedTuple):
    """What somebody has with a company (its place among them): the month in minor units, 0 for none yet.

    `share` is the percent paid of the last months by the demo's own; chance decides for the crowd.
    """

    company: int
    charge: int
    share: int | None = None


class Subscriber(NamedTuple):
    """`place` is among all; `code` is unique among the parties of one Tryton."""

    place: int
    code: str
    name: str
    phone: str
    contract: str
    address: str
    customs: tuple[Custom, ...]


def subscribers(crowd: Crowd) -> Iterator[Subscriber]:
    """The residents and then the crowd; the first n of more are the same as n."""
    for place in range(crowd.parties):
        yield resident(place) if place < len(RESIDENTS) else crowded(place, crowd.seed)


def resident(place: int) -> Subscriber:
    """One of the demo's own: the same with every seed."""
    part, number = RESIDENTS[place], place + 1
    customs = tuple(Custom(company, charge, share) for company, (charge, share) in enumerate(part.accounts))
    address = f"{_STREET}, д. {number}, кв. 1"
    return Subscriber(place, f"{40_000_000 + number}", part.name, part.phone, f"100-200-{number:03d}", address, customs)


def residents_draw() -> list[Customer]:
    """The demo's own as customers of the cabinet; which accounts they have there is not known yet."""
    drawn = []
    for place, part in enumerate(RESIDENTS):
        person = resident(place)
        # As the adapter numbers them: the second company's bear its id behind the code.
        numbers = [person.code if not one.company else f"{person.code}-{one.company + 1}" for one in person.customs]
        drawn.append(
            Customer(
                shows=part.shows,
                login=person.contract,
                password=password_draw() if part.has_user else "",
                has_user=part.has_user,
                phone=part.phone,
                name=part.name,
                customer=new_id(),
                accounts=[],
                numbers=numbers,
            )
        )
    return drawn


def crowded(place: int, seed: int) -> Subscriber:
    """Somebody of the crowd `seed`."""
    assert 0 < seed <= SEEDS_MAX
    assert place <= CROWD_MAX
    row = row_of(seed, place, [], _NOBODY_AT)
    draws = Draws(seed, place, _TOPIC)
    customs = [Custom(ROUBLES, _TARIFFS[draws.below(len(_TARIFFS))])]
    if draws.below(10) == 0:
        customs.append(Custom(EUROS, _EURO_TARIFFS[draws.below(len(_EURO_TARIFFS))]))
    return Subscriber(place, f"{seed:02d}{place:06d}", row.name, row.phone, row.contract, row.address, tuple(customs))


def party_values(subscriber: Subscriber) -> dict[str, Any]:
    """A row of `party.party`."""
    contacts = [
        {"type": "mobile", "value": subscriber.phone},
        {"type": "email", "value": f"{subscriber.code}@example.com"},
    ]
    return {
        "code": subscriber.code,
        "name": subscriber.name,
        "addresses": [["create", [{"street_unstructured": subscriber.address, "city": "Светлый"}]]],
        "contact_mechanisms": [["create", contacts]],
        "identifiers": [["create", [{"code": subscriber.contract}]]],
    }
