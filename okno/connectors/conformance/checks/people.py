"""Who people are: identified by what they know, proved by a code, answered without telling a stranger anything."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from okno.connectors.bench import Person
from okno.connectors.conformance.counterpart import SERVICE, USER
from okno.connectors.conformance.failing import Failed, expect, expect_equal
from okno.connectors.conformance.stage import Account, Stage
from okno.connectors.conformance.suite import Check
from okno.connectors.conformance.trust import now
from okno.protocol import grants
from okno.protocol import messages as m
from okno.protocol.ids import new_id

IDENTIFY = "okno.customer.identify.v1"
PROVE = "okno.customer.prove.v1"
PROFILE = "okno.customer.profile.get.v1"
REQUISITES = "okno.requisites.get.v1"
PAYABLE = "okno.payment.payable.v1"
STRANGER = "00000000"


async def identify(stage: Stage) -> None:
    account, person = await _person(stage)
    right, size = await _identified(stage, account.opened.number, person.fact, person.value)
    wrong, wrong_size = await _identified(stage, account.opened.number, person.fact, _other(person.value))
    nobody, nobody_size = await _identified(stage, STRANGER, person.fact, person.value)
    expect_equal(right[1].phone, person.phone, "the phone that the code goes to")
    expect(_code(right[1]), f"the message has no code: {right[1].text!r}")
    for found, what in ((wrong, "a wrong fact"), (nobody, "an unknown number")):
        expect_equal(found[1].phone, "", f"the phone of an answer to {what}")
    expect_equal({wrong_size, nobody_size}, {size}, "the sizes of answers to a wrong fact and to an unknown number")


async def prove(stage: Stage) -> None:
    account, person = await _person(stage)
    (attempt, message), _ = await _identified(stage, account.opened.number, person.fact, person.value)
    code = _code(message)
    refused = await _proved(stage, attempt, _other(code))
    expect_equal((refused.granted, refused.grants), (False, ()), "the answer to a wrong code")
    answer = await _proved(stage, attempt, code)
    expect(answer.granted, "the right code was refused")
    granted = [grant.account for grant in answer.grants]
    expect_equal(granted, [account.id], "the accounts that were granted to a customer of one")
    tokens = [grant.token for grant in answer.grants]
    subject = f"acct:{account.id}"
    grants.check(tokens[0], stage.wire.trust.ring, at=now(), authid=USER, subject=subject, right="view")
    # The same person may ask again: the answer may have been lost on its way.
    stranger = await _proved(stage, attempt, code, user=new_id())
    expect(not stranger.granted, "a code that was taken once was taken from somebody else")


async def profile(stage: Stage) -> None:
    account, person = await _person(stage)
    answer = await stage.wire.ask(PROFILE, m.ProfileGet(account.id), **stage.wire.granted(account.id))
    found = stage.wire.opened(answer.sealed, m.Profile, type_=PROFILE, subject=f"acct:{account.id}")
    expect_equal(found.number, account.opened.number, "the number in the profile")
    expect_equal(found.phone, person.phone, "the phone in the profile")


async def requisites(stage: Stage) -> None:
    account = await stage.open()
    answer = await stage.wire.ask(REQUISITES, m.RequisitesGet(account.id), **stage.wire.granted(account.id))
    expect(answer.purpose, "the requisites have no purpose of payment")
    stage.wire.opened(answer.sealed, m.Profile, type_=REQUISITES, subject=f"acct:{account.id}")


async def payable(stage: Stage) -> None:
    account = await stage.open()
    await stage.charge(account, 10_000)
    ask = m.PaymentPayable(account.id)
    answer = await stage.wire.ask(PAYABLE, ask, subject=f"acct:{account.id}", **SERVICE)
    expect(answer.payable, "an account that owes something may not be paid")
    expect_equal(answer.account, account.id, "the account that may be paid")
    expect(answer.amount is not None, "nothing is said of how much is to be paid")
    expect(answer.least.money.minor <= answer.most.money.minor, "the least that may be paid is above the most")
    sealed = stage.wire.sealed(m.TypedAccount(STRANGER), type_=PAYABLE)
    nobody = await stage.wire.ask(PAYABLE, m.PaymentPayable(sealed=sealed), **SERVICE)
    expect_equal((nobody.payable, nobody.account), (False, None), "the answer to an unknown number")


async def _person(stage: Stage) -> tuple[Account, Person]:
    account = await stage.open()
    if account.opened.person is None:
        raise Failed("the bench does not say what a person types to prove that the account is his (Opened.person)")
    return account, account.opened.person


async def _identified(stage: Stage, number: str, fact: str, value: str) -> tuple[tuple[str, m.CodeMessage], int]:
    """The attempt and the message for `sender`, and the size of the sealed part."""
    facts = msgspec.convert({"number": number, "fact": fact, "value": value}, m.IdentifyFacts)
    sealed = stage.wire.sealed(facts, type_=IDENTIFY)
    answer = await stage.wire.ask(IDENTIFY, m.CustomerIdentify("ru", sealed), **SERVICE)
    message = stage.wire.opened(answer.sealed, m.CodeMessage, type_=IDENTIFY, sender=True)
    return (answer.attempt, message), len(answer.sealed)


async def _proved(stage: Stage, attempt: str, code: str, *, user: str = USER) -> Any:  # noqa: ANN401 (GrantsAnswer)
    sealed = stage.wire.sealed(m.TypedCode(code), type_=PROVE)
    return await stage.wire.ask(PROVE, m.CustomerProve(attempt, user, sealed), **SERVICE)


def _code(message: m.CodeMessage) -> str:
    found = re.search(r"\d{4,}", message.text)
    return found[0] if found else ""


def _other(value: str) -> str:
    """A value of the same form with another digit in its end."""
    place = max(place for place, mark in enumerate(value) if mark.isdigit())
    return f"{value[:place]}{(int(value[place]) + 1) % 10}{value[place + 1 :]}"


PEOPLE = (
    Check(
        "identify",
        "A person who knows a fact gets a code; answers to anybody else look the same.",
        frozenset({IDENTIFY}),
        identify,
    ),
    Check("prove", "The code grants the customer's accounts to one user.", frozenset({IDENTIFY, PROVE}), prove),
    Check("profile", "Who the customer is comes sealed to the cabinet.", frozenset({PROFILE}), profile),
    Check("requisites", "It is said where to pay to, and what for.", frozenset({REQUISITES}), requisites),
    Check("payable", "It is said whether an account may be paid, and how much.", frozenset({PAYABLE}), payable),
)
