"""Settings of an instance: what refuses to serve, and that every mistake is named."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from factories.portal import Database, Keys, Portal, config_of

from okno.cabinet.config.database import LIMITS, Router, database_settings
from okno.cabinet.config.desk import SessionStore
from okno.cabinet.config.instance import ENVIRONMENT, CabinetConfig, ConfigError, config_mistakes, config_read
from okno.cabinet.desk.models import OutboxRow
from okno.cabinet.kit.models import Outbox

GOOD = """
secret_key = "0123456789abcdef0123456789abcdef"
pepper = "{key}"
keylist = "keylist.jws"
root_public = "keys/root.pub"
opening_key = "keys/cabinet.open"
portal_dist = "dist"
vault_keys = {{ "1" = "{key}" }}
trusted_proxies = ["10.0.0.0/8"]

[roles]
web_dsn = "postgresql://okno_web@/okno"

[hosts]
portal = ["Portal.example:443"]

[limits.signin-login]
capacity = 5
per_s = 60
"""
KEY = base64.b64encode(bytes(32)).decode()


def write(folder: Path, text: str) -> dict[str, str]:
    (folder / "keys").mkdir()
    (folder / "keys/root.pub").write_bytes(bytes(32))
    (folder / "keys/cabinet.open").write_bytes(b"{}")
    (folder / "keylist.jws").write_bytes(b"{}")
    (folder / "cabinet.toml").write_text(text, encoding="utf-8")
    return {ENVIRONMENT: str(folder / "cabinet.toml")}


@pytest.mark.parametrize(
    "page",
    [
        "http://bank.example",
        "https://bank.example/pay",
        "https://*.bank.example",
        "https://bank.example; script-src *",
        "bank.example",
        "https://",
    ],
)
def test_forms_are_posted_to_origins_of_https_alone(page: str) -> None:
    fine = [
        "https://bank.example",
        "https://pay.bank.example:8443",
        "http://bank.demo.localhost:9101",
        "http://127.0.0.1:91",
    ]
    assert [one for one in config_mistakes(CabinetConfig(form_pages=fine)) if "form_pages" in one] == []
    mistakes = [one for one in config_mistakes(CabinetConfig(form_pages=[*fine, page])) if "form_pages" in one]
    assert mistakes == [f"form_pages: {page!r} is no https origin without a path"]


def test_config_is_read_with_paths_beside_the_file(tmp_path: Path) -> None:
    config = config_read(write(tmp_path, GOOD.format(key=KEY)))
    assert config.portal_hosts == ["portal.example"]
    assert config.serves
    assert (config.keylist, config.portal_dist) == (str(tmp_path / "keylist.jws"), str(tmp_path / "dist"))
    assert config.opening_key == str(tmp_path / "keys/cabinet.open")
    assert (config.registration_system, config.registration_facts[0]) == ("main", "contract")
    assert config.pepper_bytes == bytes(32)
    assert (config.limits["signin-login"].capacity, config.debug) == (5, False)


def test_config_without_a_file_serves_nobody() -> None:
    config = config_read({})
    assert config == CabinetConfig()
    assert not config.serves


def test_config_mistakes_are_all_listed(tmp_path: Path) -> None:
    text = """
        secret_key = "short"
        pepper = "%%"
        debug = true
        vault_keys = { "x" = "AAAA", "1" = "AAAA" }
        trusted_proxies = ["everybody", "0.0.0.0/0"]
        hosts = { portal = ["*", "same.example"], desk = [".example", "same.example"] }
        limits = { a = { capacity = 0, per_s = 1 } }
    """
    with pytest.raises(ConfigError) as refused:
        config_read(write(tmp_path, text))
    told = str(refused.value)
    for mistake in (
        "cabinet.toml: secret_key: at least 32",
        "pepper: base64 of at least 32",
        "vault_keys.x:",
        "vault_keys.1:",
        "debug: only for hosts that end in .localhost",
        "hosts: '*' would answer",
        "hosts: '.example' would answer",
        "hosts: portal, desk and counter need different names",
        "roles.web_dsn: needed",
        "roles.desk_dsn: needed",
        "keylist: the file",
        "root_public: the file",
        "opening_key: the file is needed to open what the inside seals",
        "trusted_proxies: 'everybody' is no network",
        "trusted_proxies: '0.0.0.0/0' would believe everybody",
        "limits.a: capacity and per_s",
    ):
        assert mistake in told
    assert len(told.splitlines()) == 16


@pytest.mark.parametrize(
    "text",
    [
        *("unknown = 1", "= broken", 'debug = "yes"', "registration_facts = []", 'registration_facts = ["shoe-size"]'),
        'registration_system = "Not A Name"',
    ],
)
def test_config_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"cabinet\.toml"):
        config_read(write(tmp_path, text))


def test_config_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        config_read({ENVIRONMENT: str(tmp_path / "nowhere.toml")})


def test_config_of_the_desk_alone_needs_no_portal_keys() -> None:
    config = msgspec.convert(
        {
            "secret_key": "x" * 32,
            "pepper": KEY,
            "debug": True,
            "roles": {"desk_dsn": "host=/x"},
            "hosts": {"desk": "localhost"},
            "vault_keys": {"1": KEY},
        },
        CabinetConfig,
    )
    assert config_mistakes(config) == []
    [mistake] = config_mistakes(msgspec.structs.replace(config, vault_keys={}))
    assert mistake == "vault_keys: at least one key, or the second factors of staff cannot be kept"
    holding = msgspec.structs.replace(config, opening_key="/etc/okno/cabinet.open")
    assert config_mistakes(holding) == ["opening_key: only the portal's process may hold it"]
    nowhere = msgspec.structs.replace(config, hosts=msgspec.convert({}, type(config.hosts)))
    assert config_mistakes(nowhere) == ["hosts: name at least one host of the portal, of the desk or of the counter"]


def test_config_needs_a_vault_key_for_the_portal(tmp_path: Path) -> None:
    text = GOOD.format(key=KEY).replace('"1" = ', '"1" = ').replace(f'{{ "1" = "{KEY}" }}', "{}")
    with pytest.raises(ConfigError, match="vault_keys: at least one key"):
        config_read(write(tmp_path, text))


def test_config_of_agents_is_the_counters_and_strict(tmp_path: Path) -> None:
    text = f"""
        secret_key = "0123456789abcdef0123456789abcdef"
        pepper = "{KEY}"
        vault_keys = {{ "1" = "{KEY}" }}
        hosts = {{ desk = "desk.example" }}
        roles = {{ desk_dsn = "postgresql://okno_desk@/okno" }}

        [agents.Bank]
        networks = ["everybody", "0.0.0.0/0"]
        secrets = ["short"]
        least_minor = 5
        most_minor = 4
        time_zone = "Moscow"
        account_pattern = "("
    """
    with pytest.raises(ConfigError) as refused:
        config_read(write(tmp_path, text))
    told = [line.removeprefix("cabinet.toml: ") for line in str(refused.value).splitlines()]
    assert told == [
        "agents.Bank: a name is of small letters, digits and dashes",
        "agents.Bank: secrets: at least 32 random characters each",
        "agents.Bank: least is above most",
        "agents.Bank: time_zone: 'Moscow' is none, write one like Europe/Moscow",
        "agents.Bank: account_pattern: no regular expression",
        "agents.Bank: networks: 'everybody' is no network",
        "agents.Bank: networks: '0.0.0.0/0' is no network",
        "agents: only the counter's process may hold them",
        "keylist: the file is needed to ask whose a number is",
        "root_public: the file is needed to ask whose a number is",
    ]


def test_database_settings_of_both_forms_of_a_dsn() -> None:
    made = database_settings("postgresql://okno_web:secret@/okno?host=/run/pg&sslmode=disable")
    assert {name: made[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "okno",
        "USER": "okno_web",
        "PASSWORD": "secret",
        "HOST": "/run/pg",
        "PORT": "",
    }
    assert made["OPTIONS"] == {"sslmode": "disable", "options": LIMITS}
    assert database_settings(None)["NAME"] == ""


def test_router_gives_the_desk_its_own_role_and_migrates_as_owner_alone() -> None:
    router = Router()
    assert (router.db_for_read(OutboxRow), router.db_for_write(Outbox)) == ("desk", "default")
    assert router.allow_relation()
    assert [router.allow_migrate(alias) for alias in ("owner", "default", "desk")] == [True, False, False]


def run(module: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OKNO_", "DJANGO_"))}
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env={**clean, **environment}, capture_output=True, text=True, check=False)


def test_migrate_runs_again_without_an_instance(cabinet_database: Database) -> None:
    done = run("okno.cabinet.config.migrate", OKNO_OWNER_DSN=cabinet_database.dsn("owner"))
    assert (done.returncode, done.stderr) == (0, "")
    usage = run("okno.cabinet.config.migrate")
    assert (usage.returncode, "OKNO_OWNER_DSN" in usage.stderr) == (2, True)


def test_openapi_is_written_by_its_command(tmp_path: Path) -> None:
    done = run("okno.cabinet.config.openapi", str(tmp_path / "portal.json"))
    assert (done.returncode, done.stderr) == (0, "")
    assert msgspec.json.decode((tmp_path / "portal.json").read_bytes())["info"]["title"] == "Okno portal"


def test_desk_session_without_a_key_has_nothing_to_delete(portal: Portal) -> None:
    SessionStore().delete()
    assert portal.peek("SELECT count(*) FROM django_session") == [(0,)]


def test_wsgi_refuses_without_an_instance_and_serves_with_one(tmp_path: Path, cabinet_database: Database) -> None:
    refused = run("okno.cabinet.config.wsgi")
    assert refused.returncode == 1
    assert "OKNO_CABINET_CONFIG names no settings" in refused.stderr
    config = config_of(tmp_path, Keys(), cabinet_database)
    lines = [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in fields(config)]
    (tmp_path / "cabinet.toml").write_text("\n".join(lines), encoding="utf-8")
    served = run("okno.cabinet.config.wsgi", **{ENVIRONMENT: str(tmp_path / "cabinet.toml")})
    assert (served.returncode, served.stderr) == (0, "")


def fields(config: CabinetConfig) -> list[tuple[str, object]]:
    names = ("secret_key", "pepper", "keylist", "root_public", "opening_key", "portal_dist")
    found = [(name, getattr(config, name)) for name in names]
    found += [("roles.web_dsn", config.roles.web_dsn), ("roles.desk_dsn", config.roles.desk_dsn)]
    found += [("hosts.portal", config.hosts.portal), ("hosts.desk", config.hosts.desk)]
    return [*found, ("vault_keys.1", config.vault_keys["1"])]
