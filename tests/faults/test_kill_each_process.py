"""kill -9 of each process of the full stack while 500 operations flow: each arrives exactly once, in order.

The supervisor starts what was killed again; outbox, inbox, versions and acknowledgements do the rest. What the book
says is compared with the read model, row by row, when the street has gone quiet.
"""

import http.client
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psycopg
import pytest
from factories.street import Answer, Demo, Visitor
from psycopg.conninfo import conninfo_to_dict

from okno.cli.instance.reach import reach_of
from okno.cli.street.full import OURS
from okno.connectors.book.drafts import Draft
from okno.connectors.book.posting import post
from okno.protocol.ids import new_id

SERVERS = ("postgres", "rabbitmq", "nginx", "epmd")
OPERATIONS = 500
KILL_AFTER = 150
SETTLED_TIMEOUT_S = 120
POSTERS = 4

# A process dies with what it has in hand: its caller finds out as he writes, waits or reads. Refused is another thing.
CUT = (ConnectionResetError, BrokenPipeError, http.client.IncompleteRead)

TOLD = """
SELECT e.key, e.epoch, e.n, e.amount, e.balance FROM book.entry e JOIN book.account a ON a.id = e.account
 WHERE a.number = %s ORDER BY e.epoch, e.n
"""
SEEN = """
SELECT key, epoch, version, amount, balance FROM accounts_operation WHERE account_id = %s ORDER BY position
"""
POSITIONS = "SELECT array_agg(position ORDER BY position) FROM accounts_operation WHERE account_id = %s"
STATE = "SELECT balance, gap_since FROM accounts_account WHERE id = %s"


