"""What the invented subscribers of Tryton have lived through: the same for a seed, whatever is asked first."""

from datetime import date
from decimal import Decimal

import pytest

from okno.cli.instance.customers import PARTS
from okno.cli.tryton.history import PAY_DAYS, customs_of, month_of, months, opening_of
from okno.cli.tryton.people import RESIDENTS, Crowd, crowded, party_values, residents_draw, subscribers

CROWD = Crowd(200, 12, 7, date(2026, 11, 1))


def test_a_larger_crowd_begins_with_the_smaller_one() -> None:
    small, large = list(subscribers(Crowd(20, 1, 7, CROWD.until))), list(subscribers(CROWD))
    assert large[: len(small)] == small
    assert len({person.code for person in large}) == len(large)
    assert {person.code for person in large}.isdisjoint(person.code for person in (crowded(50, 8),))


def test_the_residents_come_first_and_one_has_accounts_in_two_companies() -> None:
    people = list(subscribers(CROWD))[: len(RESIDENTS)]
    assert [person.name for person in people] == [part.name for part in PARTS]
    assert [len(person.customs) for person in people] == [1, 1, 2, 1, 1]
    drawn = residents_draw()
    assert [customer.shows for customer in drawn] == [part.shows for part in PARTS]
    pair = drawn[2]
    assert pair.numbers == [people[2].code, f"{people[2].code}-2"]
    assert (drawn[0].password != "", drawn[4].password) == (True, "")
    values = party_values(people[2])
    assert values["identifiers"] == [["create", [{"code": pair.login}]]]
    assert {contact["value"] for contact in values["contact_mechanisms"][0][1]} >= {pair.phone}


def test_the_months_end_with_the_running_one() -> None:
    found = months(CROWD)
    assert (found[0], found[-1], len(found)) == (date(2025, 12, 1), date(2026, 11, 1), 12)


def test_a_month_is_charged_then_paid_and_the_running_one_is_not_paid_yet() -> None:
    paid, settled, credited, kinds = 0, 0, 0, set()
    for person, custom in customs_of(list(subscribers(CROWD)), 0):
        for month in months(CROWD):
            had = month_of(CROWD, person, custom, month)
            assert had == month_of(CROWD, person, custom, month)
            if not custom.charge:
                assert (had.bills, had.payment) == ((), None)
                continue
            assert had.bills[0].on == month
            assert all(bill.on >= month and bill.amount != 0 for bill in had.bills)
            credited += len(had.bills) - 1
            if had.payment is not None:
                assert month < CROWD.until
                assert had.payment.on.day in PAY_DAYS
                assert had.payment.amount > 0
                settles = had.payment.settles is not None
                assert settles == (had.payment.amount == had.bills[0].amount)
                paid, settled = paid + 1, settled + settles
                kinds.add(had.payment.by)
    assert kinds == {"card", "bank"}
    assert paid > settled > paid / 2
    assert credited > 0


@pytest.mark.parametrize(("place", "owes"), [(0, True), (1, False)])
def test_the_demo_s_own_end_as_they_are_named(place: int, owes: bool) -> None:  # noqa: FBT001 (a case of the table)
    person = list(subscribers(CROWD))[place]
    stands = Decimal(0)
    for month in months(CROWD)[:-1]:
        had = month_of(CROWD, person, person.customs[0], month)
        stands += had.bills[0].amount - (had.payment.amount if had.payment else 0)
    assert (stands > 0) == owes
    assert stands != 0


def test_some_brought_a_balance_along_either_way() -> None:
    people = list(subscribers(CROWD))
    found = [opening_of(CROWD, person, custom) for person, custom in customs_of(people, 0)]
    assert any(amount > 0 for amount in found)
    assert any(amount < 0 for amount in found)
    assert not any(opening_of(CROWD, person, custom) for person, custom in customs_of(people, 1))
    assert not any(found[: len(RESIDENTS)])
