"""An instance: names, lock, secrets, ports, and what is no demo."""

import os
import re
import socket
import stat
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from okno.cabinet.config.instance import config_mistakes
from okno.cli.files import toml_text
from okno.cli.instance import layout, settings
from okno.cli.instance.customers import PARTS, bills_of, customers_draw, months, year_of
from okno.cli.instance.layout import Instance, InstanceError, State, production_refused, servers_home
from okno.cli.instance.prepare import Options, Prepared, instance_of, ports_choose, prepare
from okno.cli.instance.reach import ReachError, reach_of
from okno.cli.instance.settings import embedded_files, files_write, full_files
from okno.cli.servers.account import Account, ServerError, account_for_servers
from okno.connectors.book.drafts import SIGN

UNTIL = datetime(2026, 11, 22, 12, tzinfo=UTC)
DEPLOY = Path(__file__).parents[3] / "deploy"
LISTENERS = ["web", "desk", "live", "gw1", "gw2", "smsc", "mail", "amqp", *layout.PAYERS]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Instead of /var/tmp: pytest's own directories cannot be entered by the servers' user either."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    monkeypatch.setattr(layout, "ELSEWHERE", place)
    return place


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    made = Instance(tmp_path / "i", "unit")
    made.make(account_for_servers())
    return made


def state_of(instance: Instance, *, pid: int, port: int) -> State:
    return State(name=instance.name, stack="embedded", pid=pid, addresses={}, ports={"front": port})


@pytest.mark.parametrize("name", ["", "Up", "a_b", "-a", "a-", "a" * 31, "ю", "a.b"])
def test_a_name_must_fit_into_a_host_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(InstanceError, match="host names"):
        Instance(tmp_path, name)


def test_directories_keep_others_out(instance: Instance) -> None:
    for folder in (instance.etc, instance.keys, instance.run, instance.log):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(instance.directory.stat().st_mode) in (0o700, 0o711)


def test_only_one_holds_the_lock(instance: Instance) -> None:
    held = instance.lock()
    with pytest.raises(InstanceError, match="runs already: stop it"):
        instance.lock()
    instance.state_write(state_of(instance, pid=4711, port=1))
    with pytest.raises(InstanceError, match="as process 4711"):
        instance.lock()
    os.close(held)
    os.close(instance.lock())


def test_secrets_are_drawn_once_and_differ(instance: Instance, tmp_path: Path) -> None:
    drawn = instance.secrets()
    assert instance.secrets() == drawn
    other = Instance(tmp_path / "j", "unit")
    other.make(account_for_servers())
    assert not set(other.secrets().roles.values()) & set(drawn.roles.values())
    assert len(set(drawn.roles.values())) == len(drawn.roles)


def test_the_last_port_is_kept_while_it_is_free(instance: Instance) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        instance.state_write(state_of(instance, pid=1, port=port))
        assert instance.port(None) == port
        holder.listen()
        assert instance.port(None) != port
        with pytest.raises(InstanceError, match=f"port {port} is taken"):
            instance.port(port)
    assert instance.port(port) == port


def test_production_is_refused() -> None:
    with pytest.raises(InstanceError, match=r"127\.0\.0\.1 alone"):
        production_refused("10.0.0.1", {})
    with pytest.raises(InstanceError, match="unset it"):
        production_refused("127.0.0.1", {"OKNO_CABINET_CONFIG": "/etc/okno/web.toml"})
    assert production_refused("127.0.0.1", {}) is None


def test_servers_live_beside_the_instance_where_they_can_get_there(tmp_path: Path, elsewhere: Path) -> None:
    account = account_for_servers()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    if account.drops:
        home = servers_home(closed / "i", account)
        assert home.parent == elsewhere
        assert servers_home(tmp_path, account) == elsewhere.joinpath((tmp_path / "servers").readlink().name)
        assert servers_home(closed / "i", account) == home
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        home.rmdir()
        home.symlink_to(tmp_path)
        with pytest.raises(ServerError, match="belongs to somebody else"):
            servers_home(closed / "i", account)
    else:
        assert servers_home(closed, account) == closed


def full(instance: Instance) -> tuple[Prepared, dict[str, msgspec.Struct]]:
    """All settings of a full stack, written."""
    options = Options(directory=str(instance.directory), name=instance.name)
    ports = ports_choose(options, instance, LISTENERS)
    assert len(set(ports.values())) == len(LISTENERS) + 1
    prepared = prepare(options, instance, account_for_servers(), ports)
    files = full_files(prepared.plan(lambda user, vhost: f"amqp://{user}:{prepared.secrets.amqp[user]}@x/{vhost}"))
    files_write(instance, files)
    return prepared, files


def test_each_process_gets_its_own_role_and_keys_and_no_others(instance: Instance) -> None:
    prepared, files = full(instance)
    passwords = prepared.secrets.roles
    roles = {
        "web": "okno_web",
        "desk": "okno_desk",
        "relay": "okno_relay",
        "projector": "okno_projector",
        "worker": "okno_worker",
        "sender": "okno_sender",
        "counter": "okno_till",
        "till": "okno_till",
        "connector": "okno_book",
        "live": "okno_live",
    }
    for name, members in files.items():
        text = (instance.etc / f"{name}.toml").read_text(encoding="utf-8")
        assert text == toml_text(members)
        assert stat.S_IMODE((instance.etc / f"{name}.toml").stat().st_mode) == 0o600
        expected = {roles[name]} if name in roles else set()
        assert {role for role, password in passwords.items() if password in text} == expected
        assert "root.sign" not in text
    holders = {
        key: [name for name in files if f"/{key}" in (instance.etc / f"{name}.toml").read_text(encoding="utf-8")]
        for key in (
            "cabinet.sign",
            "sender.open",
            "till.open",
            "connector.main.sign",
            "gateway.gw1.sign",
            "gateway.gw2.sign",
        )
    }
    assert holders == {
        "cabinet.sign": ["relay"],
        "sender.open": ["sender"],
        "till.open": ["till"],
        "connector.main.sign": ["connector"],
        "gateway.gw1.sign": ["gw1"],
        "gateway.gw2.sign": ["gw2"],
    }


