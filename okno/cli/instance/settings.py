"""The settings files of an instance: one per process, with its own role, its own keys and nothing of anybody else.

They are written anew at each start, since sockets and ports may have moved; what must stay is in `secrets.json`.
"""

from pathlib import Path
from typing import Any

import msgspec

from okno.cabinet.accounts.tasks.projector import ProjectorSettings
from okno.cabinet.config.instance import CabinetConfig, Hosts, Limit, Roles
from okno.cabinet.kit.jobs.worker import WorkerSettings
from okno.cabinet.kit.outbox.relay import RelaySettings
from okno.cabinet.notices.tasks.sender import SenderSettings
from okno.cabinet.payments.services.registry import pages_of, providers_of
from okno.carriers.smtp import SmtpSettings
from okno.cli.files import file_write, toml_text
from okno.cli.instance.company import PAYEES
from okno.cli.instance.customers import PARTS
from okno.cli.instance.layout import Instance
from okno.cli.instance.paying import PROMISE_RULES, PROMISES, agents, methods, payers, providers, till
from okno.cli.instance.plan import Plan
from okno.cli.servers.roles import DATABASES
from okno.cli.servers.tryton import CABINET
from okno.cli.servers.tryton import DATABASE as TRYTON_DATABASE
from okno.cli.servers.tryton import USER as TRYTON_USER
from okno.connectors.main import BOOK, ConnectorSettings
from okno.connectors.runtime.connector import Limits
from okno.connectors.runtime.people.limits import PeopleLimits
from okno.gateway.main import GatewaySettings
from okno.live.main import LiveSettings
from okno.sandbox.smsc.main import SmscSettings
from okno.sandbox.smsc.phone import Person

TRYTON_ADAPTER = "okno.connectors.tryton.system:tryton_system"
TRYTON_LOGIN_FILE = "tryton.password"
TRYTON_CEILING = 4
PORTAL_DIST = Path(__file__).parents[3] / "web" / "dist" / "portal"
LOOPBACK = ["127.0.0.1"]
MAIL_FROM = "okno@example.org"


# Messages cost nothing here, and whoever tries the demo signs in as the same person again and again.
DEMO_LIMITS = {
    "sms-phone-30s": Limit(capacity=3, per_s=30),
    "sms-phone-hour": Limit(capacity=60, per_s=3600),
    "sms-phone-day": Limit(capacity=600, per_s=86_400),
    "letter-user": Limit(capacity=600, per_s=3600),
    "letter-address": Limit(capacity=600, per_s=86_400),
    "signin-login": Limit(capacity=60, per_s=900),
    **{
        f"registration-{what}": Limit(capacity=600, per_s=3600)
        for what in ("network", "address", "account", "code-account")
    },
}

DEMO_PEOPLE = PeopleLimits(attempts_per_account_hour_max=600, failures_per_person_day_max=600)


def cabinet(plan: Plan, *, portal: bool = False, desk: bool = False, counter: bool = False) -> CabinetConfig:
    """Settings of Django: the portal, the desk, the counter, or several in one process."""
    instance, secrets = plan.instance, plan.secrets
    return CabinetConfig(
        secret_key=secrets.django,
        pepper=secrets.pepper,
        roles=Roles(
            web_dsn=plan.cabinet_dsn("okno_web") if portal else None,
            desk_dsn=plan.cabinet_dsn("okno_desk") if desk else None,
            till_dsn=plan.cabinet_dsn("okno_till") if counter else None,
        ),
        hosts=Hosts(
            portal=instance.host("portal") if portal else [],
            desk=instance.host("desk") if desk else [],
            counter=instance.host("pay") if counter else [],
        ),
        portal_url=instance.addresses(plan.ports["front"])["portal"] if portal or desk else "",
        letters=portal,
        portal_dist=str(PORTAL_DIST) if PORTAL_DIST.is_dir() else None,
        keylist=plan.keylist,
        root_public=plan.root_public,
        opening_key=plan.key("cabinet.open") if portal else None,
        vault_keys={"1": secrets.vault},
        documents_key=secrets.documents if desk else "",
        trusted_proxies=[f"{address}/32" for address in LOOPBACK] if plan.broker else [],
        limits=DEMO_LIMITS,
        staff_codes=desk,
        methods=methods(plan),
        providers=providers(plan) if counter else {},
        agents=agents(plan) if counter else {},
        promises=PROMISES if portal and "tryton" not in plan.ports else None,
        form_pages=pages_of(providers_of(providers(plan))) if portal else [],
    )


def gateway(plan: Plan, name: str) -> GatewaySettings:
    log = plan.instance.log / name
    log.mkdir(mode=0o700, exist_ok=True)
    return GatewaySettings(
        name=name,
        listen_port=plan.ports[name],
        keylist=plan.keylist,
        root_public=plan.root_public,
        signing_key=plan.key(f"gateway.{name}.sign"),
        log_dir=str(log),
        outer_url=plan.url("gateway", "outer"),
        inner_url=plan.url("gateway", "inner"),
    )


