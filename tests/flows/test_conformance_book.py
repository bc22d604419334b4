"""The conformance suite on the built-in book: every promise is offered and kept."""

from pathlib import Path

from factories.conformance_run import Clusters, conformance, place_of

from okno.connectors.book.bench import BookBench
from okno.connectors.conformance.checks import CHECKS


def test_the_book_keeps_every_promise(postgres: Clusters, connector_template: str, short_directory: Path) -> None:
    with place_of(postgres, short_directory / "cb", connector_template) as place:
        report = conformance(BookBench(), place)

    assert [f"{one.check}: {one.detail}" for one in report.findings if one.outcome != "passed"] == []
    assert [one.check for one in report.findings] == [check.name for check in CHECKS]