def test_settings_are_what_each_room_takes(instance: Instance) -> None:
    account = account_for_servers()
    options = Options(directory=str(instance.directory), name=instance.name)
    prepared = prepare(
        options, instance, account, ports_choose(options, instance, ["gw1", "smsc", "mail", *layout.PAYERS])
    )
    files = embedded_files(prepared.plan())
    assert config_mistakes(files["cabinet"]) == []  # type: ignore[arg-type]
    files_write(instance, files)
    alone = settings.gateway(prepared.plan(), "gw1")
    assert alone.outer_url is alone.inner_url is None


def test_a_command_reaches_the_instance_through_what_it_wrote(instance: Instance) -> None:
    with pytest.raises(ReachError, match="start `okno demo`"):
        reach_of(instance.directory)
    options = Options(directory=str(instance.directory), name=instance.name)
    found, account = instance_of(options)
    prepared = prepare(options, found, account, ports_choose(options, found, ["gw1", "smsc", "mail", *layout.PAYERS]))
    files_write(found, embedded_files(prepared.plan()))
    reach = reach_of(instance.directory)
    assert reach.book == prepared.cluster.dsn("okno_book", prepared.secrets.roles["okno_book"], "okno_book")
    assert reach.cabinet == prepared.cluster.dsn("okno_owner", prepared.secrets.roles["okno_owner"], "okno_cabinet")


def test_customers_show_what_they_are_named_for() -> None:
    customers = customers_draw()
    totals = {}
    for customer, part in zip(customers, PARTS, strict=True):
        drafts = year_of(customer, part, until=UNTIL)
        assert [draft.posted_at for draft in drafts] == sorted(draft.posted_at for draft in drafts if draft.posted_at)
        totals[customer.shows] = sum(SIGN[draft.kind] * draft.amount for draft in drafts)
        assert all(draft.posted_at and draft.posted_at < UNTIL for draft in drafts)
        assert len({draft.key for draft in drafts}) == len(drafts)
        assert len(bills_of(customer, part, until=UNTIL)) == sum(draft.kind == "charge" for draft in drafts)
    assert totals["in debt"] > 0
    assert totals["in credit"] < 0
    assert totals["brand-new"] == 0
    assert len(customers[2].accounts) == 2
    again = customers_draw()
    passwords = [{one.password for one in drawn if one.has_user} for drawn in (customers, again)]
    assert not passwords[0] & passwords[1]
    assert [one.login for one in customers] == [one.login for one in again]


def test_before_the_day_of_the_charge_nothing_of_the_month_is_posted() -> None:
    early = datetime(2026, 11, 1, 1, tzinfo=UTC)
    customer, part = customers_draw()[0], PARTS[0]
    assert months(early)[-1] == datetime(2026, 11, 1, tzinfo=UTC)
    assert len(months(early)) == 12
    assert len(bills_of(customer, part, until=early)) == 11
    assert len(year_of(customer, part, until=early)) == 22


def test_an_account_of_ours_can_do_what_we_can() -> None:
    own = Account("own", os.geteuid(), os.getegid())
    assert not own.drops
    assert own.can("-x", Path("/"))
    assert not own.can("-e", Path("/nowhere"))


def test_state_reads_back(instance: Instance) -> None:
    assert instance.state() is None
    written = state_of(instance, pid=os.getpid(), port=1)
    instance.state_write(written)
    assert msgspec.json.encode(instance.state()) == msgspec.json.encode(written)


def test_data_without_its_secrets_is_not_touched_where_it_was_put(short_directory: Path) -> None:
    options = Options(directory=str(short_directory / "lost"), name="unit")
    found, account = instance_of(options)
    (found.directory / "pg").mkdir()
    with pytest.raises(InstanceError, match="delete the directory"):
        prepare(options, found, account, ports_choose(options, found, []))
    assert (found.directory / "pg").exists()


def test_what_a_deleted_instance_left_elsewhere_is_cleared(tmp_path: Path) -> None:
    account = account_for_servers()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    options = Options(directory=str(closed / "i"), name="unit")
    found, _ = instance_of(options)
    home = servers_home(found.directory, account)
    if home != found.directory:
        (home / "pg").mkdir()
        (home / "mq").mkdir()
        prepared = prepare(options, found, account, ports_choose(options, found, []))
        assert prepared.home == home
        assert list(home.iterdir()) == []
    assert instance_of(options)[0].has_secrets() == (home != found.directory)


def test_the_table_of_units_names_every_process_and_its_keys(instance: Instance) -> None:
    _, files = full(instance)
    held = {
        name: set(re.findall(r"/([a-z0-9.]+\.(?:sign|open))\b", (instance.etc / f"{name}.toml").read_text()))
        for name in files
        if name not in {"smsc", "payers"}  # the far ends of a demo
    }
    told = {}
    for line in (DEPLOY / "systemd" / "README.md").read_text(encoding="utf-8").splitlines():
        match [cell.strip() for cell in line.split("|")]:
            case [_, _, _, settings, keys, _]:
                for name in re.findall(r"`([a-z0-9-]+)\.toml`", settings):
                    told[name.replace("-", "")] = {
                        key.replace("NAME", name) for key in re.findall(r"`([A-Za-z0-9.]+)`", keys)
                    }
    assert told == held
