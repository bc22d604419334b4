"""Files of an instance: whole or not at all, and secret ones for their owner alone."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

SECRET_MODE = 0o600


def file_write(path: Path, content: bytes, *, mode: int = SECRET_MODE) -> None:
    """Replace a file in one step; a crash leaves the old one. It never exists with wider rights than `mode`."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def toml_text(settings: msgspec.Struct) -> str:
    """Settings as TOML that msgspec reads back: one member a line, what is None left out."""
    members = msgspec.to_builtins(settings)
    return "".join(f"{name} = {_value(value)}\n" for name, value in members.items() if value is not None)


def _value(value: object) -> str:
    match value:
        case str():
            # TOML's basic strings know every escape that JSON writes, but DEL must be escaped too.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case Mapping():
            pairs = (f"{json.dumps(str(key))} = {_value(item)}" for key, item in value.items() if item is not None)
            return f"{{ {', '.join(pairs)} }}"
        case Sequence():
            return f"[{', '.join(map(_value, value))}]"
        case _:
            raise TypeError(f"TOML has no form for {type(value).__name__}")
