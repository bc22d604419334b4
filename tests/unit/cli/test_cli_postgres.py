"""The supervisor of PostgreSQL: nothing is trusted, nothing is left behind, each refusal says what to do."""

import os
import pwd
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from okno.cli.servers.account import Account, ServerError, account_for_servers, private_directory
from okno.cli.servers.postgres import Binaries, Cluster, binaries_choose, binaries_known


@pytest.fixture(params=["system", "wheel"])
def cluster(request: pytest.FixtureRequest, short_directory: Path) -> Iterator[Cluster]:
    made = Cluster(short_directory / f"own-{request.param}", account_for_servers(), origin=request.param, sync=False)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(made.home)


def test_a_cluster_trusts_nobody(cluster: Cluster) -> None:
    rules = [
        line.split() for line in (cluster.data / "pg_hba.conf").read_text().splitlines() if line and line[0] != "#"
    ]
    assert rules
    assert {rule[-1] for rule in rules} == {"scram-sha-256"}
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(cluster.dsn("okno", "wrong", "postgres"))


def test_a_cluster_is_private(cluster: Cluster) -> None:
    assert cluster.server is not None
    assert cluster.home.stat().st_mode & 0o777 == 0o700
    assert (cluster.home / "superuser.password").stat().st_mode & 0o777 == 0o600
    assert Path(f"/proc/{cluster.server.pid}").stat().st_uid == cluster.account.uid != 0
    with psycopg.connect(cluster.superuser_dsn()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)


def test_starting_twice_is_refused_in_words(cluster: Cluster) -> None:
    with pytest.raises(ServerError, match="runs already as process"):
        cluster.start()


def test_the_orphan_of_a_killed_starter_is_ended_and_its_data_kept(cluster: Cluster) -> None:
    with psycopg.connect(cluster.superuser_dsn()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    second = Cluster(cluster.home, cluster.account, origin=cluster.origin)
    orphan = cluster.server
    assert orphan is not None
    second.start()
    assert not orphan.alive()
    with psycopg.connect(second.superuser_dsn()) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    second.stop()


def test_a_stale_pid_of_somebody_else_is_left_alone(cluster: Cluster) -> None:
    cluster.stop()
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n0\n5432\n\n\n")
    cluster.start()
    assert cluster.answers()


def test_a_long_path_gets_a_short_socket(short_directory: Path) -> None:
    home = short_directory / ("long" * 20)
    cluster = Cluster(home, account_for_servers(), sync=False)
    cluster.start()
    assert len(str(cluster.socket_directory)) < 40
    assert cluster.socket_directory.stat().st_mode & 0o777 == 0o700
    cluster.stop()
    assert not cluster.socket_directory.exists()
    shutil.rmtree(home)


def test_a_half_made_cluster_is_made_anew(short_directory: Path) -> None:
    home = private_directory(short_directory / "half", account_for_servers())
    (home / "data").mkdir()
    (home / "data" / "junk").write_text("of a crash")
    cluster = Cluster(home, account_for_servers(), sync=False)
    cluster.start()
    assert not (home / "data" / "junk").exists()
    cluster.stop()
    shutil.rmtree(home)


def test_a_server_that_ends_shows_its_log(short_directory: Path) -> None:
    cluster = Cluster(short_directory / "bad", account_for_servers(), sync=False, settings={"shared_buffers": "many"})
    with pytest.raises(ServerError, match=r"ended with status 1[^$]*shared_buffers"):
        cluster.start()
    shutil.rmtree(cluster.home)


def test_the_major_of_the_data_decides_which_binaries_run(tmp_path: Path) -> None:
    known = [Binaries(tmp_path, 18, "system"), Binaries(tmp_path, 15, "system"), Binaries(tmp_path, 17, "wheel")]
    assert binaries_choose(known, major=None, origin=None).major == 18
    assert binaries_choose(known, major=15, origin=None).major == 15
    assert binaries_choose(known, major=None, origin="wheel").major == 17
    with pytest.raises(ServerError, match="apt-get install postgresql-16"):
        binaries_choose(known, major=16, origin=None)


def test_without_system_binaries_the_wheel_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [found.origin for found in binaries_known(system_root=tmp_path)] == ["wheel"]


def test_binaries_out_of_reach_are_copied(
    tmp_path: Path, short_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a virtual environment below root's own home."""
    wheel = next(found for found in binaries_known() if found.origin == "wheel")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "pginstall").symlink_to(wheel.directory.parent)
    hidden = Binaries(closed / "pginstall" / "bin", wheel.major, "wheel")
    monkeypatch.setattr("okno.cli.servers.postgres.binaries_known", lambda: [hidden])
    cluster = Cluster(short_directory / "copied", account_for_servers(), sync=False)
    cluster.start()
    found = cluster.binaries().directory
    assert found == (cluster.home / "pginstall-17" / "bin" if cluster.account.drops else hidden.directory)
    cluster.stop()
    shutil.rmtree(cluster.home)


def test_a_home_out_of_reach_is_refused(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    account = account_for_servers()
    if account.drops:
        with pytest.raises(ServerError, match=f"user {account.name} cannot enter"):
            Cluster(closed / "pg", account).create()
    assert not (closed / "pg").exists()


def test_root_itself_runs_no_server() -> None:
    with pytest.raises(ServerError, match=r"refuses to run as root|only root can run"):
        account_for_servers("root")


def test_another_mans_directory_is_refused(tmp_path: Path) -> None:
    stranger = Account("somebody", 54321, 54321)
    (tmp_path / "trap").symlink_to(tmp_path)
    with pytest.raises(ServerError, match="belongs to somebody else"):
        private_directory(tmp_path / "trap", stranger)


def test_root_gives_up_its_rights_to_a_user_that_exists() -> None:
    account = account_for_servers()
    assert account.uid != 0
    assert pwd.getpwnam(account.name).pw_uid == account.uid


def test_a_user_that_does_not_exist_is_named() -> None:
    with pytest.raises(ServerError, match="nobody-of-this-name"):
        account_for_servers("nobody-of-this-name")
