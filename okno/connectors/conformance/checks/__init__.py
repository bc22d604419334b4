"""All checks, in the order of a run: what is told and read, who people are, what is posted, what goes wrong."""

from okno.connectors.conformance.checks.events import EVENTS
from okno.connectors.conformance.checks.pages import PAGES
from okno.connectors.conformance.checks.people import PEOPLE
from okno.connectors.conformance.checks.posting import POSTING
from okno.connectors.conformance.checks.reading import READING
from okno.connectors.conformance.checks.restarting import RESTARTING
from okno.connectors.conformance.checks.troubles import TROUBLES

CHECKS = (*READING, *EVENTS, *PAGES, *PEOPLE, *POSTING, *RESTARTING, *TROUBLES)

__all__ = ["CHECKS"]