@dataclass
class Flow:
    """Posts 500 operations from several hands; a posting whose database dies is posted again under its key."""

    book: str
    numbers: list[str]
    posted: list[str] = field(default_factory=list)
    half_way: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        hands = [threading.Thread(target=self._hand, args=(hand,)) for hand in range(POSTERS)]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()

    def _hand(self, hand: int) -> None:
        drafts = [
            Draft(self.numbers[(hand + number) % len(self.numbers)], "charge", new_id(), 100 + number, text="Проба")
            for number in range(OPERATIONS // POSTERS)
        ]
        until = time.monotonic() + SETTLED_TIMEOUT_S
        while drafts:
            try:
                with psycopg.connect(self.book, autocommit=True, connect_timeout=5) as connection:
                    while drafts:
                        post(connection, drafts[0])
                        self._count(drafts.pop(0))
            except psycopg.OperationalError:
                # Whether the last one was stored is unknown: it is posted again under its key.
                assert time.monotonic() < until, "the book does not come back"
                time.sleep(0.1)

    def _count(self, draft: Draft) -> None:
        self.posted.append(draft.key)
        if len(self.posted) >= KILL_AFTER:
            self.half_way.set()


@dataclass
class Books:
    """Both sides of one account, read beside the product."""

    demo: Demo
    book: str
    cabinet: str

    @classmethod
    def of(cls, demo: Demo) -> "Books":
        reach = reach_of(demo.directory)
        host = conninfo_to_dict(reach.book)["host"]
        password = (demo.directory / "pg" / "superuser.password").read_text()
        return cls(demo, reach.book, f"postgresql://okno:{password}@/okno_cabinet?host={host}")

    def told(self, number: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.book) as connection:
            return connection.execute(TOLD, [number]).fetchall()

    def seen(self, account: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.cabinet) as connection:
            return connection.execute(SEEN, [account]).fetchall()

    def await_settled(self, number: str, account: str) -> None:
        until = time.monotonic() + SETTLED_TIMEOUT_S
        while len(self.seen(account)) < len(self.told(number)):
            assert time.monotonic() < until, f"{len(self.seen(account))} of {len(self.told(number))} arrived"
            time.sleep(0.2)


@pytest.fixture(scope="module")
def books(full_street: Demo) -> Books:
    return Books.of(full_street)


@pytest.mark.parametrize("victim", [*OURS, *SERVERS])
def test_every_operation_arrives_once_and_in_order(full_street: Demo, books: Books, victim: str) -> None:
    customer = full_street.customer("two accounts")
    flow = Flow(books.book, customer["numbers"])
    worker = threading.Thread(target=flow.run)
    worker.start()
    assert flow.half_way.wait(SETTLED_TIMEOUT_S)
    killed = full_street.state().pids[victim]
    os.kill(killed, signal.SIGKILL)
    worker.join()
    assert len(flow.posted) == len(set(flow.posted)) == OPERATIONS // POSTERS * POSTERS
    arrived: set[object] = set()
    for number, account in zip(customer["numbers"], customer["accounts"], strict=True):
        books.await_settled(number, account)
        told, seen = books.told(number), books.seen(account)
        assert seen == told
        arrived |= {row[0] for row in seen}
        with psycopg.connect(books.cabinet) as connection:
            positions = connection.execute(POSITIONS, [account]).fetchone()
            state = connection.execute(STATE, [account]).fetchone()
        assert positions == (list(range(1, len(seen) + 1)),)
        assert state == (told[-1][4], None)
    assert set(flow.posted) <= arrived
    assert_back(full_street, victim, killed)


def assert_back(demo: Demo, victim: str, killed: int) -> None:
    """The victim runs again as another process."""
    until = time.monotonic() + SETTLED_TIMEOUT_S
    while demo.state().pids.get(victim, killed) == killed:
        assert time.monotonic() < until, f"{victim} was not started again"
        time.sleep(0.1)


@dataclass
class Asking:
    """The same again and again from several hands, until told that it is enough."""

    ask: Callable[[], Answer]
    over: threading.Event = field(default_factory=threading.Event)
    heard: list[int | str] = field(default_factory=list)

    def run(self) -> None:
        while not self.over.is_set():
            try:
                answer = self.ask()
            except CUT:
                self.heard.append("cut")
            except OSError as error:
                self.heard.append(type(error).__name__)
            else:
                self.heard.append(answer.status)

    def while_killed(self, demo: Demo, *victims: str) -> set[int | str]:
        """What all of them heard, from before processes died at once until long after others stood in their place."""
        hands = [threading.Thread(target=self.run) for _ in range(POSTERS)]
        for hand in hands:
            hand.start()
        try:
            self._await(KILL_AFTER)
            killed = {victim: demo.state().pids[victim] for victim in victims}
            for pid in killed.values():
                os.killpg(pid, signal.SIGKILL)
            for victim, pid in killed.items():
                assert_back(demo, victim, pid)
            self._await(len(self.heard) + KILL_AFTER)
        finally:
            self.over.set()
        for hand in hands:
            hand.join()
        return set(self.heard)

    def _await(self, count: int) -> None:
        until = time.monotonic() + SETTLED_TIMEOUT_S
        while len(self.heard) < count:
            assert time.monotonic() < until, "nobody answers any more"
            time.sleep(0.1)


@pytest.fixture
def counter(books: Books) -> Iterator[str]:
    """Where notices of a payment system go. What was refused is forgotten: the next guest's doctor would tell him."""
    yield "/notices/yookassa"
    with psycopg.connect(books.cabinet) as connection:
        connection.execute("DELETE FROM payments_notice WHERE provider = 'yookassa' AND state = 'refused'")


@pytest.mark.parametrize("victim", ["counter1", "counter2", "nginx"])
def test_nobody_who_knocks_is_turned_away_meanwhile(full_street: Demo, counter: str, victim: str) -> None:
    """By notices that prove nothing, each kept in the database."""
    knocking = Asking(lambda: full_street.request("POST", "pay", counter, body={"event": new_id()}))
    # What nginx itself had in hand dies with it; nobody is refused, and no process behind it shows that it died.
    heard = knocking.while_killed(full_street, victim)
    assert heard - ({"cut"} if victim == "nginx" else set()) == {400}


@pytest.fixture(scope="module")
def visitor(full_street: Demo) -> Visitor:
    return Visitor(full_street, full_street.customer("in credit")).sign_in()


@pytest.mark.parametrize(
    ("victim", "path"),
    [
        ("web1", "/api/session"),
        ("web2", "/api/session"),
        ("live1", "/live/v1/overview"),
        ("live2", "/live/v1/overview"),
    ],
)
def test_nobody_who_is_signed_in_notices_that_one_of_two_died(
    full_street: Demo, visitor: Visitor, victim: str, path: str
) -> None:
    reading = Asking(lambda: full_street.request("GET", "portal", path, headers=visitor.cookie))
    assert reading.while_killed(full_street, victim) == {200}
    assert visitor.ask("GET", "/api/session").json()["state"] == "open"


@pytest.mark.parametrize(
    ("victims", "path"),
    [(("web1", "web2"), "/api/session"), (("live1", "live2"), "/live/v1/overview")],
    ids=["web", "live"],
)
def test_nobody_who_is_signed_in_is_refused_when_both_died_in_the_same_instant(
    full_street: Demo, visitor: Visitor, victims: tuple[str, str], path: str
) -> None:
    reading = Asking(lambda: full_street.request("GET", "portal", path, headers=visitor.cookie))
    assert reading.while_killed(full_street, *victims) == {200}


def test_afterwards_customers_still_get_in(full_street: Demo) -> None:
    visitor = Visitor(full_street, full_street.customer("in credit")).sign_in()
    assert visitor.overview()["account"]["balance"].startswith("-")
