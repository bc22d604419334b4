"""The broker's objects as data: every queue is bounded, every binding leads somewhere, rights are the least."""

import base64
import hashlib
import json

import pytest

from okno.couriers.topology import HEARTBEAT_TTL_MS, definitions, topology
from okno.protocol.freshness import EXPIRY_MAX_S
from okno.protocol.registry.operation import QUERY_DEADLINE_MS

PLAN = topology()
QUEUES = [queue for vhost in PLAN.vhosts for queue in vhost.queues]


def test_every_binding_leads_from_an_exchange_to_a_queue() -> None:
    for vhost in PLAN.vhosts:
        exchanges = {exchange.name for exchange in vhost.exchanges}
        queues = {queue.name for queue in vhost.queues}
        assert {binding.exchange for binding in vhost.bindings} <= exchanges
        assert {binding.queue for binding in vhost.bindings} == queues - {"gateway.active"}
        assert {queue.dead_exchange for queue in vhost.queues} <= {None, "x.dead"}


def test_every_queue_is_bounded() -> None:
    for queue in QUEUES:
        assert queue.length_max > 0
        if queue.kind == "quorum" and queue.name != "q.dead":
            assert (queue.delivery_limit, queue.dead_exchange, queue.overflow) == (50, "x.dead", "reject-publish")
            assert queue.arguments()["x-dead-letter-strategy"] == "at-least-once"


def test_a_queue_of_queries_lives_by_its_class() -> None:
    inner = {queue.name: queue for queue in PLAN.vhost("inner").queues}
    assert [inner[f"q.qry.main.p{number}"].ttl_ms for number in range(4)] == list(QUERY_DEADLINE_MS)
    assert EXPIRY_MAX_S["heartbeat"] * 1000 == HEARTBEAT_TTL_MS
    assert all(queue.ttl_ms is None for queue in QUEUES if queue.kind == "quorum")


def test_only_the_gateway_is_in_both_hosts() -> None:
    both = [user.name for user in PLAN.users if len(user.rights) > 1]
    assert both == ["gateway"]
    assert PLAN.right("cabinet.relay", "inner") is None
    assert PLAN.right("nobody", "inner") is None


def test_each_system_has_its_own_queues_and_user() -> None:
    plan = topology(("main", "second"), ("gw1",))
    names = {queue.name for queue in plan.vhost("inner").queues}
    assert {"q.cmd.second.p0", "q.qry.main.p3", "q.heartbeat.second", "q.reply.gw1"} <= names
    assert "q.reply.gw2" not in names
    right = plan.right("connector.second", "inner")
    assert right is not None
    assert "main" not in right.read


def test_the_definitions_are_complete_and_hold_no_password() -> None:
    passwords = {user.name: f"secret of {user.name}" for user in PLAN.users}
    found = definitions(PLAN, passwords)
    text = json.dumps(found)
    assert not any(password in text for password in passwords.values())
    assert {permission["configure"] for permission in found["permissions"]} == {"^$"}
    assert len(found["queues"]) == len(QUEUES)
    for user in found["users"]:
        raw = base64.b64decode(user["password_hash"])
        assert raw[4:] == hashlib.sha256(raw[:4] + passwords[user["name"]].encode()).digest()
    with pytest.raises(KeyError):
        definitions(PLAN, {})
