"""One process of several twins, as its settings file names them."""

import typing
from pathlib import Path

import msgspec
import pytest
import urllib3
from factories.payers_running import CONTROL, Loop

from okno.sandbox.payers.main import Payers, PayersSettings, start
from okno.sandbox.payers.registry import TWINS, AnySettings

SETTINGS = """
[[twins]]
system = "yookassa"
journal = "{folder}/yookassa.jsonl"
control_token = "control-token"
listen_port = 0
shop_id = "54401"
secret_key = "test_secret"

[[twins]]
system = "tbank"
journal = "{folder}/tbank.jsonl"
control_token = "control-token"
public_url = "https://tbank.localhost/"
terminal_key = "1700000000DEMO"
password = "password"
troubles = {{ lose = 0.5, seed = 7 }}
"""


def test_twins_stand_side_by_side_on_a_port_or_behind_the_front(tmp_path: Path) -> None:
    settings = msgspec.toml.decode(SETTINGS.format(folder=tmp_path), type=PayersSettings)
    loop = Loop()
    running: Payers = loop.call(lambda: start(settings))
    yookassa, tbank = running.by_name["yookassa"], running.by_name["tbank"]
    told = urllib3.request(
        "GET", f"http://127.0.0.1:{yookassa.port}/-/troubles", headers={"Authorization": f"Bearer {CONTROL}"}
    )
    assert told.json()["waiting"] == 0
    assert (tbank.port, tbank.twin.public_url) == (None, "https://tbank.localhost")
    assert (tbank.twin.mischief.now.seed, tbank.twin.mischief.now.lose) == (7, 0.5)
    assert {path.name for path in tmp_path.iterdir()} == {"yookassa.jsonl", "tbank.jsonl"}
    loop.call(running.stop)
    loop.stop()


def test_two_shops_at_one_system_are_two_processes(tmp_path: Path) -> None:
    settings = msgspec.toml.decode(SETTINGS.format(folder=tmp_path), type=PayersSettings)
    loop = Loop()
    with pytest.raises(AssertionError):
        loop.call(lambda: start(PayersSettings(twins=(settings.twins[1], settings.twins[1]))))
    loop.stop()


def test_every_settings_has_its_twin() -> None:
    assert set(typing.get_args(AnySettings)) == set(TWINS)
