"""The cursor of a list of all operations: account and version, the order in which histories are read whole."""

from __future__ import annotations

import re

from okno.connectors.runtime.port.refusals import Refusal, RefusalCode
from okno.protocol.ids import is_id

_BEFORE_ALL = ("00000000-0000-0000-0000-000000000000", 0, 0)
_PLACE = re.compile(r"([0-9a-f-]{36}):([0-9]{1,9}):([0-9]{1,18})")


def history_cursor(account: object, epoch: object, n: object) -> str:
    """The cursor behind an operation of a wire id and a version."""
    return f"{account}:{epoch}:{n}"


def history_place(cursor: str | None) -> tuple[str, int, int]:
    """(account, epoch, n) behind which a page begins. Raises Refusal VALUE_INVALID for what is no cursor."""
    if cursor is None:
        return _BEFORE_ALL
    found = _PLACE.fullmatch(cursor)
    if found is None or not is_id(found[1]):
        raise Refusal(RefusalCode.VALUE_INVALID, "not a cursor of this list")
    return found[1], int(found[2]), int(found[3])
