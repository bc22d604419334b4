"""What staff sees: each theme registers its lists in a file of its own, which this one names."""

from okno.cabinet.desk.admin import processes, slips
from okno.cabinet.desk.admin.compared import lists as compared
from okno.cabinet.desk.admin.money import lists as money
from okno.cabinet.desk.admin.payers import agents, appeals, autopay, cards, links, promises, receipts
from okno.cabinet.desk.admin.site import site

__all__ = [
    "agents",
    "appeals",
    "autopay",
    "cards",
    "compared",
    "links",
    "money",
    "processes",
    "promises",
    "receipts",
    "site",
    "slips",
]