def live(plan: Plan) -> LiveSettings:
    """Without a port: all of them stand behind one door, or in the front's own process."""
    return LiveSettings(
        dsn=plan.cabinet_dsn("okno_live"),
        public_origins=[plan.instance.addresses(plan.ports["front"])["portal"]],
        trusted_proxies=LOOPBACK if plan.broker else [],
    )


def relay(plan: Plan) -> RelaySettings:
    return RelaySettings(
        dsn=plan.cabinet_dsn("okno_relay"),
        gateway_urls=tuple(f"http://127.0.0.1:{plan.ports[name]}" for name in plan.gateways),
        signing_key=plan.key("cabinet.sign"),
        keylist=plan.keylist,
        root_public=plan.root_public,
    )


def projector(plan: Plan) -> ProjectorSettings:
    return ProjectorSettings(
        dsn=plan.cabinet_dsn("okno_projector"),
        keylist=plan.keylist,
        root_public=plan.root_public,
        outer_url=plan.url("cabinet.projector", "outer"),
    )


def worker(plan: Plan) -> WorkerSettings:
    return WorkerSettings(
        dsn=plan.cabinet_dsn("okno_worker"),
        keylist=plan.keylist,
        root_public=plan.root_public,
        opening_key=plan.key("cabinet.open"),
        documents_key=plan.secrets.documents,
    )


def sender(plan: Plan) -> SenderSettings:
    return SenderSettings(
        dsn=plan.cabinet_dsn("okno_sender"),
        opening_key=plan.key("sender.open"),
        sms_url=f"http://127.0.0.1:{plan.ports['smsc']}",
        sms_token=plan.secrets.sms_token,
        smtp=SmtpSettings(host=LOOPBACK[0], port=plan.ports["mail"], security="plain", origin=MAIL_FROM),
        phone_per_minute=60,
        phone_per_hour=60,
        phone_per_day=600,
    )


def connector(plan: Plan) -> ConnectorSettings:
    """To the built-in book, or to the Tryton that has a port here."""
    has_tryton = "tryton" in plan.ports
    role, kind = ("okno_connector", "connector") if has_tryton else ("okno_book", "book")
    return ConnectorSettings(
        dsn=plan.dsn(role, DATABASES[kind]),
        adapter=TRYTON_ADAPTER if has_tryton else BOOK,
        options=tryton_options(plan) if has_tryton else {},
        # Tryton's own server does one thing after another: more at once only wait there instead of here.
        limits=Limits(ceiling=TRYTON_CEILING) if has_tryton else Limits(),
        keylist=plan.keylist,
        root_public=plan.root_public,
        signing_key=plan.key("connector.main.sign"),
        opening_key=plan.key("connector.main.open"),
        inner_url=plan.url("connector.main", "inner"),
        people=DEMO_PEOPLE,
        promises=None if has_tryton else PROMISE_RULES,
    )


def tryton_options(plan: Plan) -> dict[str, Any]:
    """What the connector is told of its Tryton; the password stands in a file of its own."""
    return {
        "url": f"http://127.0.0.1:{plan.ports['tryton']}",
        "database": TRYTON_DATABASE,
        "user": TRYTON_USER,
        "password_file": str(plan.instance.etc / TRYTON_LOGIN_FILE),
        "connections": TRYTON_CEILING,
        "payment_journal": CABINET,
        "payees": {company: msgspec.to_builtins(payee) for company, payee in PAYEES.items()},
    }


def smsc(plan: Plan) -> SmscSettings:
    return SmscSettings(
        token=plan.secrets.sms_token,
        journal=str(plan.instance.log / "smsc.jsonl"),
        listen_port=plan.ports["smsc"],
        mail_port=plan.ports["mail"],
        people=tuple(Person(phone=part.phone, ru=f"{part.name} ({part.russian})", en=part.shows) for part in PARTS),
    )


def embedded_files(plan: Plan) -> dict[str, msgspec.Struct]:
    """Of the one process: what is in a file is what its children and the command line need."""
    return {"cabinet": cabinet(plan, portal=True, desk=True, counter=True), "connector": connector(plan)}


def full_files(plan: Plan) -> dict[str, msgspec.Struct]:
    """Of the full stack, by the name of the process."""
    return {
        "web": cabinet(plan, portal=True),
        "desk": cabinet(plan, desk=True),
        "counter": cabinet(plan, counter=True),
        "till": till(plan),
        "payers": payers(plan),
        **{name: gateway(plan, name) for name in plan.gateways},
        "live": live(plan),
        "relay": relay(plan),
        "projector": projector(plan),
        "worker": worker(plan),
        "sender": sender(plan),
        "connector": connector(plan),
        "smsc": smsc(plan),
    }


def files_write(instance: Instance, files: dict[str, msgspec.Struct]) -> None:
    """Write etc/NAME.toml of each, mode 0600."""
    for name, settings in files.items():
        file_write(instance.etc / f"{name}.toml", toml_text(settings).encode())
