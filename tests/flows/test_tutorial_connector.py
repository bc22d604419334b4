"""The tutorial of a first connector, followed literally: file by file, command by command."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from factories.tutorial_page import blocks_of, missing_lines, script_of

from okno.cli.servers.rabbitmq import Broker
from okno.couriers import amqp
from okno.couriers.port import Delivery

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorials" / "first-connector.md"
# Ten times what the page promises for its longest step.
PATIENCE_S = 250

MAKE_TABLES = """
import pathlib, sys
import psycopg
with psycopg.connect(sys.argv[1]) as database:
    for name in ("tables.sql", "touched.sql"):
        database.execute((pathlib.Path("housing") / name).read_text())
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def figures_at(port: int, running: subprocess.Popen[bytes]) -> str:
    """The figures of a mirrored system, once its first load is over."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and running.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/metrics", timeout=5) as answer:
                text = answer.read().decode()
            if "okno_connector_mirror_walking 0" in text:
                return text
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"no figures; the connector's exit status: {running.poll()}")


async def beaten(rabbitmq: Broker) -> bool:
    """Whether the gateway gets a heartbeat."""
    courier = await amqp.connect(rabbitmq.url("gateway", "inner"), name="gateway of a test")
    came = asyncio.Event()

    async def on_beat(delivery: Delivery) -> None:
        await delivery.ack()
        came.set()

    await courier.consume("q.heartbeat.gw1", on_beat, prefetch=1)
    await asyncio.wait_for(came.wait(), 20)
    await courier.close()
    return came.is_set()


@pytest.fixture(scope="module")
def blocks() -> list[object]:
    return blocks_of(PAGE)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home of its own, and the interpreter of this run in front of any other."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, "HOME": str(tmp_path), "PATH": path}


def test_the_page_leads_to_a_connector_that_keeps_every_promise(
    blocks: list[object], environment: dict[str, str]
) -> None:
    followed = [block for block in blocks if "installation" not in block.words and block.language != "toml"]
    done = subprocess.run(
        ["bash"],
        input=script_of(followed),
        cwd=ROOT,
        env=environment,
        text=True,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert missing_lines(followed, done.stdout) == [], done.stdout
    assert "failed" not in done.stdout.replace("0 failed", "")


def test_the_settings_of_the_page_start_a_connector(
    blocks: list[object],
    environment: dict[str, str],
    tmp_path: Path,
    rabbitmq: Broker,
    postgres: object,
) -> None:
    databases = [postgres.create_database("connector") for _ in range(2)]
    password = postgres.passwords["okno_connector"]
    store, housing = (postgres.cluster.dsn("okno_connector", password, name) for name in databases)
    written = [block for block in blocks if block.file is not None]
    settings = next(block.content for block in written if block.language == "toml")
    port = free_port()
    for old, new in (
        ("postgresql://okno_connector:SECRET@/okno_connector", store),
        ("amqp://connector.main:SECRET@broker.example:5672/inner", rabbitmq.url("connector.main", "inner")),
        ("postgresql://housing:SECRET@accounting.example/housing", housing),
        ("9464", str(port)),
    ):
        assert old in settings
        settings = settings.replace(old, new)
    (tmp_path / "housing").mkdir()
    for block in written:
        (tmp_path / block.file).write_text(block.content)
    (tmp_path / "connector.toml").write_text(settings)
    subprocess.run(
        [sys.executable, "-c", MAKE_TABLES, housing], check=True, cwd=tmp_path, env=environment, timeout=PATIENCE_S
    )
    commands = next(block.content for block in blocks if "installation" in block.words)
    with subprocess.Popen(["bash", "-euc", commands], cwd=tmp_path, env=environment, start_new_session=True) as running:
        try:
            figures = figures_at(port, running)
            assert asyncio.run(beaten(rabbitmq))
        finally:
            os.killpg(running.pid, signal.SIGTERM)
    assert "okno_connector_watch_lag_seconds" in figures
    assert "okno_connector_ceiling_places 4" in figures
    for name in databases:
        postgres.drop_database(name)
