"""What an envelope means to the read model, and what contradicts itself."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from factories.wire import ACCOUNT, CABINET, GATEWAY, NOW, OTHER_ACCOUNT, SYSTEM, House, bundle, command, posted, rub

from okno.cabinet.accounts.tasks.changes import Operation, State, Step, Version
from okno.cabinet.accounts.tasks.reading import read, read_page
from okno.protocol import messages as m
from okno.protocol.envelope import Envelope
from okno.protocol.errors import ErrorCode, Problem, ProtocolError
from okno.protocol.pen import Received


@pytest.fixture
def house() -> House:
    return House()


def received(house: House, envelope: Envelope) -> Received:
    raw = house.pen(envelope.source).write(envelope)
    if envelope.source != GATEWAY:
        raw = house.countersigned(envelope)
    return house.glass(CABINET).read(raw, at=NOW, online=False)


def asked(house: House) -> Received:
    pen = house.pen(CABINET)
    query = pen.message(
        "okno.account.snapshot.get.v1",
        m.SnapshotGet(ACCOUNT),
        at=NOW,
        audience=SYSTEM,
        auth=("service", None),
        idempotencykey="k",
    )
    return house.glass(SYSTEM).read(house.countersigned(query), at=NOW, online=False)


def snapshot(house: House, versions: Sequence[int], *, more: bool = False, n: int = 9, **changes: Any) -> Received:  # noqa: ANN401
    operations = tuple(
        m.VersionedOperation(version=(1, one), **msgspec.structs.asdict(posted(n=one).operation)) for one in versions
    )
    whole = m.AccountSnapshot(
        ACCOUNT,
        "main",
        (1, n),
        NOW,
        "RUB",
        "4412",
        "active",
        rub("1134.50"),
        operations,
        more,
        m.Due(rub("5.00"), NOW.date()),
    )
    pen = house.pen(SYSTEM)
    return received(house, pen.reply(asked(house), msgspec.structs.replace(whole, **changes), at=NOW))


def test_a_bundle_is_read_in_its_order(house: House) -> None:
    items = read(received(house, bundle(house)))
    assert [item.version for item in items if isinstance(item, Step)] == [Version(1, 1), Version(1, 2), Version(1, 3)]
    first = items[0]
    assert isinstance(first, Step)
    assert (first.account, first.system, first.as_of) == (ACCOUNT, "main", NOW)
    assert first.content == Operation(
        Version(1, 1), "J-1", "charge", None, "RUB", 123450, 113450, NOW, "Электроэнергия"
    )


def test_what_others_read_and_what_the_gateway_says_is_passed_over(house: House) -> None:
    pen = house.pen(SYSTEM)
    payment = m.PaymentPosted(ACCOUNT, ACCOUNT, "main", "J-1", rub("1.00"), NOW)
    assert read(received(house, pen.message("okno.payment.posted.v1", payment, at=NOW, audience=CABINET))) == []
    posture = house.pen(GATEWAY).message(
        "okno.security.posture.v1", m.SecurityPosture("normal", 1, NOW), at=NOW, audience=CABINET
    )
    assert read(received(house, posture)) == []


def test_a_whole_snapshot_becomes_a_page(house: House) -> None:
    page = read_page(snapshot(house, [3, 7]), account=ACCOUNT, asked_at=NOW)
    assert page.reach == page.version == Version(1, 9)
    assert page.state == State("RUB", "4412", "active", 113450, 500, NOW.date())
    assert [operation.version.n for operation in page.operations] == [3, 7]
    assert read_page(snapshot(house, [3, 7], more=True), account=ACCOUNT, asked_at=NOW).reach == Version(1, 7)


@pytest.mark.parametrize(
    ("versions", "more", "code"),
    [
        ([7, 3], False, ErrorCode.SCHEMA),
        ([3, 3], False, ErrorCode.SCHEMA),
        ([3, 10], False, ErrorCode.SCHEMA),
        ([], True, ErrorCode.SCHEMA),
    ],
)
def test_a_snapshot_out_of_order_is_refused(house: House, versions: list[int], *, more: bool, code: ErrorCode) -> None:
    with pytest.raises(ProtocolError) as refusal:
        read_page(snapshot(house, versions, more=more), account=ACCOUNT, asked_at=NOW)
    assert refusal.value.code is code


def test_a_snapshot_of_another_account_and_what_is_none_are_refused(house: House) -> None:
    with pytest.raises(ProtocolError) as refusal:
        read_page(snapshot(house, []), account=OTHER_ACCOUNT, asked_at=NOW)
    assert refusal.value.code is ErrorCode.SUBJECT_WRONG
    problem = received(house, house.pen(SYSTEM).problem(asked(house), Problem.of(ErrorCode.NOT_FOUND), at=NOW))
    with pytest.raises(ProtocolError) as refusal:
        read_page(problem, account=ACCOUNT, asked_at=NOW)
    assert refusal.value.code is ErrorCode.KIND_WRONG


def test_a_due_amount_in_another_currency_is_refused(house: House) -> None:
    with pytest.raises(ProtocolError) as refusal:
        read_page(snapshot(house, [], due=m.Due(m.Amount("5.00", "EUR"), NOW.date())), account=ACCOUNT, asked_at=NOW)
    assert refusal.value.code is ErrorCode.MONEY


def test_an_answer_without_its_request_is_refused(house: House) -> None:
    request = house.glass(SYSTEM).read(house.countersigned(command(house)), at=NOW, online=False)
    reply = house.pen(SYSTEM).reply(request, m.Recorded("P-1", NOW), at=NOW)
    with pytest.raises(ProtocolError) as refusal:
        read(received(house, msgspec.structs.replace(reply, correlationid=None)))
    assert refusal.value.code is ErrorCode.ENVELOPE
