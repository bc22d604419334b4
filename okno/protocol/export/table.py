"""The registry and the catalogue of errors as data and as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from okno.protocol.errors import ErrorCode
from okno.protocol.export.schemas import schema_hash
from okno.protocol.registry import OPERATIONS

_NOTE = "Made by `okno protocol export` from the registry in `okno/protocol`; a test compares the two."


def operations() -> dict[str, Any]:
    """Every row, for a program of an integrator."""
    return {
        row.type: {
            "kind": row.kind,
            "senders": [str(party) for party in row.senders],
            "receiver": str(row.receiver),
            "signers": [str(party) for party in row.signers],
            "authtypes": list(row.authtypes),
            "right": row.right,
            "subject": row.subject,
            "priority": row.priority,
            "deadline_ms": row.deadline_ms,
            "expiry_max_s": row.expiry_max_s,
            "money": row.money,
            "online": row.online,
            "labels": sorted(row.labels),
            "data": row.data.__name__,
            "reply": row.reply.__name__ if row.reply else None,
            "sealed": row.sealed.__name__ if row.sealed else None,
            "sealed_for": str(row.sealed_for) if row.sealed_for else None,
            "reply_sealed": row.reply_sealed.__name__ if row.reply_sealed else None,
            "reply_sealed_for": str(row.reply_sealed_for) if row.reply_sealed_for else None,
            "schema_hash": schema_hash(row),
        }
        for row in OPERATIONS.values()
    }


def errors() -> dict[str, Any]:
    """Every code with what the outside sees of it."""
    return {
        code.value: {
            "status": code.status,
            "retry": code.retry,
            "origin": code.origin,
            "title": code.title,
            "public": code.public.value,
        }
        for code in ErrorCode
    }


def _markdown(title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"# {title}", "", _NOTE, "", f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def operations_markdown() -> str:
    """The table that PR-02 refers to."""
    heads = ("type", "kind", "way", "callers", "class", "expires (s)", "data", "reply", "sealed")
    rows = (
        (
            f"`{row.type}`",
            row.kind,
            f"{' or '.join(row.senders)} → {row.receiver}",
            ", ".join(f"{caller}: {row.right}" if caller == "app_user" else caller for caller in row.authtypes) or "–",
            f"p{row.priority}",
            str(row.expiry_max_s),
            f"`{row.data.__name__}`",
            f"`{row.reply.__name__}`" if row.reply else "–",
            "; ".join(
                f"`{struct.__name__}` for {reader}"
                for struct, reader in ((row.sealed, row.sealed_for), (row.reply_sealed, row.reply_sealed_for))
                if struct
            )
            or "–",
        )
        for row in OPERATIONS.values()
    )  # fmt: skip
    return _markdown("Operations of OKNO/1", heads, rows)


def errors_markdown() -> str:
    """The table that PR-03 refers to."""
    heads = ("code", "status", "retry", "origin", "told outside as", "title")
    rows = (
        (f"`{code.value}`", str(code.status), code.retry, code.origin, f"`{code.public.value}`", code.title)
        for code in ErrorCode
    )
    return _markdown("Errors of OKNO/1", heads, rows)
