"""Auto-payment over HTTP: one's rules, and the charge that each will make next, under `/api/autopay`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from ninja import Router, Schema, Status
from pydantic import Field, StrictInt, StrictStr

from okno.cabinet.accounts.selectors import access_account
from okno.cabinet.identity.api import OpenRequest, freshly_proved
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.payments.selectors import Rule, rules_of
from okno.cabinet.payments.services.autopaying.calendar import DAYS_MAX
from okno.cabinet.payments.services.autopaying.rules import (
    RuleWish,
    autopay_end,
    autopay_make,
    autopay_pause,
    autopay_resume,
    turn_stop,
)
from okno.cabinet.payments.services.keeping.contacts import EMAIL_CHARS_MAX
from okno.protocol.errors import ProtocolError
from okno.protocol.money.amount import Money

AMOUNT_CHARS_MAX = 20

autopay = Router(tags=["autopay"])


class RuleIn(Schema):
    """`day` with kind `day` alone; `ceiling` is a decimal string of the account's currency."""

    account: UUID
    card: UUID
    kind: Literal["day", "debt"]
    day: Annotated[StrictInt, Field(ge=1, le=DAYS_MAX)] | None = None
    ceiling: Annotated[StrictStr, Field(max_length=AMOUNT_CHARS_MAX)]
    contact: Annotated[StrictStr, Field(max_length=EMAIL_CHARS_MAX)] = ""
    locale: Literal["ru", "en"] = "ru"


class TurnOut(Schema):
    """The latest charge. `reason` of a skipped one: ceiling, card-expired, card-gone, nothing-owed, rule-off.

    Of a failed one: refused, or owner-wanted where the bank wants the customer to confirm what he pays.
    """

    id: UUID
    due_on: date
    amount: str
    state: Literal["announced", "charging", "paid", "failed", "skipped", "stopped"]
    reason: str
    payment: UUID | None


class RuleOut(Schema):
    """`look_at`: when the account is looked at next, a day before anything is taken; null while the rule rests."""

    id: UUID
    account: UUID
    card: UUID
    card_title: str
    kind: Literal["day", "debt"]
    day: int | None
    ceiling: str
    currency: str
    state: Literal["on", "paused"]
    look_at: datetime | None
    turn: TurnOut | None


class RuleMadeOut(Schema):
    id: UUID


@autopay.get("", response=list[RuleOut], operation_id="autopay_list")
def autopay_get(request: OpenRequest) -> list[RuleOut]:
    """One's rules that have not ended."""
    return [_rule_out(rule) for rule in rules_of(request.visitor.user_id)]


@autopay.post("", auth=freshly_proved, response={201: RuleMadeOut}, operation_id="autopay_make")
def autopay_post(request: OpenRequest, body: RuleIn) -> Status[RuleMadeOut]:
    """Make a rule. 403 `proof-needed`; 409 `wrong-step`: the account has one."""
    user_id = request.visitor.user_id
    currency = access_account(user_id, body.account, right="pay").currency
    try:
        ceiling = Money.parse(body.ceiling, currency).minor
    except ProtocolError as error:
        raise RefusalError(Refusal.WRONG_AMOUNT) from error
    wish = RuleWish(
        account=body.account,
        card=body.card,
        kind=body.kind,
        day=body.day,
        ceiling=ceiling,
        contact=body.contact,
        locale=body.locale,
    )
    return Status(201, RuleMadeOut(id=autopay_make(user_id=user_id, wish=wish)))


@autopay.post("/{uuid:rule_id}/pause", response={204: None}, operation_id="autopay_pause")
def pause_post(request: OpenRequest, rule_id: UUID) -> Status[None]:
    """Let it rest; what was announced is stopped."""
    autopay_pause(user_id=request.visitor.user_id, rule_id=rule_id)
    return Status(204, None)


@autopay.post("/{uuid:rule_id}/resume", auth=freshly_proved, response={204: None}, operation_id="autopay_resume")
def resume_post(request: OpenRequest, rule_id: UUID) -> Status[None]:
    """Let it look again from now on. 403 `proof-needed`; 422 `card-expired`; 404 where its card is gone."""
    autopay_resume(user_id=request.visitor.user_id, rule_id=rule_id)
    return Status(204, None)


@autopay.delete("/{uuid:rule_id}", response={204: None}, operation_id="autopay_end")
def rule_delete(request: OpenRequest, rule_id: UUID) -> Status[None]:
    """End it; what was announced is stopped."""
    autopay_end(user_id=request.visitor.user_id, rule_id=rule_id)
    return Status(204, None)


@autopay.post("/{uuid:rule_id}/turns/{uuid:turn_id}/stop", response={204: None}, operation_id="autopay_stop")
def turn_stop_post(request: OpenRequest, rule_id: UUID, turn_id: UUID) -> Status[None]:
    """Take nothing this once. 409 `wrong-step` once it has begun."""
    turn_stop(user_id=request.visitor.user_id, rule_id=rule_id, turn_id=turn_id)
    return Status(204, None)


def _rule_out(rule: Rule) -> RuleOut:
    turn = rule.turn
    return RuleOut(
        id=rule.id,
        account=rule.account,
        card=rule.card,
        card_title=rule.card_title,
        kind=cast("Any", rule.kind),
        day=rule.day,
        ceiling=Money(rule.ceiling, rule.currency).decimal,
        currency=rule.currency,
        state=cast("Any", rule.state),
        look_at=rule.look_at,
        turn=TurnOut(
            id=turn.id,
            due_on=turn.due_on,
            amount=Money(turn.amount, rule.currency).decimal,
            state=cast("Any", turn.state),
            reason="" if turn.reason == "again" else turn.reason,
            payment=turn.payment,
        )
        if turn
        else None,
    )
