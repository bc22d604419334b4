"""The table of operations: every row of PR-02. A new schema is a new `.vN`; there are no minor versions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from okno.protocol import messages as m
from okno.protocol.freshness import EXPIRY_MAX_S
from okno.protocol.parties import Party
from okno.protocol.registry.operation import QUERY_DEADLINE_MS, AuthType, Operation

CABINET, GATEWAY, CONNECTOR = Party.CABINET, Party.GATEWAY, Party.CONNECTOR
APP_USER: tuple[AuthType, ...] = ("app_user",)
SERVICE: tuple[AuthType, ...] = ("service",)
STAFF: tuple[AuthType, ...] = ("staff",)

SOURCE_LABELS = frozenset({"address", "network", "device", "country"})
IDENTIFY_LABELS = SOURCE_LABELS | {"account", "phone", "prefix", "password"}
TEXT_LABELS = SOURCE_LABELS | {"score"}
_COMMAND_DEADLINE_MS = 30_000


def _query(name: str, data: type[m.Message], reply: type[m.Message], *, priority: int, **rest: Any) -> Operation:  # noqa: ANN401  columns of the row
    return Operation(
        type=f"okno.{name}.v1",
        kind="query",
        senders=(CABINET,),
        receiver=CONNECTOR,
        data=data,
        reply=reply,
        priority=priority,
        deadline_ms=QUERY_DEADLINE_MS[priority],
        expiry_max_s=EXPIRY_MAX_S["query"],
        online=True,
        **{"labels": SOURCE_LABELS, **rest},
    )


def _command(name: str, data: type[m.Message], reply: type[m.Message], *, priority: int, **rest: Any) -> Operation:  # noqa: ANN401  columns of the row
    return Operation(
        type=f"okno.{name}.v1",
        kind="command",
        senders=(CABINET,),
        data=data,
        reply=reply,
        priority=priority,
        deadline_ms=_COMMAND_DEADLINE_MS,
        expiry_max_s=EXPIRY_MAX_S["command"],
        **{"receiver": CONNECTOR, "labels": SOURCE_LABELS, **rest},
    )


def _event(name: str, data: type[m.Message], senders: tuple[Party, ...], receiver: Party, **rest: Any) -> Operation:  # noqa: ANN401  columns of the row
    expiry_max_s = EXPIRY_MAX_S["event"]
    return Operation(
        type=f"okno.{name}.v1",
        kind="event",
        senders=senders,
        receiver=receiver,
        data=data,
        **{"expiry_max_s": expiry_max_s, "deadline_ms": expiry_max_s * 1000, "priority": 1, **rest},
    )


def _settings(name: str, data: type[m.Message]) -> Operation:
    expiry_max_s = EXPIRY_MAX_S["settings"]
    return Operation(
        type=f"okno.settings.{name}.v1",
        kind="settings",
        senders=(CONNECTOR,),
        receiver=GATEWAY,
        data=data,
        priority=0,
        deadline_ms=expiry_max_s * 1000,
        expiry_max_s=expiry_max_s,
    )


_ACCOUNT: dict[str, Any] = {"subject": "account"}
_OF_USER: dict[str, Any] = {"subject": "account", "authtypes": APP_USER}
_MONEY: dict[str, Any] = {"subject": "account", "authtypes": SERVICE, "priority": 0, "money": True}
_PROFILE: dict[str, Any] = {"reply_sealed": m.Profile, "reply_sealed_for": CABINET}
_LABELLED: dict[str, Any] = {"labels": IDENTIFY_LABELS}
_LIVE_EVENT: dict[str, Any] = {"online": True, "expiry_max_s": 60, "deadline_ms": 60_000, "priority": 0}

_CUSTOMERS = (
    _query(
        "customer.identify", m.CustomerIdentify, m.IdentifyAnswer, priority=0, authtypes=SERVICE,
        sealed=m.IdentifyFacts, sealed_for=CONNECTOR, reply_sealed=m.CodeMessage, reply_sealed_for=Party.SENDER,
        labels=IDENTIFY_LABELS,
    ),
    _query(
        "customer.prove", m.CustomerProve, m.GrantsAnswer, priority=0, authtypes=SERVICE,
        sealed=m.TypedCode, sealed_for=CONNECTOR, labels=IDENTIFY_LABELS,
    ),
    _query("customer.grant.renew", m.GrantRenew, m.GrantsAnswer, priority=0, right="view", **_OF_USER),
    _command("customer.delegate.set", m.DelegateSet, m.GrantsAnswer, priority=1, right="manage", **_OF_USER),
    _query("customer.profile.get", m.ProfileGet, m.ProfileAnswer, priority=1, right="view", **_OF_USER, **_PROFILE),
    _command(
        "customer.contact.change", m.ContactChange, m.Recorded, priority=1, right="manage",
        sealed=m.ContactValue, sealed_for=CONNECTOR, **_OF_USER,
    ),
    _command("consent.changed", m.ConsentChanged, m.Recorded, priority=2, right="view", **_OF_USER),
    _command("customer.erasure.requested", m.ErasureRequested, m.ErasureAnswer, priority=2, right="manage", **_OF_USER),
)  # fmt: skip

_ACCOUNTS = (
    # A gap in the versions asks for it: never before a customer who waits, hence the last class.
    _query(
        "account.snapshot.get", m.SnapshotGet, m.AccountSnapshot, priority=3, right="view",
        subject="account", authtypes=("app_user", "service"),
    ),
    _query("account.operations.list", m.OperationsList, m.OperationsPage, priority=2, right="view", **_OF_USER),
    _query("account.statement.get", m.StatementGet, m.Statement, priority=3, right="documents", **_OF_USER),
    _query(
        "account.reconciliation.get", m.ReconciliationGet, m.Reconciliation, priority=3, right="documents", **_OF_USER,
    ),
    _query("bill.list", m.BillList, m.BillPage, priority=2, right="view", **_OF_USER),
    # Slips of a whole district are asked for by staff, for customers who have no user here.
    _query(
        "requisites.get", m.RequisitesGet, m.Requisites, priority=2, right="view",
        subject="account", authtypes=("app_user", "service"), **_PROFILE,
    ),
)  # fmt: skip

_PAYMENTS = (
    _command("payment.captured", m.PaymentCaptured, m.Recorded, **_MONEY),
    _command("payment.refunded", m.PaymentRefunded, m.Recorded, **_MONEY),
    _command("payment.reversed", m.PaymentReversed, m.Recorded, **_MONEY),
    _command("promise.request", m.PromiseRequest, m.PromiseAnswer, priority=1, right="pay", **_OF_USER),
    _query(
        "payment.payable", m.PaymentPayable, m.Payable, priority=0, authtypes=SERVICE, subject="account",
        sealed=m.TypedAccount, sealed_for=CONNECTOR, labels=SOURCE_LABELS | {"account"},
    ),
    _command(
        "feedback.submitted", m.FeedbackSubmitted, m.Recorded, priority=2, right="view",
        sealed=m.FeedbackText, sealed_for=CONNECTOR, **{**_OF_USER, "labels": TEXT_LABELS},
    ),
)  # fmt: skip

_BOOKS = tuple(
    _event(name, data, (CONNECTOR,), CABINET, **rest)
    for name, data, rest in (
        ("operation.posted", m.OperationPosted, _ACCOUNT),
        ("account.changed", m.AccountChanged, _ACCOUNT),
        ("bill.issued", m.BillIssued, _ACCOUNT),
        ("payment.posted", m.PaymentPosted, _ACCOUNT),
        ("payment.rejected", m.PaymentRejected, _ACCOUNT),
        ("customer.changed", m.CustomerChanged, {**_ACCOUNT, "sealed": m.Profile, "sealed_for": CABINET}),
        ("customer.grant.revoked", m.GrantRevoked, _ACCOUNT),
        ("feedback.replied", m.FeedbackReplied, {**_ACCOUNT, "sealed": m.FeedbackText, "sealed_for": CABINET}),
        ("notice.published", m.NoticePublished, {}),
        ("call.logged", m.CallLogged, _ACCOUNT),
        ("events.bundle", m.EventsBundle, {"sealed": m.BundleSealed, "sealed_for": CABINET}),
        ("link.watermark", m.Watermark, {}),
        ("register.delivered", m.RegisterDelivered, {"priority": 3}),
    )
)

_LINKS = (
    _query(
        "sync.page", m.SyncPage, m.SyncRows, priority=3, authtypes=SERVICE,
        reply_sealed=m.SyncCustomers, reply_sealed_for=CABINET,
    ),
    Operation(
        type="okno.link.heartbeat.v1",
        kind="heartbeat",
        senders=(CONNECTOR, CABINET, GATEWAY),
        receiver=Party.ALL,
        data=m.Heartbeat,
        priority=0,
        deadline_ms=EXPIRY_MAX_S["heartbeat"] * 1000,
        expiry_max_s=EXPIRY_MAX_S["heartbeat"],
        online=True,
    ),
)  # fmt: skip

_GUARD = (
    _settings("limits", m.SettingsLimits),
    _settings("routes", m.SettingsRoutes),
    _settings("keys", m.SettingsKeys),
    _event("settings.applied", m.SettingsApplied, (GATEWAY,), CONNECTOR, priority=0),
    _command("settings.propose", m.SettingsPropose, m.Recorded, priority=1, authtypes=STAFF),
    _event("traffic.sample", m.TrafficSample, (CABINET,), GATEWAY, **_LIVE_EVENT),
    _event("security.signal", m.SecuritySignal, (CABINET, CONNECTOR), GATEWAY, **_LIVE_EVENT, **_LABELLED),
    _event("security.incident", m.SecurityIncident, (GATEWAY,), CABINET, priority=0),
    _event("security.posture", m.SecurityPosture, (GATEWAY,), CABINET, priority=0),
    _event("log.checkpoint", m.LogCheckpoint, (GATEWAY,), CONNECTOR, priority=0),
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {row.type: row for row in (*_CUSTOMERS, *_ACCOUNTS, *_PAYMENTS, *_BOOKS, *_LINKS, *_GUARD)}
)
