"""Questions about people as calls of the port: which are offered follows from the parts that the system has."""

from __future__ import annotations

from functools import partial

from okno.connectors.runtime.inbound.asking import Answering
from okno.connectors.runtime.people.inside import Inside
from okno.connectors.runtime.people.pages import SyncPages
from okno.connectors.runtime.people.payable import payable
from okno.connectors.runtime.people.profiles import profile_get, requisites_get
from okno.connectors.runtime.people.proving import identify, prove, renew


def people_questions(inside: Inside) -> dict[str, Answering]:
    """By operation type. An answer may raise Refusal, ProtocolError, SystemAway."""
    system, found = inside.system, dict[str, Answering]()
    directory, reads = system.directory, system.reads
    if directory is not None:
        found["okno.customer.identify.v1"] = partial(identify, inside, directory)
        found["okno.customer.prove.v1"] = partial(prove, inside)
        found["okno.customer.profile.get.v1"] = partial(profile_get, inside, directory)
    if directory is not None and reads is not None:
        found["okno.customer.grant.renew.v1"] = partial(renew, inside, directory, reads)
    if directory is not None and system.payees is not None:
        found["okno.requisites.get.v1"] = partial(requisites_get, inside, directory, system.payees)
    if reads is not None:
        found["okno.payment.payable.v1"] = partial(payable, inside, directory, reads)
    if system.comparison is not None:
        found["okno.sync.page.v1"] = SyncPages(inside, system.comparison, system.customers)
    return found
