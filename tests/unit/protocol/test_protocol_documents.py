"""The published documents: equal to what the registry makes, sound in themselves, and their examples are true."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from factories import vectors
from factories.wire import House
from jsonschema import Draft202012Validator

from okno.couriers.topology import topology
from okno.protocol import messages
from okno.protocol.errors import ErrorCode, Problem
from okno.protocol.export import export, render, schema_hash, schema_hashes
from okno.protocol.export.asyncapi import channels_of
from okno.protocol.registry import OPERATIONS, operation_of
from okno.protocol.strict import jsontext

FOLDER = Path(__file__).parents[3] / "docs" / "protocol"
MADE = render()
PAGES = sorted(page.name for page in FOLDER.glob("PR-*.md"))
EXAMPLE = re.compile(r"<!-- (vector|data|reply|sealed|problem)(?:: ([^>\n]+))? -->\n```json\n(.*?)```", re.DOTALL)
EXAMPLES = [(page, *found) for page in PAGES for found in EXAMPLE.findall((FOLDER / page).read_text(encoding="utf-8"))]


def tree(name: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(MADE[name])
    return parsed


def references(part: object) -> list[str]:
    """Every `$ref` below."""
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [found for value in part.values() for found in references(value)]
    return [found for item in part for found in references(item)] if isinstance(part, list) else []


@pytest.mark.parametrize("name", MADE)
def test_the_committed_document_is_the_one_the_registry_makes(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == MADE[name], "run `okno protocol export`"


def test_no_generated_document_is_left_over() -> None:
    written = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()}
    assert written == set(MADE) | set(PAGES) | {"README.md"}


def test_export_writes_every_document(tmp_path: Path) -> None:
    written = export(tmp_path)
    assert {str(path.relative_to(tmp_path)) for path in written} == set(MADE)
    assert all(path.read_text(encoding="utf-8") == MADE[str(path.relative_to(tmp_path))] for path in written)


@pytest.mark.parametrize("name", [name for name in MADE if name.endswith(".json")])
def test_every_reference_leads_somewhere(name: str) -> None:
    document = tree(name)
    for reference in references(document):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


@pytest.mark.parametrize("name", [name for name in MADE if name.startswith("schemas/")])
def test_every_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(tree(name))


def schema_of(definition: str) -> Draft202012Validator:
    document = tree("schemas/messages.json")
    return Draft202012Validator({**document, "$ref": f"#/$defs/{definition}"})


@pytest.mark.parametrize("name", vectors.messages(House()))
def test_golden_messages_fit_the_published_schemas(name: str) -> None:
    vector = vectors.messages(House())[name]
    envelope = json.loads(vector["payload"])
    Draft202012Validator(tree("schemas/envelope.json")).validate(envelope)
    Draft202012Validator(tree("schemas/signed-message.json")).validate(json.loads(vector["arrived"]))
    operation = operation_of(envelope["type"])
    struct = {"reply": operation.reply, "problem": Problem}.get(envelope["kind"], operation.data)
    assert struct is not None
    schema_of(struct.__name__).validate(envelope["data"])


@pytest.mark.parametrize(
    "changes", [{"labels": None}, {"subject": None}, {"note": ""}, {"time": "2026-11-22T16:54:00+03:00"}, {"id": "1"}]
)
def test_the_published_envelope_refuses_what_the_reader_refuses(changes: dict[str, object]) -> None:
    envelope = {**json.loads(vectors.messages(House())["event"]["payload"]), **changes}
    assert not Draft202012Validator(tree("schemas/envelope.json")).is_valid(envelope)


@pytest.mark.parametrize(("page", "kind", "name", "text"), EXAMPLES, ids=[f"{one[0]} {one[2]}" for one in EXAMPLES])
def test_an_example_is_true(page: str, kind: str, name: str, text: str) -> None:
    example = jsontext.parse(text.encode())
    if kind == "vector":
        _, vector, part = name.split(".")
        assert example == json.loads(vectors.messages(House())[vector][part]), page
    elif kind == "problem":
        problem = jsontext.convert(example, Problem)
        assert Problem.of(ErrorCode(problem.code)) == problem
    elif kind == "sealed":
        assert jsontext.convert(example, getattr(messages, name))
        schema_of(name).validate(example)
    else:
        struct = operation_of(name).data if kind == "data" else operation_of(name).reply
        assert struct is not None
        assert msgspec.json.decode(msgspec.json.encode(jsontext.convert(example, struct))) == example
        schema_of(struct.__name__).validate(example)
        for member in example.get("events", ()):
            inner = operation_of(member["type"]).data
            assert msgspec.to_builtins(jsontext.convert(member["data"], inner))["account"]
            schema_of(inner.__name__).validate(member["data"])


def test_every_json_block_of_the_pages_is_an_example() -> None:
    blocks = sum((FOLDER / page).read_text(encoding="utf-8").count("```json") for page in PAGES)
    assert len(EXAMPLES) == blocks > 10


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_a_version_and_says_what_its_words_mean(page: str) -> None:
    text = (FOLDER / page).read_text(encoding="utf-8")
    assert text.startswith(f"# {page[:5]}: ")
    assert "Version 1.0. The key words MUST, MUST NOT, SHOULD and MAY are those of RFC 2119." in text
    assert page in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_queues_of_the_documents_are_those_of_the_topology() -> None:
    plan = topology()
    for channel in tree("asyncapi.json")["channels"].values():
        exchange = channel["bindings"]["amqp"]["exchange"]
        vhost = plan.vhost(exchange["vhost"])
        assert exchange["name"] in {one.name for one in vhost.exchanges if one.kind == exchange["type"]}
        pattern = re.sub(r"\\\{(\w+)\\\}", r"[a-z0-9]+", re.escape(channel["address"]))
        keys = [one.key.replace("*", "main") for one in vhost.bindings if one.exchange == exchange["name"]]
        assert exchange["type"] == "fanout" or any(re.fullmatch(pattern, key) for key in keys), channel["address"]


def test_every_operation_but_what_comes_by_http_alone_is_on_a_channel() -> None:
    by_http = {row.type for row in OPERATIONS.values() if not channels_of(row)}
    assert by_http == {"okno.traffic.sample.v1"}
    document = tree("asyncapi.json")
    named = {message["name"] for message in document["components"]["messages"].values()}
    assert named == set(OPERATIONS) - by_http
    for action in document["operations"].values():
        assert action["messages"], action
    assert channels_of(operation_of("okno.operation.posted.v1")) == ["books", "events"]
    assert channels_of(operation_of("okno.security.signal.v1")) == ["books"]


def test_the_http_document_names_every_public_code_and_no_hidden_one() -> None:
    answers = tree("openapi.json")["paths"]["/v1/messages"]["post"]["responses"]
    text = json.dumps(answers)
    for code in ErrorCode:
        assert (f"`{code.value}`" in text) == (code.public is code), code
    assert set(answers["429"]["headers"]) == {"Retry-After", "RateLimit", "RateLimit-Policy"}


def test_a_hash_of_a_schema_stands_for_its_form_and_not_for_its_words() -> None:
    hashes = schema_hashes()
    assert set(hashes) == set(OPERATIONS)
    assert len(set(hashes.values())) == len(hashes)
    heartbeat = messages.Heartbeat("web", House().list().issued, operations=hashes)
    raw = msgspec.json.encode(heartbeat)
    assert jsontext.convert(jsontext.parse(raw), messages.Heartbeat).operations == hashes
    assert hashes["okno.link.watermark.v1"] == schema_hash(operation_of("okno.link.watermark.v1"))
    assert tree("operations.json")["okno.link.watermark.v1"]["schema_hash"] == hashes["okno.link.watermark.v1"]
