"""The settings of one instance of the cabinet, read once from the TOML file that OKNO_CABINET_CONFIG names.

Each process has a file of its own with only its own secrets (mode 0600). A wrong file refuses the start with every
mistake listed, not the first alone.
"""

import base64
import binascii
import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import available_timezones

import msgspec

from okno.cabinet.payments.methods import Method, methods_mistakes
from okno.cabinet.payments.services.agents.settings import Agent, agents_mistakes
from okno.cabinet.payments.services.promising.terms import PromiseTerms
from okno.protocol.messages.base import Name
from okno.protocol.messages.customers import FactKind

SECRET_CHARS_MIN = 32
KEY_BYTES = 32
LOOPBACK = "127.0.0.1"
PLACE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d+)?")
ENVIRONMENT = "OKNO_CABINET_CONFIG"
FACTS: tuple[FactKind, ...] = ("contract", "birth-date", "last-bill", "last-payment")
NEEDED_FILES = {
    "keylist": "seal messages and to judge grants",
    "root_public": "seal messages and to judge grants",
    "opening_key": "open what the inside seals to the cabinet",
}


class ConfigError(Exception):
    """The settings cannot be served with; the text lists every mistake, one a line."""


class Roles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """libpq connection strings: `okno_web` for the portal, `okno_desk` for staff, `okno_till` for the counter."""

    web_dsn: str | None = None
    desk_dsn: str | None = None
    till_dsn: str | None = None


class Hosts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Host names without a port. The first of the portal stands in the last line of an SMS."""

    portal: str | list[str] = []
    desk: str | list[str] = []
    counter: str | list[str] = []


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token bucket: at most `capacity` at once, refilled evenly within `per_s` seconds."""

    capacity: int
    per_s: int


class CabinetConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file holds. Paths may be relative to the file.

    `pepper` and the values of `vault_keys` (version -> key) are base64 of at least / exactly 32 bytes.
    `documents_key` opens the printed slips of whole districts: the desk's and the worker's.
    `opening_key` is the file of the key that opens what the inside seals to the cabinet: the portal's alone.
    `registration_system` is the accounting that identifies new users, by any one of `registration_facts`.
    `methods` are the ways to pay that the portal offers, in their order; `providers` the adapters that the counter
    takes notices for, with their secrets: the counter's alone; `takes_test`: money of a test mode counts.
    `agents` are banks and terminals that call the counter, with their secrets: the counter's alone as well.
    `promises`: what the portal offers of promised payments; without it none.
    `staff_codes`: at the desk an authenticator's code is taken of who has no key (WebAuthn); else keys alone are.
    `portal_url` is where customers find the portal, for links in letters and of the desk; without it there are none.
    `letters`: the portal offers to e-mail a link to a document; needs `portal_url`, and a relay at the sender.
    `appeal_days`: an appeal is answered within so many days after the day it was raised.
    `form_pages` are origins that the portal may post the form of a payment to: `Provider.pages` of those that are on.
    `limits` overrides token buckets by scope (names in `okno.cabinet.kit.buckets`).
    `trusted_proxies` are networks whose X-Forwarded-For is believed, its last hop alone.
    """

    secret_key: str = ""
    pepper: str = ""
    debug: bool = False
    roles: Roles = Roles()
    hosts: Hosts = Hosts()
    portal_dist: str | None = None
    portal_url: str = ""
    letters: bool = False
    keylist: str | None = None
    root_public: str | None = None
    opening_key: str | None = None
    registration_system: Name = "main"
    registration_facts: Annotated[tuple[FactKind, ...], msgspec.Meta(min_length=1)] = FACTS
    vault_keys: dict[str, str] = {}
    documents_key: str = ""
    trusted_proxies: list[str] = []
    limits: dict[str, Limit] = {}
    methods: tuple[Method, ...] = ()
    providers: dict[str, dict[str, Any]] = {}
    agents: dict[str, Agent] = {}
    promises: PromiseTerms | None = None
    appeal_days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 10
    form_pages: list[str] = []
    takes_test: bool = False
    staff_codes: bool = False
    company: str = "Окно"
    time_zone: str = "Europe/Moscow"
    trusted_types: bool = True

    @property
    def portal_hosts(self) -> list[str]:
        return _names(self.hosts.portal)

    @property
    def desk_hosts(self) -> list[str]:
        return _names(self.hosts.desk)

    @property
    def counter_hosts(self) -> list[str]:
        return _names(self.hosts.counter)

    @property
    def serves(self) -> bool:
        """False for the default that tools import without a file: every request is refused."""
        return bool(self.portal_hosts or self.desk_hosts or self.counter_hosts)

    @property
    def pepper_bytes(self) -> bytes:
        return base64.b64decode(self.pepper)


def _names(hosts: str | list[str]) -> list[str]:
    listed = [hosts] if isinstance(hosts, str) else hosts
    return [host.partition(":")[0].lower() for host in listed if host]


def config_read(environment: dict[str, str] | None = None) -> CabinetConfig:
    """The instance's settings, or an empty default that serves nobody when no file is named.

    Raises ConfigError with every mistake of the file.
    """
    path = (os.environ if environment is None else environment).get(ENVIRONMENT)
    if not path:
        return CabinetConfig()
    file = Path(path)
    try:
        config = msgspec.toml.decode(file.read_bytes(), type=CabinetConfig)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"{file.name}: {error}") from error
    config = _absolute(config, file.parent)
    mistakes = config_mistakes(config)
    if mistakes:
        raise ConfigError("\n".join(f"{file.name}: {mistake}" for mistake in mistakes))
    return config


def _absolute(config: CabinetConfig, folder: Path) -> CabinetConfig:
    return msgspec.structs.replace(
        config,
        **{
            name: str((folder / value).resolve())
            for name in ("portal_dist", "keylist", "root_public", "opening_key")
            if (value := getattr(config, name))
        },
    )


def config_mistakes(config: CabinetConfig) -> list[str]:
    """Everything that must not reach production, in plain words; empty when the settings may serve."""
    return [
        *_secret_mistakes(config),
        *_host_mistakes(config),
        *_key_mistakes(config),
        *_network_mistakes(config),
        *methods_mistakes(config.methods),
        *_agent_mistakes(config),
        *_zone_mistakes(config),
        *_page_mistakes(config.form_pages),
        *(["letters: portal_url is needed for their links"] if config.letters and not config.portal_url else []),
        *(
            f"limits.{scope}: capacity and per_s must be at least 1"
            for scope, limit in config.limits.items()
            if limit.capacity < 1 or limit.per_s < 1
        ),
    ]


def _secret_mistakes(config: CabinetConfig) -> list[str]:
    mistakes = []
    if len(config.secret_key) < SECRET_CHARS_MIN:
        mistakes.append(f"secret_key: at least {SECRET_CHARS_MIN} random characters")
    if len(_decoded(config.pepper) or b"") < KEY_BYTES:
        mistakes.append(f"pepper: base64 of at least {KEY_BYTES} random bytes")
    for version, key in config.vault_keys.items():
        if not version.isdecimal() or len(_decoded(key) or b"") != KEY_BYTES:
            mistakes.append(f"vault_keys.{version}: a number and base64 of exactly {KEY_BYTES} random bytes")
    if config.documents_key and len(_decoded(config.documents_key) or b"") != KEY_BYTES:
        mistakes.append(f"documents_key: base64 of exactly {KEY_BYTES} random bytes")
    if config.debug and not all(_is_loopback_name(host) for host in (*config.portal_hosts, *config.desk_hosts)):
        mistakes.append("debug: only for hosts that end in .localhost")
    return mistakes


def _host_mistakes(config: CabinetConfig) -> list[str]:
    mistakes = [
        f"hosts: {host!r} would answer to foreign names, list each name"
        for host in (*config.portal_hosts, *config.desk_hosts)
        if "*" in host or host.startswith(".")
    ]
    if not config.serves:
        mistakes.append("hosts: name at least one host of the portal, of the desk or of the counter")
    if config.portal_hosts and not config.roles.web_dsn:
        mistakes.append("roles.web_dsn: needed by the portal")
    if config.desk_hosts and not config.roles.desk_dsn:
        mistakes.append("roles.desk_dsn: needed by the desk")
    if config.counter_hosts and not config.roles.till_dsn:
        mistakes.append("roles.till_dsn: needed by the counter")
    named = [*config.portal_hosts, *config.desk_hosts, *config.counter_hosts]
    if len(set(named)) < len(named):
        mistakes.append("hosts: portal, desk and counter need different names")
    return mistakes


def _key_mistakes(config: CabinetConfig) -> list[str]:
    mistakes = []
    if config.desk_hosts and not config.vault_keys:
        mistakes.append("vault_keys: at least one key, or the second factors of staff cannot be kept")
    if not config.portal_hosts:
        return [*mistakes, *(["opening_key: only the portal's process may hold it"] if config.opening_key else [])]
    for name, what in NEEDED_FILES.items():
        value = getattr(config, name)
        if not value or not Path(value).is_file():
            mistakes.append(f"{name}: the file is needed to {what}")
    if not config.vault_keys:
        mistakes.append("vault_keys: at least one key, or personal names cannot be kept")
    return mistakes


def _network_mistakes(config: CabinetConfig) -> list[str]:
    mistakes = []
    for network in config.trusted_proxies:
        try:
            width = ipaddress.ip_network(network).prefixlen
        except ValueError:
            mistakes.append(f"trusted_proxies: {network!r} is no network")
        else:
            if width == 0:
                mistakes.append(f"trusted_proxies: {network!r} would believe everybody")
    return mistakes


def _agent_mistakes(config: CabinetConfig) -> list[str]:
    mistakes = agents_mistakes(config.agents)
    if config.agents and not config.counter_hosts:
        mistakes.append("agents: only the counter's process may hold them")
    if config.agents:
        mistakes += [
            f"{name}: the file is needed to ask whose a number is"
            for name in ("keylist", "root_public")
            if not (value := getattr(config, name)) or not Path(value).is_file()
        ]
    return mistakes


def _zone_mistakes(config: CabinetConfig) -> list[str]:
    known = config.time_zone in available_timezones()
    return [] if known else [f"time_zone: {config.time_zone!r} is none, write one like Europe/Moscow"]


def _page_mistakes(pages: list[str]) -> list[str]:
    """A policy is no place for a path, a wildcard, or a page that anybody on the way may alter."""
    mistakes = []
    for page in pages:
        scheme, _, place = page.partition("://")
        host = place.partition(":")[0]
        safe = scheme == "https" or (scheme == "http" and (host == LOOPBACK or _is_loopback_name(host)))
        if not safe or not PLACE.fullmatch(place):
            mistakes.append(f"form_pages: {page!r} is no https origin without a path")
    return mistakes


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_loopback_name(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")
