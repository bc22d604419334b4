"""AsyncAPI 3.0 of the queues: who sends which message on which exchange (names of PR-04)."""

from __future__ import annotations

from typing import Any

from okno.protocol.export import schemas
from okno.protocol.export.openapi import VERSION
from okno.protocol.jws import CONTENT_TYPE
from okno.protocol.parties import Party
from okno.protocol.registry import OPERATIONS, Operation

_REF = "#/components/schemas/{name}"
_SYSTEM = {"system": {"description": "Name of the internal system, for example `main`."}}
_GATEWAY = {"gateway": {"description": "Name of the gateway instance, for example `gw1`."}}
_CLASS = {"class": {"description": "Priority class, 0 to 3.", "enum": ["0", "1", "2", "3"]}}

# name: (vhost, exchange, kind of exchange, address, parameters, what)
_CHANNELS: dict[str, tuple[str, str, str, str, dict[str, Any], str]] = {
    "commands": ("inner", "x.cmd", "direct", "{system}.p{class}", {**_SYSTEM, **_CLASS}, "Commands to a connector."),
    "queries": ("inner", "x.qry", "direct", "{system}.p{class}", {**_SYSTEM, **_CLASS}, "Queries to a connector."),
    "replies": ("inner", "x.reply", "direct", "{gateway}", _GATEWAY, "Replies to queries."),
    "books": ("inner", "x.event", "topic", "event.{system}", _SYSTEM, "Events of a connector."),
    "outcomes": ("inner", "x.event", "topic", "reply.{system}", _SYSTEM, "Replies to commands."),
    "settings": ("inner", "x.settings", "direct", "{gateway}", _GATEWAY, "Settings from inside."),
    "insideHeartbeats": ("inner", "x.heartbeat", "fanout", "heartbeat", {}, "Heartbeats of connectors and gateway."),
    "events": ("outer", "x.event", "topic", "events", {}, "Everything for the cabinet, countersigned."),
    "outsideHeartbeats": ("outer", "x.heartbeat", "fanout", "heartbeat", {}, "Heartbeats of cabinet and gateway."),
}


_OF_KIND = {
    "heartbeat": ["insideHeartbeats", "outsideHeartbeats"],
    "settings": ["settings"],
    "query": ["queries"],
    "command": ["commands"],
}


def channels_of(operation: Operation) -> list[str]:
    """The channels on which messages of this type (not its answers) travel."""
    if operation.kind in _OF_KIND:
        return _OF_KIND[operation.kind]
    if operation.receiver is Party.CONNECTOR:
        return ["commands"]
    if operation.sender is Party.CONNECTOR:
        return ["books", "events"]
    if operation.receiver is Party.CABINET:
        return ["events"]
    # What ends in the gateway comes by HTTP from the cabinet, and with the events from a connector.
    return ["books"] if Party.CONNECTOR in operation.senders else []


def _message_name(operation: Operation, kind: str) -> str:
    return f"{operation.type}.{kind}"


def _message(operation: Operation, kind: str, schema: str) -> dict[str, Any]:
    return {
        "name": operation.type,
        "title": f"{operation.type} ({kind})",
        "contentType": CONTENT_TYPE,
        "payload": {"$ref": _REF.format(name="SignedMessage")},
        "x-okno-envelope": {"$ref": _REF.format(name="Envelope")},
        "x-okno-data": {"$ref": _REF.format(name=schema)},
        "x-okno-signers": [str(party) for party in operation.signers],
    }


def _messages() -> tuple[dict[str, Any], dict[str, list[str]]]:
    messages: dict[str, Any] = {}
    on: dict[str, list[str]] = {name: [] for name in _CHANNELS}
    for operation in OPERATIONS.values():
        placed = channels_of(operation)
        name = _message_name(operation, operation.kind)
        if placed:
            messages[name] = _message(operation, operation.kind, operation.data.__name__)
        for channel in placed:
            on[channel].append(name)
        if operation.reply is not None:
            answer = _message_name(operation, "reply")
            messages[answer] = _message(operation, "reply", operation.reply.__name__)
            for channel in ["replies"] if operation.kind == "query" else ["outcomes", "events"]:
                on[channel].append(answer)
    return messages, on


def _operations(on: dict[str, list[str]]) -> dict[str, Any]:
    actions: dict[str, Any] = {}
    for name in _CHANNELS:
        received = name in ("commands", "queries", "events", "insideHeartbeats", "outsideHeartbeats")
        action = "receive" if received else "send"
        actions[f"{action}{name[0].upper()}{name[1:]}"] = {
            "action": action,
            "channel": {"$ref": f"#/channels/{name}"},
            "messages": [{"$ref": f"#/channels/{name}/messages/{message}"} for message in on[name]],
        }
    actions["receiveQueries"]["reply"] = {"channel": {"$ref": "#/channels/replies"}}
    actions["receiveCommands"]["reply"] = {"channel": {"$ref": "#/channels/outcomes"}}
    return actions


def document() -> dict[str, Any]:
    """The whole document. Actions are those of the parties at the ends: a connector, and the cabinet's projector."""
    messages, on = _messages()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "OKNO/1: queues",
            "version": VERSION,
            "description": "AMQP 0-9-1. Objects are declared at installation; no running party may declare any.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            name: {
                "address": address,
                "description": what,
                "parameters": parameters,
                "messages": {message: {"$ref": f"#/components/messages/{message}"} for message in on[name]},
                "bindings": {
                    "amqp": {
                        "is": "routingKey",
                        "exchange": {"name": exchange, "type": kind, "durable": True, "vhost": vhost},
                    }
                },
            }
            for name, (vhost, exchange, kind, address, parameters, what) in _CHANNELS.items()
        },
        "operations": _operations(on),
        "components": {
            "messages": messages,
            "schemas": {
                **schemas.messages(_REF),
                "Envelope": schemas.envelope(),
                "SignedMessage": schemas.signed_message(),
            },
        },
    }
