"""OpenAPI 3.1 of the one HTTP hop: cabinet to gateway."""

from __future__ import annotations

from typing import Any

from okno.protocol.errors import CONTENT_TYPE as PROBLEM_TYPE
from okno.protocol.errors import ErrorCode
from okno.protocol.export import schemas
from okno.protocol.jws import CONTENT_TYPE as JOSE_TYPE
from okno.protocol.strict.jsontext import BODY_BYTES_MAX

VERSION = "1.0.0"
_REF = "#/components/schemas/{name}"


def _problems() -> dict[str, list[ErrorCode]]:
    by_status: dict[str, list[ErrorCode]] = {}
    for code in ErrorCode:
        if code.public is code:
            by_status.setdefault(str(code.status), []).append(code)
    return dict(sorted(by_status.items()))


def _responses() -> dict[str, Any]:
    message = {"schema": {"$ref": _REF.format(name="SignedMessage")}}
    answers: dict[str, Any] = {
        "200": {"description": "Query: the signed reply, or the signed problem.", "content": {JOSE_TYPE: message}},
        "202": {
            "description": "Command: the broker has confirmed it. Its reply comes as a signed message over the events.",
        },
        "204": {"description": "Event that ends in the gateway: taken."},
    }
    for status, codes in _problems().items():
        names = ", ".join(f"`{code.value}`" for code in codes)
        answer: dict[str, Any] = {
            "description": f"Refused: {names}.",
            "content": {PROBLEM_TYPE: {"schema": {"$ref": _REF.format(name="Problem")}}},
        }
        if status in ("429", "503"):
            answer["headers"] = {
                name: {"schema": {"type": "string"}, "description": text}
                for name, text in (
                    ("Retry-After", "Seconds."),
                    ("RateLimit", "Draft of the IETF HTTPAPI group: what is left."),
                    ("RateLimit-Policy", "The same draft: the limits."),
                )
            }
        answers[status] = answer
    return answers


def document() -> dict[str, Any]:
    """The whole document."""
    problem = schemas.messages(_REF)["Problem"]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OKNO/1: cabinet to gateway",
            "version": VERSION,
            "summary": "One resource that takes signed messages. Mutual TLS in production.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "jsonSchemaDialect": schemas.DIALECT,
        "paths": {
            "/v1/messages": {
                "post": {
                    "operationId": "sendMessage",
                    "summary": "Hand one signed message to the gateway",
                    "description": f"At most {BODY_BYTES_MAX} bytes. The operations are listed in `operations.json`.",
                    "security": [{"mutualTLS": []}],
                    "requestBody": {
                        "required": True,
                        "content": {JOSE_TYPE: {"schema": {"$ref": _REF.format(name="SignedMessage")}}},
                    },
                    "responses": _responses(),
                }
            }
        },
        "components": {
            "schemas": {"Problem": problem, "SignedMessage": schemas.signed_message()},
            "securitySchemes": {"mutualTLS": {"type": "mutualTLS"}},
        },
    }
