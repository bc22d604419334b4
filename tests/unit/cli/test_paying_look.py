"""The demo's payments before anything runs: every payment system, and a policy that lets the browser go there."""

from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from okno.cabinet.config.instance import CabinetConfig
from okno.cabinet.payments.services.registry import pages_of, providers_of
from okno.cli.files import file_write, toml_text
from okno.cli.instance.layout import LEGACY_PAYERS, PAYERS, Instance
from okno.cli.instance.paying import payers, providers
from okno.cli.instance.paying_look import paying_troubles, payout_troubles, refusal_troubles
from okno.cli.instance.plan import Plan
from okno.cli.instance.prepare import Options, instance_of, ports_choose, prepare
from okno.cli.instance.settings import embedded_files, files_write, full_files


def planned(directory: Path, *, qiwi: bool) -> tuple[Instance, Plan]:
    options = Options(directory=str(directory / f"pay-{uuid4().hex[:8]}"), name="unit", qiwi=qiwi)
    instance, account = instance_of(options)
    listeners = ["gw1", "live", "smsc", "mail", "counter", *PAYERS]
    return instance, prepare(options, instance, account, ports_choose(options, instance, listeners)).plan()


@pytest.mark.parametrize("qiwi", [False, True])
def test_every_payment_system_is_there_and_qiwi_by_an_option_alone(short_directory: Path, *, qiwi: bool) -> None:
    instance, plan = planned(short_directory, qiwi=qiwi)
    there = {*PAYERS, *(LEGACY_PAYERS if qiwi else ())}
    assert {str(twin.__struct_config__.tag) for twin in payers(plan).twins} == there
    assert set(providers_of(providers(plan))) == {*there, "sbp"}
    assert {twin.payee for twin in payers(plan).twins} == {"ООО «Пример»"}
    files_write(instance, embedded_files(plan))
    offered = msgspec.toml.decode((instance.etc / "cabinet.toml").read_bytes(), type=CabinetConfig)
    assert ("qiwi" in {method.id for method in offered.methods}) is qiwi
    assert len(offered.methods) <= 6


@pytest.mark.parametrize("files", [embedded_files, full_files])
def test_the_policy_covers_exactly_what_the_providers_need(short_directory: Path, files: object) -> None:
    instance, plan = planned(short_directory, qiwi=True)
    files_write(instance, files(plan))  # type: ignore[operator]
    assert list(paying_troubles(instance.directory)) == []
    portal = instance.etc / ("web.toml" if files is full_files else "cabinet.toml")
    config = msgspec.toml.decode(portal.read_bytes(), type=CabinetConfig)
    needed = pages_of(providers_of(providers(plan)))
    assert config.form_pages == needed
    lost, *rest = needed
    changed = msgspec.structs.replace(config, form_pages=[*rest, "https://nobody.example"])
    file_write(portal, toml_text(changed).encode())
    assert [line.partition(": ")[2] for line in paying_troubles(instance.directory)] == [
        f"form_pages lacks {lost}: the browser will not go there.",
        "form_pages has https://nobody.example: no provider that is on needs it.",
    ]


def test_a_way_that_nobody_serves_and_settings_of_none_are_named(short_directory: Path) -> None:
    instance, plan = planned(short_directory, qiwi=False)
    assert list(paying_troubles(instance.directory)) == []
    files_write(instance, embedded_files(plan))
    file = instance.etc / "cabinet.toml"
    config = msgspec.toml.decode(file.read_bytes(), type=CabinetConfig)
    fewer = {name: given for name, given in config.providers.items() if name != "stripe"}
    file_write(file, toml_text(msgspec.structs.replace(config, providers=fewer)).encode())
    (line,) = paying_troubles(instance.directory)
    assert "methods.card names stripe, which is not on" in line
    file_write(file, toml_text(msgspec.structs.replace(config, providers={"paypal": {}})).encode())
    (line,) = paying_troubles(instance.directory)
    assert "there is no such adapter" in line


def test_a_key_is_drawn_for_a_payment_system_that_joined_later(short_directory: Path) -> None:
    instance, _ = planned(short_directory, qiwi=False)
    secrets = instance.secrets()
    stripe, card = secrets.payers.pop("stripe"), secrets.payers["yookassa"]
    instance.secrets_write(secrets)
    again = instance.secrets().payers
    assert again["stripe"] not in {"", stripe}
    assert again["yookassa"] == card
    assert instance.secrets().payers == again


def test_a_database_that_is_away_says_nothing_of_refusals_and_payouts(short_directory: Path) -> None:
    instance, _ = planned(short_directory, qiwi=False)
    assert list(refusal_troubles(instance.directory)) == []
    assert list(payout_troubles(instance.directory)) == []
