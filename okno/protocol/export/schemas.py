"""JSON Schema 2020-12 of everything on the wire, made from the same Structs that read it."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import msgspec

from okno.protocol import grants
from okno.protocol.envelope import TIMES, Envelope
from okno.protocol.errors import Problem
from okno.protocol.keys import KeyList
from okno.protocol.registry import OPERATIONS, Operation
from okno.protocol.sealing import SealedHeader
from okno.protocol.strict import patterns

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BASE64URL = r"^[A-Za-z0-9_-]+" + patterns.END

Schema = dict[str, Any]


def parts(operation: Operation) -> dict[str, type[msgspec.Struct]]:
    """The Structs of one operation by role: data, reply, and what is sealed in each."""
    roles = {
        "data": operation.data,
        "reply": operation.reply,
        "sealed": operation.sealed,
        "reply_sealed": operation.reply_sealed,
    }
    return {role: struct for role, struct in roles.items() if struct is not None}


def _tidied(schema: Any) -> Any:  # noqa: ANN401  a JSON tree
    """Docstrings keep the line breaks and indents of the source: for a reader of JSON they are one line."""
    if isinstance(schema, dict):
        return {
            name: " ".join(value.split()) if name == "description" and isinstance(value, str) else _tidied(value)
            for name, value in schema.items()
        }
    return [_tidied(item) for item in schema] if isinstance(schema, list) else schema


def _components(structs: list[type[msgspec.Struct]], template: str = "#/$defs/{name}") -> dict[str, Schema]:
    _, components = msgspec.json.schema_components(structs, ref_template=template)
    tidied: dict[str, Schema] = _tidied(components)
    return dict(sorted(tidied.items()))


def messages(template: str = "#/$defs/{name}") -> dict[str, Schema]:
    """Schemas of all data, replies and sealed contents by name."""
    structs = {struct.__name__: struct for operation in OPERATIONS.values() for struct in parts(operation).values()}
    return _components([*structs.values(), Problem], template)


def envelope() -> Schema:
    """The envelope; other than in data, an absent member is left out and never null."""
    schema = _components([Envelope])["Envelope"]
    for member in schema["properties"].values():
        choices = [choice for choice in member.get("anyOf", ()) if choice != {"type": "null"}]
        member.pop("default", None)
        if len(choices) == 1:
            member.pop("anyOf")
            member.update(choices[0])
    for name in TIMES:
        schema["properties"][name]["pattern"] = patterns.UTC
    return schema


def signed_message() -> Schema:
    """The JWS on the wire."""
    text = {"type": "string", "pattern": _BASE64URL}
    signature = {
        "type": "object",
        "properties": {
            "protected": text,
            "signature": {"type": "string", "pattern": r"^[A-Za-z0-9_-]{86}" + patterns.END},
        },
        "required": ["protected", "signature"],
        "additionalProperties": False,
    }
    return {
        "title": "SignedMessage",
        "description": "JWS General JSON Serialization (RFC 7515) of the bytes of an envelope.",
        "type": "object",
        "properties": {
            "payload": text,
            "signatures": {"type": "array", "items": signature, "minItems": 1, "maxItems": 2},
        },
        "required": ["payload", "signatures"],
        "additionalProperties": False,
    }


def document(title: str, definitions: dict[str, Schema], root: str | None = None) -> Schema:
    """A self-contained schema file: definitions, and the one that stands for the whole."""
    head: Schema = {"$schema": DIALECT, "title": title}
    if root is not None:
        head["$ref"] = f"#/$defs/{root}"
    return {**head, "$defs": definitions}


def documents() -> dict[str, Schema]:
    """All schema files by name."""
    return {
        "envelope.json": document("Envelope of OKNO/1", {"Envelope": envelope()}, "Envelope"),
        "signed-message.json": document("Message on the wire", {"SignedMessage": signed_message()}, "SignedMessage"),
        "messages.json": document("Data, replies and sealed contents of all operations", messages()),
        "problem.json": document("Problem details", _components([Problem]), "Problem"),
        "key-list.json": document("Payload of the key list", _components([KeyList]), "KeyList"),
        "grant.json": document("Payload of a grant", _components([grants.Grant]), "Grant"),
        "sealed-header.json": document("Protected header of a part", _components([SealedHeader]), "SealedHeader"),
    }


def _bare(schema: Any) -> Any:  # noqa: ANN401  a JSON tree
    """Without the words: mending a sentence does not make another schema."""
    if isinstance(schema, dict):
        words = {name for name in ("description", "title") if isinstance(schema.get(name), str)}
        return {name: _bare(value) for name, value in schema.items() if name not in words}
    return [_bare(item) for item in schema] if isinstance(schema, list) else schema


def schema_hash(operation: Operation) -> str:
    """What a heartbeat lists for an operation: SHA-256 of its schemas as sorted JSON without white space."""
    _, components = msgspec.json.schema_components(list(parts(operation).values()), ref_template="#/$defs/{name}")
    roles = {role: struct.__name__ for role, struct in parts(operation).items()}
    canonical = json.dumps([roles, _bare(components)], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(canonical.encode("utf-8")).digest()
    return f"sha-256=:{base64.b64encode(digest).decode('ascii')}:"


def schema_hashes() -> dict[str, str]:
    """Of every operation, by type."""
    return {type_: schema_hash(operation) for type_, operation in OPERATIONS.items()}
