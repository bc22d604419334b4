"""Who stands behind an account, and where to pay for it: personal data go sealed to the cabinet that asks."""

from __future__ import annotations

from okno.connectors.runtime.people.inside import Inside
from okno.connectors.runtime.port import Profile
from okno.connectors.runtime.system import Directory, Payees
from okno.connectors.runtime.wire import utc
from okno.protocol import messages
from okno.protocol.messages import Message
from okno.protocol.pen import Received

# What `Line` of the protocol holds.
LINE_CHARS_MAX = 200


def profile_get(inside: Inside, directory: Directory, asked: Received) -> Message:
    data = asked.data
    assert isinstance(data, messages.ProfileGet)
    profile = directory.profile(inside.names.reference(data.account))
    sealed = inside.sealed_to_asker(asked, profile_data(profile))
    return messages.ProfileAnswer(data.account, utc(inside.clock()), sealed)


def requisites_get(inside: Inside, directory: Directory, payees: Payees, asked: Received) -> Message:
    """The payee is a firm and stands in clear; the payer is sealed."""
    data = asked.data
    assert isinstance(data, messages.RequisitesGet)
    account = inside.names.reference(data.account)
    found = payees.requisites(account)
    payee = found.payee
    return messages.Requisites(
        account=data.account,
        as_of=utc(found.as_of),
        payee=payee.name,
        payee_account=payee.account,
        bank=payee.bank,
        bic=payee.bic,
        correspondent_account=payee.correspondent_account,
        inn=payee.inn,
        kpp=payee.kpp,
        sbp_link=payee.sbp_link,
        purpose=found.purpose,
        sealed=inside.sealed_to_asker(asked, profile_data(directory.profile(account))),
    )


def profile_data(profile: Profile) -> messages.Profile:
    """Each field as one line: what systems keep in several is joined, what is longer than a line is cut."""
    fields = (profile.name, profile.number, profile.phone, profile.email, profile.address)
    return messages.Profile(*(_line(field) for field in fields))


def _line(text: str) -> str:
    printable = "".join(mark if mark.isprintable() else " " for mark in text)
    return " ".join(printable.split())[:LINE_CHARS_MAX]
