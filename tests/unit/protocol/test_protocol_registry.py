"""The table of operations keeps its own rules, whatever row is added."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from factories import wire
from factories.wire import House

from okno.protocol import messages
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.export.schemas import parts
from okno.protocol.freshness import EXPIRY_MAX_S
from okno.protocol.messages import Message
from okno.protocol.parties import Party
from okno.protocol.registry import OPERATIONS, Operation, check, operation_of, signers, subject_of
from okno.protocol.registry.operation import QUERY_DEADLINE_MS
from okno.protocol.strict import patterns

ROWS = sorted(OPERATIONS.values(), key=lambda row: row.type)
PROTOCOL_MD = """
    customer.identify customer.prove customer.grant.renew customer.delegate.set customer.profile.get
    customer.contact.change consent.changed customer.erasure.requested account.snapshot.get account.operations.list
    account.statement.get account.reconciliation.get bill.list requisites.get payment.captured payment.refunded
    payment.reversed promise.request payment.payable feedback.submitted feedback.replied operation.posted
    account.changed bill.issued payment.posted payment.rejected customer.changed customer.grant.revoked
    notice.published call.logged events.bundle link.watermark sync.page register.delivered settings.limits
    settings.routes settings.keys settings.applied settings.propose link.heartbeat traffic.sample security.signal
    security.incident security.posture log.checkpoint
"""


def test_every_operation_of_the_design_is_in_the_table_and_no_other() -> None:
    assert {f"okno.{name}.v1" for name in PROTOCOL_MD.split()} == set(OPERATIONS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.type)
def test_a_row_keeps_the_rules(row: Operation) -> None:
    assert OPERATIONS[row.type] is row
    assert re.search(patterns.TYPE, row.type)
    assert 0 < row.expiry_max_s <= EXPIRY_MAX_S[row.kind]
    assert 0 <= row.priority < len(QUERY_DEADLINE_MS)
    assert (row.reply is not None) == (row.kind in ("query", "command"))
    assert bool(row.authtypes) == (row.kind in ("query", "command"))
    assert ("app_user" in row.authtypes) == (row.right is not None)
    assert (row.sealed is None) == (row.sealed_for is None)
    assert (row.reply_sealed is None) == (row.reply_sealed_for is None)
    assert Party.ALL not in row.senders
    assert row.sender is row.senders[0]
    if row.kind == "query":
        # Queries of one class share a queue and its TTL; two mean service times must be left within the expiry.
        assert row.deadline_ms == QUERY_DEADLINE_MS[row.priority] <= 1000 * row.expiry_max_s
        assert row.online
    if row.money:
        assert row.kind == "command"
        assert row.priority == 0
    if "app_user" in row.authtypes:
        assert row.subject == "account", "a grant is on an account, so its subject must be bound to the data"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.type)
def test_sealed_content_has_its_place_in_the_schema(row: Operation) -> None:
    for struct, content in ((row.data, row.sealed), (row.reply, row.reply_sealed)):
        if struct is not None:
            assert ("sealed" in struct.__struct_fields__) == (content is not None)
    if row.subject == "account":
        assert "account" in row.data.__struct_fields__


def structs(root: type[Any], found: set[type[msgspec.Struct]]) -> set[type[msgspec.Struct]]:
    """The Struct and all Structs in its fields."""
    if root not in found:
        found.add(root)
        for item in msgspec.structs.fields(root):
            for inner in re.findall(r"\w+", str(item.type)):
                struct = getattr(messages, inner, None)
                if isinstance(struct, type) and issubclass(struct, msgspec.Struct):
                    structs(struct, found)
    return found


def test_every_schema_is_closed_down_to_its_leaves() -> None:
    found: set[type[msgspec.Struct]] = set()
    for row in ROWS:
        for struct in parts(row).values():
            structs(struct, found)
    assert len(found) > 60
    for struct in found:
        assert struct.__struct_config__.forbid_unknown_fields, struct
        assert struct.__struct_config__.frozen, struct
        assert issubclass(struct, Message)
        for item in msgspec.structs.fields(struct):
            assert "float" not in str(item.type), (struct, item.name)


def test_a_message_between_ends_is_countersigned_and_one_that_ends_in_the_gateway_is_not() -> None:
    assert signers(Party.CABINET, Party.CONNECTOR) == (Party.CABINET, Party.GATEWAY)
    assert signers(Party.CONNECTOR, Party.CABINET) == (Party.CONNECTOR, Party.GATEWAY)
    assert signers(Party.GATEWAY, Party.CABINET) == (Party.GATEWAY,)
    assert signers(Party.CONNECTOR, Party.GATEWAY) == (Party.CONNECTOR,)
    assert signers(Party.CABINET, Party.ALL) == (Party.CABINET,)
    assert OPERATIONS["okno.settings.keys.v1"].signers == (Party.CONNECTOR,)


def test_the_subject_is_the_account_of_the_data() -> None:
    row = operation_of("okno.payment.payable.v1")
    assert subject_of(row, {"account": wire.ACCOUNT}) == f"acct:{wire.ACCOUNT}"
    assert subject_of(row, {"account": None}) is None
    assert subject_of(operation_of("okno.link.watermark.v1"), {"account": wire.ACCOUNT}) is None


def test_an_answer_may_name_no_account_but_never_another() -> None:
    house = House()
    glass = house.glass(wire.SYSTEM)
    request = glass.read(house.countersigned(wire.query(house)), at=wire.NOW, online=True)
    other = messages.OperationsPage(wire.OTHER_ACCOUNT, "main", wire.NOW, ())
    with pytest.raises(ProtocolError) as refusal:
        house.pen(wire.SYSTEM).write(house.pen(wire.SYSTEM).reply(request, other, at=wire.NOW))
    assert refusal.value.code is ErrorCode.SUBJECT_WRONG
    command = glass.read(house.countersigned(wire.command(house)), at=wire.NOW, online=False)
    done = house.pen(wire.SYSTEM).reply(command, messages.Recorded("J-1", wire.NOW), at=wire.NOW)
    assert check(done).data == messages.Recorded("J-1", wire.NOW)


def test_an_event_without_a_bundle_is_not_replied_to() -> None:
    envelope = wire.event(House())
    hashed = msgspec.structs.replace(envelope, kind="problem", requesthash="sha-256=:" + "A" * 43 + "=:")
    with pytest.raises(ProtocolError) as refusal:
        check(hashed)
    assert refusal.value.code is ErrorCode.DIRECTION_WRONG


def test_an_answer_must_say_to_what() -> None:
    house = House()
    request = house.glass(wire.SYSTEM).read(house.countersigned(wire.query(house)), at=wire.NOW, online=True)
    reply = house.pen(wire.SYSTEM).reply(
        request, messages.OperationsPage(wire.ACCOUNT, "main", wire.NOW, ()), at=wire.NOW
    )
    with pytest.raises(ProtocolError) as refusal:
        check(msgspec.structs.replace(reply, requesthash=None))
    assert refusal.value.code is ErrorCode.ENVELOPE


def test_a_heartbeat_has_no_answer() -> None:
    house = House()
    beat = messages.Heartbeat("web", wire.NOW)
    envelope = house.pen(wire.CABINET).message("okno.link.heartbeat.v1", beat, at=wire.NOW, audience="urn:okno:all")
    with pytest.raises(ProtocolError) as refusal:
        check(msgspec.structs.replace(envelope, kind="problem"))
    assert refusal.value.code is ErrorCode.KIND_WRONG
