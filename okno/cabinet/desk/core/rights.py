"""Who of the staff may do what. Looking needs no right: who is in may look."""

from collections.abc import Mapping
from enum import StrEnum


class Right(StrEnum):
    """One thing that not everybody may do."""

    PRINT_SLIPS = "print-slips"
    ASK_REFUND = "ask-refund"
    APPROVE_REFUND = "approve-refund"
    ANSWER_CHARGEBACK = "answer-chargeback"
    DECIDE_PAYMENT = "decide-payment"
    MAKE_LINK = "make-link"
    IMPORT_STATEMENT = "import-statement"
    SEND_AGAIN = "send-again"
    SETTLE_DIFFERENCE = "settle-difference"
    ANSWER_APPEAL = "answer-appeal"


#: Role (a group of Django) -> rights. Nobody approves what they asked for: the services see to it.
ROLES: Mapping[str, frozenset[Right]] = {
    "auditor": frozenset(),
    "cashier": frozenset(
        {
            Right.PRINT_SLIPS,
            Right.ASK_REFUND,
            Right.ANSWER_CHARGEBACK,
            Right.IMPORT_STATEMENT,
            Right.MAKE_LINK,
            Right.ANSWER_APPEAL,
        }
    ),
    "senior": frozenset(Right),
}


def rights_of_roles(roles: frozenset[str]) -> frozenset[Right]:
    """A role that is not ours gives nothing."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
