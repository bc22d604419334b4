"""How a connector learns whether its system answers: from its own calls, with nothing asked for it."""

import pytest
from factories.foreign_books import ForeignBooks

from okno.connectors.runtime.inbound.health import AWAY_S, Health, noted
from okno.connectors.runtime.port import Refusal, RefusalCode, SystemAway
from okno.connectors.runtime.system import Ledgers, System


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(clock)


@pytest.fixture
def books() -> ForeignBooks:
    return ForeignBooks()


def ledgers_of(books: ForeignBooks, health: Health) -> Ledgers:
    found = noted(System(id="main", ledgers=books), health).ledgers
    assert found is not None
    return found


def test_a_call_that_finds_nobody_opens_and_one_that_is_answered_closes(books: ForeignBooks, health: Health) -> None:
    ledgers = ledgers_of(books, health)
    assert (health.breaker, health.learned.is_set()) == ("open", False)
    ledgers.changes(None)
    assert (health.breaker, health.learned.is_set()) == ("closed", True)
    books.away = True
    with pytest.raises(SystemAway):
        ledgers.changes(None)
    assert health.breaker == "open"
    books.away = False
    ledgers.changes(None)
    assert health.breaker == "closed"


def test_what_nobody_has_tried_for_long_may_be_tried(health: Health, clock: Clock) -> None:
    health.failed()
    clock.now += AWAY_S - 1
    assert health.breaker == "open"
    clock.now += 1
    assert health.breaker == "half-open"


def test_a_refusal_is_an_answer_and_a_fault_of_the_adapter_says_nothing(health: Health) -> None:
    class Spoiled(ForeignBooks):
        def changes(self, cursor: str | None) -> object:  # type: ignore[override]  # it never returns
            raise KeyError(cursor)

    health.failed()
    with pytest.raises(KeyError):
        ledgers_of(Spoiled(), health).changes("x")
    assert health.breaker == "open"
    books = ForeignBooks()
    books.broken = Refusal(RefusalCode.VALUE_INVALID, "not a cursor")
    with pytest.raises(Refusal):
        ledgers_of(books, health).first(after=None, limit=1)
    assert health.breaker == "closed"


def test_a_system_in_the_stores_own_database_is_left_as_it_is(health: Health) -> None:
    assert Health(asked=False).breaker == "closed"
    own = System(id="main", reads=object())  # type: ignore[arg-type]  # nothing of it is called
    assert noted(own, health) is own
