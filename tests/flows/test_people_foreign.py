"""Questions about people to a system that is not the book: parts left out, names of its own, trouble in between."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import pytest
from factories.book_street import CABINET, SYSTEM, USER, Trust, now, rows
from factories.people_asking import IDENTIFY, PAYABLE, PROVE, RENEW, SERVICE, SYNC

from okno.connectors.runtime.grants import grant_issue
from okno.connectors.runtime.keys import Keys
from okno.connectors.runtime.people.inside import Inside
from okno.connectors.runtime.people.limits import PeopleLimits
from okno.connectors.runtime.people.questions import people_questions
from okno.connectors.runtime.port import (
    AccountState,
    Facts,
    Identified,
    Page,
    Profile,
    Refusal,
    RefusalCode,
    Snapshot,
    SystemAway,
    Version,
)
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.system import System
from okno.protocol import jws
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.ids import new_id
from okno.protocol.messages import Message
from okno.protocol.pen import Glass, Received
from okno.protocol.sealing import open_sealed, seal

REFERENCE, ID = "party 7, acct 1", "019a0000-0000-7000-8000-0000000000a1"
AT = datetime(2026, 11, 22, tzinfo=UTC)
REFUSED = m.GrantsAnswer(granted=False)


class Foreign:
    """Fulfils Directory, Reads, Comparison; `phone`, `accounts` and `refusal` are what it says of its one customer."""

    def __init__(self) -> None:
        self.phone, self.accounts = "+79000000001", [REFERENCE]
        self.refusal: Refusal | None = None
        self.asked: list[Facts] = []

    def identify(self, facts: Facts) -> Identified | None:
        self.asked.append(facts)
        if self.refusal is not None:
            raise self.refusal
        return Identified(self.accounts, self.phone) if facts.value == "right" else None

    def find(self, number: str) -> str | None:
        if self.refusal is not None:
            raise self.refusal
        return REFERENCE if number == "7/1" else None

    def profile(self, account: str) -> Profile:
        assert account == REFERENCE
        if self.refusal is not None:
            raise self.refusal
        return Profile("Орлов Пётр", "7/1")

    def snapshot(self, account: str, **_page: object) -> Snapshot:
        if account != REFERENCE:
            raise Refusal(RefusalCode.ACCOUNT_UNKNOWN, account)
        return Snapshot(AccountState(account, "RUB", "/1", "active", 500, None), Version(1, 1), AT, (), more=False)

    def accounts_page(self, **_members: object) -> Page[object]:
        return Page((), AT, None)


class Names:
    """Fulfils References for one account; `away` is trouble on the way to the foreign system."""

    def __init__(self) -> None:
        self.away = False
        self.known = {REFERENCE: ID}

    def reference(self, account: str) -> str:
        if account != ID:
            raise Refusal(RefusalCode.ACCOUNT_UNKNOWN, account)
        return REFERENCE

    def ids(self, references: Sequence[str]) -> Mapping[str, str]:
        if self.away:
            raise SystemAway("nobody answers")
        return {one: self.known[one] for one in references if one in self.known}


class Bench:
    def __init__(self, dsn: str) -> None:
        self.trust, self.foreign, self.names = Trust(), Foreign(), Names()
        self.connections = Connections(dsn, size=2)
        self.glass = Glass(self.trust.ring, receiver=SYSTEM)
        self.alarms: list[tuple[str, dict[str, str]]] = []

    def inside(self, **parts: object) -> Inside:
        return Inside(
            system=System(id="main", reads=self.foreign, **parts),
            names=self.names,
            connections=self.connections,
            keys=Keys(self.trust.ring, self.trust.connector, self.trust.opening),
            clock=now,
            limits=PeopleLimits(),
            alarm=lambda _asked, signal, detail: self.alarms.append((signal, dict(detail))),
        )

    def received(self, type_: str, data: Message, **rest: object) -> Received:
        envelope = self.trust.pen(CABINET).message(type_, data, at=now(), audience=SYSTEM, **(rest or SERVICE))
        raw = jws.countersign(self.trust.pen(CABINET).write(envelope), self.trust.gateway)
        return self.glass.read(raw, at=now(), online=True)

    def ask(self, type_: str, data: Message, parts: dict[str, object] | None = None, **rest: object) -> Message:
        chosen = {"directory": self.foreign} if parts is None else parts
        return people_questions(self.inside(**chosen))[type_](self.received(type_, data, **rest))

    def sealed(self, content: Message, type_: str) -> str:
        entry = self.trust.ring.opening_for("connector.main", now())
        return seal(msgspec.json.encode(content), entry, subject=None, type=type_)

    def identify(self, value: str = "right") -> tuple[str, m.CodeMessage]:
        facts = self.sealed(m.IdentifyFacts("7/1", "contract", value), IDENTIFY)
        answer = self.ask(IDENTIFY, m.CustomerIdentify("ru", facts))
        assert isinstance(answer, m.IdentifyAnswer)
        plain = open_sealed(answer.sealed, self.trust.sender_opening, subject=None, type=IDENTIFY)
        return answer.attempt, msgspec.json.decode(plain, type=m.CodeMessage)

    def prove(self, attempt: str, message: m.CodeMessage) -> Message:
        code = message.text[:6]
        return self.ask(PROVE, m.CustomerProve(attempt, USER, self.sealed(m.TypedCode(code), PROVE)))


@pytest.fixture
def bench(dsn: str) -> Iterator[Bench]:
    made = Bench(dsn)
    yield made
    made.connections.close()


def test_what_is_offered_follows_from_the_parts(bench: Bench) -> None:
    def offered(**parts: object) -> set[str]:
        return {type_.removeprefix("okno.").removesuffix(".v1") for type_ in people_questions(bench.inside(**parts))}

    people = {"customer.identify", "customer.prove", "customer.profile.get", "customer.grant.renew"}
    assert offered() == {"payment.payable"}
    assert offered(directory=object()) == {"payment.payable"} | people
    assert offered(payees=object()) == {"payment.payable"}
    assert offered(directory=object(), payees=object()) == {"payment.payable", "requisites.get"} | people
    assert offered(comparison=object()) == {"payment.payable", "sync.page"}


def test_the_grant_is_on_the_wire_s_name_and_the_store_has_the_system_s(bench: Bench, dsn: str) -> None:
    attempt, message = bench.identify()
    proof = bench.prove(attempt, message)
    assert isinstance(proof, m.GrantsAnswer)
    assert [grant.account for grant in proof.grants] == [ID]
    assert rows(dsn, "SELECT accounts FROM store.attempt") == [([REFERENCE],)]
    assert bench.foreign.asked == [Facts("7/1", "contract", "right")]


def test_a_code_beyond_a_limit_is_told_to_the_watch_and_the_answer_is_the_same(bench: Bench, dsn: str) -> None:
    attempt, message = bench.identify()
    wrong = m.CodeMessage(message.phone, f"{(int(message.text[:6]) + 1) % 1_000_000:06d}")
    stranger, blank = bench.identify("wrong")
    assert [bench.prove(attempt, wrong) for _ in range(5)] == [REFUSED] * 5
    assert bench.alarms == []  # as many as may be typed
    assert [bench.prove(attempt, one) for one in (wrong, message)] == [REFUSED] * 2
    [(number,)] = rows(dsn, "SELECT DISTINCT number_hash FROM store.attempt")
    of_it = {"number": bytes(number).hex()[:16]}
    tries = ("excess_rate_limit_exceeded", {"limit": "tries_max", **of_it})
    assert bench.alarms == [tries] * 2
    for _ in range(6):
        assert bench.prove(stranger, blank) == REFUSED
    assert bench.alarms == [tries] * 3  # who fits nobody is told alike
    again, code = bench.identify()
    rows(dsn, "UPDATE store.attempt SET tries = 10 WHERE tries = 5 AND code_hash IS NOT NULL RETURNING 1")
    assert bench.prove(again, code) == REFUSED
    assert bench.alarms[3:] == [("excess_rate_limit_exceeded", {"limit": "failures_per_person_day_max", **of_it})]


def test_what_no_limit_refuses_is_no_alarm(bench: Bench, dsn: str) -> None:
    attempt, message = bench.identify()
    assert bench.prove(attempt, message) != REFUSED
    rows(dsn, "UPDATE store.attempt SET tries = 5 RETURNING 1")
    assert bench.prove(attempt, message) == REFUSED  # it has proved what it had to
    assert bench.prove(new_id(), message) == REFUSED
    late, code = bench.identify()
    rows(dsn, "UPDATE store.attempt SET begun_at = begun_at - interval '1 hour' RETURNING 1")
    assert bench.prove(late, code) == REFUSED
    assert bench.alarms == []


@pytest.mark.parametrize("trouble", ["wrong", "refusal", "no phone", "odd phone", "no accounts"])
def test_whoever_cannot_be_reached_or_is_refused_is_nobody(bench: Bench, trouble: str) -> None:
    foreign = bench.foreign
    foreign.refusal = Refusal(RefusalCode.VALUE_INVALID, "not a contract") if trouble == "refusal" else None
    foreign.phone = {"no phone": "", "odd phone": "8 900 000-00-01 доб. 5"}.get(trouble, foreign.phone)
    foreign.accounts = [] if trouble == "no accounts" else foreign.accounts
    attempt, message = bench.identify("wrong" if trouble == "wrong" else "right")
    assert message.phone == ""
    assert bench.prove(attempt, message) == REFUSED


def test_a_code_survives_a_system_that_is_away_when_it_is_typed(bench: Bench, dsn: str) -> None:
    attempt, message = bench.identify()
    bench.names.away = True
    with pytest.raises(SystemAway):
        bench.prove(attempt, message)
    unused = rows(dsn, "SELECT tries, proved_by FROM store.attempt")
    bench.names.away = False
    assert unused == [(1, None)]
    proof = bench.prove(attempt, message)
    assert isinstance(proof, m.GrantsAnswer)
    assert proof.granted


def test_accounts_that_are_gone_since_are_not_granted(bench: Bench) -> None:
    attempt, message = bench.identify()
    bench.names.known = {}
    assert bench.prove(attempt, message) == REFUSED


def test_who_has_been_proved_meanwhile_keeps_the_code(bench: Bench, dsn: str) -> None:
    """Two users with the right code: the later one was let in to try before the earlier one had proved it."""
    attempt, message = bench.identify()
    other = new_id()
    found = bench.names.ids

    def ids(references: Sequence[str]) -> Mapping[str, str]:
        with bench.connections.borrow() as connection:
            connection.execute("UPDATE store.attempt SET proved_by = %s, proved_at = now()", (other,))
        return found(references)

    bench.names.ids = ids
    assert bench.prove(attempt, message) == REFUSED
    assert rows(dsn, "SELECT proved_by::text FROM store.attempt") == [(other,)]


def test_a_customer_who_left_renews_no_grant(bench: Bench) -> None:
    grant = grant_issue(key=bench.trust.connector, authid=USER, account=ID, rights=("view", "pay"), at=now())
    member = {"auth": ("app_user", USER), "grant": grant.token}
    stays = bench.ask(RENEW, m.GrantRenew(ID), **member)
    bench.foreign.refusal = Refusal(RefusalCode.ACCOUNT_UNKNOWN, "gone")
    assert isinstance(stays, m.GrantsAnswer)
    assert stays.granted
    assert bench.ask(RENEW, m.GrantRenew(ID), **member) == REFUSED


def test_a_typed_number_is_paid_where_somebody_knows_numbers(bench: Bench) -> None:
    def payable(number: str, **parts: object) -> m.Payable:
        sealed = bench.sealed(m.TypedAccount(number), PAYABLE)
        answer = bench.ask(PAYABLE, m.PaymentPayable(sealed=sealed), parts)
        assert isinstance(answer, m.Payable)
        return answer

    known = payable("7/1", directory=bench.foreign)
    assert (known.account, known.amount, known.as_of) == (ID, m.Amount("5.00", "RUB"), AT)
    bench.foreign.refusal = Refusal(RefusalCode.VALUE_INVALID, "not a number")
    answers = [payable("7/1", directory=bench.foreign), payable("7/1"), payable("7/2")]
    assert [(one.payable, one.account) for one in answers] == [(False, None)] * 3


def test_customers_are_compared_only_where_the_system_tells_them(bench: Bench) -> None:
    class Compared:
        accounts = staticmethod(bench.foreign.accounts_page)

    parts: dict[str, object] = {"comparison": Compared()}
    empty = bench.ask(SYNC, m.SyncPage("main", "accounts"), parts)
    assert isinstance(empty, m.SyncRows)
    assert (empty.count, empty.as_of) == (0, AT)
    with pytest.raises(ProtocolError) as refused:
        bench.ask(SYNC, m.SyncPage("main", "customers"), parts)
    assert refused.value.code is ErrorCode.REJECTED
