"""An agent as the counter's file tells of it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated
from zoneinfo import available_timezones

import msgspec
from msgspec import Meta

from okno.protocol.messages.base import Currency, Name

SECRET_CHARS_MIN = 32
SECRETS_MAX = 2


class Agent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who may call, and what he may bring.

    `networks` are the addresses he calls from; `secrets` what he signs with, the newest first: two while one replaces
    the other. `account_pattern` is how a number looks, `least_minor` to `most_minor` what is taken at once, `time_zone`
    that of his `txn_date` and of his day. `system` is the accounting that knows his numbers, `method` the channel that
    the books see. An agent that is not `on` is answered 7.
    """

    networks: Annotated[tuple[str, ...], Meta(min_length=1)]
    secrets: Annotated[tuple[str, ...], Meta(min_length=1, max_length=SECRETS_MAX)]
    system: Name = "main"
    method: Name = "terminal"
    currency: Currency = "RUB"
    account_pattern: str = "[0-9]{1,20}"
    least_minor: Annotated[int, Meta(ge=1)] = 100
    most_minor: Annotated[int, Meta(ge=1)] = 1_500_000
    time_zone: str = "Europe/Moscow"
    wait_ms: Annotated[int, Meta(ge=0, le=30_000)] = 5_000
    on: bool = True

    def admits(self, address: str) -> bool:
        """Whether the agent calls from there."""
        peer = ipaddress.ip_address(address)
        return any(peer in ipaddress.ip_network(network) for network in self.networks)


def agents_mistakes(agents: Mapping[str, Agent]) -> list[str]:
    """What must not be served, in plain words; never a secret."""
    return [f"agents.{name}: {mistake}" for name, agent in agents.items() for mistake in _mistakes(name, agent)]


def _mistakes(name: str, agent: Agent) -> list[str]:
    found = []
    if not re.fullmatch(r"[a-z0-9-]{1,32}", name):
        found.append("a name is of small letters, digits and dashes")
    if any(len(secret) < SECRET_CHARS_MIN for secret in agent.secrets):
        found.append(f"secrets: at least {SECRET_CHARS_MIN} random characters each")
    if agent.least_minor > agent.most_minor:
        found.append("least is above most")
    if agent.time_zone not in available_timezones():
        found.append(f"time_zone: {agent.time_zone!r} is none, write one like Europe/Moscow")
    try:
        re.compile(agent.account_pattern)
    except re.error:
        found.append("account_pattern: no regular expression")
    return [*found, *(f"networks: {network!r} is no network" for network in agent.networks if not _is_network(network))]


def _is_network(text: str) -> bool:
    try:
        return ipaddress.ip_network(text).prefixlen > 0
    except ValueError:
        return False
