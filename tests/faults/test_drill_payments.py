"""500 customers pay at every payment system while processes die: the three registers agree to the kopeck."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from factories.street import Demo

from okno.cli.drill.campaign.judging import INDICATORS
from okno.cli.drill.campaign.plan import CALM_EVERY, VICTIMS
from okno.cli.instance.layout import LEGACY_PAYERS, PAYERS

pytestmark = pytest.mark.timeout(900)
PAYMENTS = 500


@pytest.fixture(scope="module")
def street(short_directory: Path) -> Iterator[Demo]:
    demo = Demo.start(short_directory / "cp", "campaign", "--stack", "full", "--qiwi")
    yield demo
    assert demo.stop() == 0


def drill(street: Demo, *more: str) -> tuple[int, dict[str, Any]]:
    done = street.okno("drill", "payments", "--dir", str(street.directory), "--json", *more)
    assert done.stdout, done.stderr
    return done.returncode, msgspec.json.decode(done.stdout)


def test_every_captured_payment_is_posted_once_and_no_forged_one(street: Demo) -> None:
    status, report = drill(street, "--payments", str(PAYMENTS), "--rounds", "1", "--seed", "7", "--settle", "300")
    assert (status, report["problems"]) == (0, [])
    assert report["seed"] == 7
    assert set(report["providers"]) == {*PAYERS, *LEGACY_PAYERS, "sbp"}
    for name, sums in report["providers"].items():
        assert sums["captured"] > 0, name
        assert sums["twin_minor"] == sums["ledger_minor"] == sums["books_minor"] > 0, name
    assert sorted(one["victim"] for one in report["faults"]) == sorted((*VICTIMS, "inside"))
    assert report["forged"]["refused"] > 0
    assert set(report["troubles"]) == {"lost", "duplicated", "reordered", "delayed", "forged"}
    assert all(count > 0 for count in report["troubles"].values()), report["troubles"]
    assert report["calm"] == -(-PAYMENTS // CALM_EVERY)
    # How good they are is for a quiet machine to say; here each has to be measured.
    assert sorted(one["name"] for one in report["indicators"]) == sorted(INDICATORS)
    for one in report["indicators"]:
        assert one["valid"] > 0, one["name"]
        assert 0 <= one["lower"] <= 1, one["name"]
    once = next(one for one in report["indicators"] if "exactly once" in one["name"])
    assert once["good"] == once["valid"] == sum(sums["captured"] for sums in report["providers"].values())
    assert not (street.directory / "etc" / "campaign.toml").exists()


def test_it_needs_a_full_street_on_the_book(street: Demo, tmp_path: Path) -> None:
    refused = street.okno("drill", "payments", "--dir", str(tmp_path))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "--stack full --qiwi" in refused.stderr
