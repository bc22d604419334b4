"""The conformance suite on a real Tryton: the same promises as of the book, and all of them offered."""

from pathlib import Path

from factories.conformance_run import Clusters, conformance, place_of

from okno.cli.tryton.bench import TrytonBench
from okno.connectors.conformance.checks import CHECKS


def test_tryton_keeps_every_promise(postgres: Clusters, connector_template: str, short_directory: Path) -> None:
    with place_of(postgres, short_directory / "ct", connector_template) as place:
        report = conformance(TrytonBench(), place)

    assert [f"{one.check}: {one.detail}" for one in report.findings if one.outcome != "passed"] == []
    assert [one.check for one in report.findings] == [check.name for check in CHECKS]
