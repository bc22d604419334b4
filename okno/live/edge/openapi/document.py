"""The description of the HTTP API, made from its own paths: `python -m okno.live.edge.openapi.document` prints it."""

import sys
from typing import Any

import msgspec

from okno.live.edge.openapi.shapes import Frame, Overview, Page, ProblemShape, Year
from okno.live.edge.web.problems import CONTENT_TYPE, Problem
from okno.live.edge.web.reads import DAY, KINDS, PAGE_DEFAULT, PAGE_MAX, READS
from okno.live.edge.web.session import COOKIE
from okno.live.edge.web.streaming import AFTER

REFERENCE = "#/components/schemas/{name}"
ACCOUNT_SCHEMA = {"type": "string", "format": "uuid"}
PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "account": ("Which account; of the overview: the first one granted when it is not given.", ACCOUNT_SCHEMA),
    "before": ("Operations before this position; `next` of the page before.", {"type": "integer", "minimum": 1}),
    "limit": ("At most so many.", {"type": "integer", "minimum": 1, "default": PAGE_DEFAULT, "maximum": PAGE_MAX}),
    "kind": ("Only this kind.", {"enum": sorted(KINDS)}),
    "from": (
        "From this day of the company's calendar on.",
        {"type": "string", "format": "date", "pattern": DAY.pattern},
    ),
    "to": ("To this day, included.", {"type": "string", "format": "date", "pattern": DAY.pattern}),
    "after": ("What the client has: `account:position`, joined by commas.", {"type": "string"}),
}
# Per read: what it tells, the name of its answer's shape, the members its query must have.
TOLD: dict[str, tuple[str, str, frozenset[str]]] = {
    "/live/v1/overview": ("State of an account, its last operations, and the list of all", "Overview", frozenset()),
    "/live/v1/operations": ("Operations by cursor, newest first", "Page", frozenset({"account"})),
    "/live/v1/year": ("Charged and paid in the last twelve months", "Year", frozenset({"account"})),
}
STREAMS = {
    "/live/v1/stream": "The same frames over a WebSocket: 101; each text message is one frame.",
    "/live/v1/events": "Frames as server-sent events; the id of each is the cursor to come again with.",
}
READ_PROBLEMS = (Problem.BAD_REQUEST, Problem.NO_SESSION, Problem.NOT_FOUND, Problem.BUSY)
STREAM_PROBLEMS = (
    *(Problem.BAD_REQUEST, Problem.NO_SESSION, Problem.FOREIGN_ORIGIN, Problem.TOO_MANY_STREAMS, Problem.BUSY),
)


def document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    shapes = (Overview, Page, Year, Frame, ProblemShape)
    schemas, components = msgspec.json.schema_components(shapes, ref_template=REFERENCE)
    paths: dict[str, Any] = {}
    for path, read in READS.items():
        summary, shape, needed = TOLD[path]
        schema = {"$ref": REFERENCE.format(name=shape)}
        paths[path] = {
            "get": _operation(
                path,
                summary,
                sorted(read.allowed),
                {"200": {"description": "Read", "content": {"application/json": {"schema": schema}}}},
                READ_PROBLEMS,
                needed=needed,
            )
        }
    for path, summary in STREAMS.items():
        answer = (
            {"101": {"description": "Frames follow", "x-frame": schemas[3]}}
            if path.endswith("stream")
            else {"200": {"description": "Frames follow", "content": {"text/event-stream": {"schema": schemas[3]}}}}
        )
        paths[path] = {"get": _operation(path, summary, sorted(AFTER), answer, STREAM_PROBLEMS, needed=frozenset())}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Okno live", "version": "1", "description": "Hot reads and push for a signed-in customer."},
        "security": [{"session": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": COOKIE}},
            "schemas": components,
        },
    }


def _operation(
    path: str,
    summary: str,
    members: list[str],
    answer: dict[str, Any],
    problems: tuple[Problem, ...],
    needed: frozenset[str],
) -> dict[str, Any]:
    refusals = {
        str(problem.status): {
            "description": f"`{problem.code}`: {problem.texts['en'].title}",
            "content": {CONTENT_TYPE: {"schema": {"$ref": REFERENCE.format(name="ProblemShape")}}},
        }
        for problem in problems
    }
    return {
        "operationId": path.rsplit("/", 1)[1],
        "summary": summary,
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": name in needed,
                "description": PARAMETERS[name][0],
                "schema": PARAMETERS[name][1],
            }
            for name in members
        ],
        "responses": {**answer, **refusals},
    }


def text() -> str:
    """The document as it stands in docs/reference/openapi-live.json."""
    return msgspec.json.format(msgspec.json.encode(document(), order="deterministic"), indent=2).decode() + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
