"""Who talks: roles, the names of single parties, and which role a source speaks for.

A party is a role (`connector`) or a role and a name (`connector.main`). A key of a bare role may speak for every source
of that role; a key of a named party only for the source of that name.
"""

from __future__ import annotations

import re
from enum import StrEnum

from okno.protocol.errors import ErrorCode, ProtocolError


class Party(StrEnum):
    """Roles. `all` only receives, `sender` and `till` only open, `root` only signs key lists."""

    CABINET = "cabinet"
    GATEWAY = "gateway"
    CONNECTOR = "connector"
    SENDER = "sender"
    TILL = "till"
    ROOT = "root"
    ALL = "all"


EVERYBODY = "urn:okno:all"
_URN = re.compile(r"urn:okno:(?:(cabinet|gateway|system):([a-z0-9][a-z0-9-]{0,31})|(all))")
_PARTY = re.compile(r"(cabinet|gateway|connector|sender|till|root)(?:\.([a-z0-9][a-z0-9-]{0,31}))?")
_ROLE_OF_URN = {"cabinet": Party.CABINET, "gateway": Party.GATEWAY, "system": Party.CONNECTOR, "all": Party.ALL}


def split_urn(urn: str) -> tuple[Party, str]:
    """`urn:okno:system:main` -> (connector, main). Raises `source-wrong` for any other spelling."""
    match = _URN.fullmatch(urn)
    if match is None:
        raise ProtocolError(ErrorCode.SOURCE_WRONG, "not a name of OKNO/1")
    return _ROLE_OF_URN[match[1] or match[3]], match[2] or ""


def split_party(party: str) -> tuple[Party, str]:
    """`connector.main` -> (connector, main); the name is empty for a bare role. Raises `key-form`."""
    match = _PARTY.fullmatch(party)
    if match is None:
        raise ProtocolError(ErrorCode.KEY_FORM, "unknown party")
    return Party(match[1]), match[2] or ""


def speaks_for(party: str, urn: str) -> bool:
    """Whether a key of `party` may sign as `urn`."""
    role, name = split_party(party)
    urn_role, urn_name = split_urn(urn)
    return role is urn_role and name in ("", urn_name)
