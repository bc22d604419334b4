"""The gateway's own affairs: settings from inside, and what is seen, suspected and recorded in the DMZ."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from okno.protocol.messages.base import Count, Digest, Instant, Line, Message, Name, Opaque, Sha256, Uuid
from okno.protocol.messages.links import OperationType
from okno.protocol.strict import patterns

Number = Annotated[int, Meta(ge=1)]
Sketch = Annotated[str, Meta(max_length=16384)]
SettingsName = Literal["limits", "routes", "keys"]


class Window(Message, frozen=True):
    """A weekly time during which other limits hold: minutes of the week from Monday 00:00 UTC, the last excluded."""

    first_minute: Annotated[int, Meta(ge=0, le=10079)]
    last_minute: Annotated[int, Meta(ge=1, le=10080)]
    ceiling: Count


class Limit(Message, frozen=True):
    """What one operation may cost the inside: calls at once, calls a minute, burst, time, share kept for it."""

    enabled: bool
    ceiling: Count
    rate_per_min: Count
    burst: Count
    deadline_ms: Annotated[int, Meta(ge=100, le=60000)]
    priority: Annotated[int, Meta(ge=0, le=3)]
    reserve_percent: Annotated[int, Meta(ge=0, le=100)] = 0
    stale_allowed: bool = True
    windows: Annotated[tuple[Window, ...], Meta(max_length=32)] = ()


class SettingsLimits(Message, frozen=True):
    """Settings: limits per operation; a lower number than the one in force is refused."""

    number: Number
    limits: dict[OperationType, Limit]


class SettingsRoutes(Message, frozen=True):
    """Settings: which operations each system answers."""

    number: Number
    routes: dict[Name, tuple[OperationType, ...]]


class SettingsKeys(Message, frozen=True):
    """Settings: the key list exactly as the root signed it."""

    number: Number
    signed_list: Annotated[str, Meta(max_length=262_144)]


class SettingsApplied(Message, frozen=True):
    """Event: what is in force now, by number and SHA-256 of the settings' payload bytes."""

    name: SettingsName
    number: Number
    hash: Sha256
    applied_at: Instant


class SettingsPropose(Message, frozen=True):
    """Command of staff: a wish for other limits. The inside tightens at once and loosens after approval inside."""

    proposal: Uuid
    based_on: Number
    reason: Line
    limits: dict[OperationType, Limit]


class TrafficSample(Message, frozen=True):
    """Event: `seconds` of one public process. Sketches count sources without naming them."""

    process: Name
    since: Instant
    seconds: Annotated[int, Meta(ge=1, le=60)]
    requests: Count
    bytes_in: Count
    bytes_out: Count
    errors: Count
    logins: Count
    logins_failed: Count
    sources: Sketch = ""
    new_sources: Sketch = ""


class SecuritySignal(Message, frozen=True):
    """Event: one finding, named by the OWASP logging vocabulary (`authz_fail`, `authn_login_fail_max`, …)."""

    signal: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)+" + patterns.END, max_length=64)]
    process: Name
    at: Instant
    count: Annotated[int, Meta(ge=1)] = 1
    authid: Opaque | None = None
    subject: Opaque | None = None
    detail: dict[Name, Line] = msgspec.field(default_factory=dict)


class SecurityIncident(Message, frozen=True):
    """Event: a case that a person has to own."""

    incident: Uuid
    rule: Name
    state: Literal["open", "going-on", "over"]
    severity: Literal["low", "medium", "high", "critical"]
    opened_at: Instant
    updated_at: Instant
    signals: Count
    title: Line
    detail: dict[Name, Line] = msgspec.field(default_factory=dict)


class SecurityPosture(Message, frozen=True):
    """Event: how the public zone should behave until `until`, when it falls back to normal by itself."""

    posture: Literal["normal", "raised", "attack"]
    number: Number
    until: Instant
    reasons: Annotated[tuple[Name, ...], Meta(max_length=16)] = ()


class LogCheckpoint(Message, frozen=True):
    """Event: head and length of the gateway's hash-chained log at a moment; kept inside."""

    gateway: Name
    count: Count
    head: Digest
    at: Instant
