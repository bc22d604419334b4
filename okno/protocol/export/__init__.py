"""Documents of the protocol for people and programs outside, all made from the one registry."""

from __future__ import annotations

import json
from pathlib import Path

from okno.protocol.export import asyncapi, openapi, table
from okno.protocol.export.schemas import documents, schema_hash, schema_hashes

__all__ = ["export", "render", "schema_hash", "schema_hashes"]


def render() -> dict[str, str]:
    """The text of every generated file by its path below the folder of the protocol's documents."""
    trees = {
        "openapi.json": openapi.document(),
        "asyncapi.json": asyncapi.document(),
        "operations.json": table.operations(),
        "errors.json": table.errors(),
        **{f"schemas/{name}": schema for name, schema in documents().items()},
    }
    texts = {name: json.dumps(tree, indent=2, ensure_ascii=False) + "\n" for name, tree in trees.items()}
    return {**texts, "operations.md": table.operations_markdown(), "errors.md": table.errors_markdown()}


def export(folder: Path) -> list[Path]:
    """Writes every generated file below `folder` and returns their paths."""
    written = []
    for name, text in render().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written
