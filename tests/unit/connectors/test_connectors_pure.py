"""What needs no database: cleared texts, drafts, bundles, the ceiling, grants, settings."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
from factories.book_street import SYSTEM, Trust, in_loop, now

from okno.connectors.book.drafts import Draft, check_draft, parse_amount
from okno.connectors.main import ConnectorSettings, settings_read, start
from okno.connectors.runtime.clearing import clear_text
from okno.connectors.runtime.grants import grant_issue
from okno.connectors.runtime.inbound.ceiling import Ceiling
from okno.connectors.runtime.inbound.queries import ServiceTimes
from okno.connectors.runtime.outbound.bundles import PARCEL_BYTES_MAX, envelope_of, parcels
from okno.connectors.runtime.port import Refusal, RefusalCode
from okno.connectors.runtime.store.outbox import OutboxRow
from okno.connectors.runtime.system import System
from okno.connectors.runtime.wire import WATERMARK, reject_reason
from okno.couriers.memory import MemoryBroker
from okno.couriers.topology import topology
from okno.protocol import grants
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.ids import new_id
from okno.protocol.strict import base64url

NAME = "Голубева Анна Петровна"


@pytest.mark.parametrize(
    ("text", "cleared"),
    [
        ("Интернет за ноябрь 2026", "Интернет за ноябрь 2026"),
        ("Возврат Голубевой А.П.", "Возврат …"),
        ("Возврат Голубевой за ноябрь", "Возврат … за ноябрь"),
        ("Перенос от Орлова-Речного П. С. по заявлению", "Перенос от … по заявлению"),
        ("принял П.С.Орлов", "принял …"),
        ("по доверенности от Петра Сергеевича Орлова", "по доверенности от …"),
        ("Основной долг, Дневной тариф, период 01.11.2026-30.11.2026", None),
        ("спросить по тел. 12-34-56", "спросить по тел…"),
        ("ГОЛУБЕВА Анна", "…"),
        ("Аннексия территории", "Аннексия территории"),
        ("счёт 40817810000000000001, договор 15", "счёт …, договор 15"),
        ("звонок с +7 (900) 000-00-01", "звонок с …"),
        ("письмо на anna@example.org", "письмо на …"),
        ("", ""),
    ],
)
def test_a_text_loses_its_people(text: str, cleared: str | None) -> None:
    """None: it stays as it is."""
    assert clear_text(text, NAME) == (text if cleared is None else cleared)


def test_a_name_too_short_to_be_told_from_a_word_is_left() -> None:
    assert clear_text("Ли по делам", "Ли") == "Ли по делам"


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "gift"},
        {"key": ""},
        {"key": "ключ"},
        {"key": "k" * 129},
        {"text": "two\nlines"},
        {"text": "x" * 201},
        {"channel": "Card"},
        {"service": ""},
        {"posted_at": datetime(2026, 1, 1)},  # noqa: DTZ001 - the point of the test
        {"reverses": "K-0"},
        {"kind": "correction", "amount": 0},
    ],
)
def test_a_draft_with_a_wrong_member_is_refused(changes: dict[str, object]) -> None:
    right = Draft(account="1", kind="charge", key="K-1", amount=1)
    check_draft(right)
    with pytest.raises(Refusal) as refused:
        check_draft(msgspec.structs.replace(right, **changes))
    assert refused.value.code is RefusalCode.VALUE_INVALID


def test_amounts_are_read_in_their_currency() -> None:
    assert parse_amount(" 123.45 ", "RUB") == 12_345
    assert parse_amount("123", "JPY") == 123
    assert parse_amount("1000000000", "RUB") == 10**11
    with pytest.raises(Refusal, match="XXX"):
        parse_amount("1", "XXX")


def row(seq: int, *, size: int = 100, type_: str = "okno.operation.posted.v1", alone: bool = False) -> OutboxRow:
    return OutboxRow(seq, new_id(), type_, b"x" * size, alone, now())


def test_parcels_keep_the_order_and_the_limits() -> None:
    rows = [row(number) for number in range(250)]
    assert [len(parcel) for parcel in parcels(rows)] == [100, 100, 50]
    assert [item for parcel in parcels(rows) for item in parcel] == rows
    assert parcels([]) == []


def test_a_watermark_and_a_lonely_event_are_messages_by_themselves() -> None:
    rows = [row(1), row(2), row(3, type_=WATERMARK), row(4), row(5, alone=True), row(6), row(7)]
    assert [[item.seq for item in parcel] for parcel in parcels(rows)] == [[1, 2], [3], [4], [5], [6, 7]]


def test_a_parcel_is_no_larger_than_the_broker_takes() -> None:
    rows = [row(number, size=PARCEL_BYTES_MAX // 2) for number in range(3)] + [row(4, size=PARCEL_BYTES_MAX * 2)]
    assert [len(parcel) for parcel in parcels(rows)] == [2, 1, 1]


def test_an_event_keeps_its_id_over_attempts() -> None:
    pen = Trust().pen(SYSTEM)
    waiting = msgspec.structs.replace(row(1), data=b'{"n": 1}')
    envelopes = [envelope_of(pen, [waiting], system="main", audience="urn:okno:cabinet:1", at=now()) for _ in range(2)]
    assert envelopes[0].id != envelopes[1].id
    assert [envelope.data["events"][0]["id"] for envelope in envelopes] == [waiting.id] * 2
    assert envelopes[0].recordedtime == waiting.written_at


@in_loop
async def test_the_ceiling_lets_in_by_class_and_never_too_many() -> None:
    ceiling = Ceiling(2)
    inside: list[str] = []
    order: list[str] = []
    most = 0

    async def visit(name: str, priority: int) -> None:
        nonlocal most
        async with ceiling.entered(priority):
            order.append(name)
            inside.append(name)
            most = max(most, len(inside))
            await asyncio.sleep(0)
            inside.remove(name)

    names = [("a", 3), ("b", 3), ("late", 3), ("soon", 1), ("first", 0), ("second", 0)]
    await asyncio.gather(*(visit(name, priority) for name, priority in names))

    assert most == 2
    assert order == ["a", "b", "first", "second", "soon", "late"]


@in_loop
async def test_who_gives_up_waiting_leaves_no_place_taken() -> None:
    ceiling = Ceiling(1)
    entered = asyncio.Event()

    async def visit() -> None:
        async with ceiling.entered(0):
            entered.set()

    async with ceiling.entered(0):
        waiting = [asyncio.create_task(visit()) for _ in range(2)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
    handed = waiting[1]
    assert not handed.done()
    # The place has been handed over, but its new owner has not run yet.
    handed.cancel()
    await asyncio.wait(waiting)
    assert not entered.is_set()
    await asyncio.wait_for(visit(), 1)


def test_service_times_follow_what_happens() -> None:
    times = ServiceTimes()
    assert times.mean_s("a") == 0.0
    times.took("a", 1.0)
    times.took("a", 2.0)
    assert times.mean_s("a") == pytest.approx(1.1)
    assert times.mean_s("b") == 0.0
    times.spared("a")
    times.spared("b")
    assert times.mean_s("a") == pytest.approx(0.77)
    assert times.mean_s("b") == 0.0


def test_a_grant_is_what_the_protocol_checks() -> None:
    trust, account, at = Trust(), new_id(), now()
    issued = grant_issue(key=trust.connector, authid="user", account=account, rights=("view", "pay", "view"), at=at)

    checked = grants.check(issued.token, trust.ring, at=at, authid="user", subject=f"acct:{account}", right="pay")
    assert (checked.id, checked.rights, checked.expires) == (issued.id, ("view", "pay"), issued.expires)
    with pytest.raises(ProtocolError) as refused:
        grants.check(issued.token, trust.ring, at=at, authid="other", subject=f"acct:{account}", right="pay")
    assert refused.value.code is ErrorCode.SUBJECT_NOT_GRANTED


@pytest.mark.parametrize(
    "changes", [{"rights": ()}, {"term": timedelta(0)}, {"term": timedelta(days=31)}], ids=["rights", "none", "long"]
)
def test_a_grant_that_no_one_may_issue(changes: dict[str, object]) -> None:
    asked = {"key": Trust().connector, "authid": "user", "account": new_id(), "rights": ("view",), "at": now()}
    with pytest.raises(ValueError, match="grant"):
        grant_issue(**{**asked, **changes})


def test_postings_share_the_transaction_or_not_but_never_both() -> None:
    with pytest.raises(ValueError, match="either"):
        System(id="main", reads=object(), shared_postings=object(), distant_postings=object())


def test_what_has_no_word_of_its_own_is_for_a_person() -> None:
    assert reject_reason(RefusalCode.ACCOUNT_CLOSED) == "closed-account"
    assert reject_reason(RefusalCode.DAY_CLOSED) == "other"


def test_settings_are_read_and_a_strange_member_refused(tmp_path: Path) -> None:
    file = tmp_path / "connector.toml"
    file.write_text('dsn="d"\nkeylist="k"\nroot_public="r"\nsigning_key="s"\nopening_key="o"\n')
    assert settings_read(file) == ConnectorSettings(
        dsn="d", keylist="k", root_public="r", signing_key="s", opening_key="o", system="main"
    )
    file.write_text('dsn="d"\ncolour="red"\n')
    with pytest.raises(msgspec.ValidationError):
        settings_read(file)


@in_loop
async def test_a_pin_as_text_is_read_and_a_missing_key_told(tmp_path: Path) -> None:
    trust = Trust()
    settings = trust.settings(tmp_path, f"host={tmp_path} dbname=none")
    (tmp_path / "root.pub").write_text(base64url.encode(trust.root.public))
    courier = MemoryBroker(topology()).courier("inner", "connector.main")
    with pytest.raises(psycopg.OperationalError):
        await start(settings, courier=courier)
    (tmp_path / "connector.sign").unlink()
    with pytest.raises(FileNotFoundError):
        await start(settings, courier=courier)
