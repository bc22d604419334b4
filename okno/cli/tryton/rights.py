"""Who works in the demo's Tryton: the accountant, and the connector with as few rights as it can do with.

Tryton adds rights up: a model that nobody limited is open to all, and what one group may no other can forbid. So what
the connector must not see or change is cut by record rules of its own group, which do forbid.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from okno.cli.servers.tryton import ACCOUNTANT, CABINET, USER
from okno.connectors.tryton.rpc import Rpc

ADMIN = "admin"
GROUP = "Okno connector"

#: What the connector may do, letter by letter: read, write, create, delete.
RIGHTS: Mapping[str, str] = {
    "account.invoice": "r",
    "account.move": "rwc",
    "account.move.line": "rc",
    "account.payment": "rwc",
    "account.payment.journal": "r",
    "account.statement": "r",
}
#: Open to everybody in Tryton; read alone by the connector.
READ_ONLY = ("party.party", "party.address", "party.contact_mechanism", "party.identifier", "bank.account.number")
ACCOUNTANT_GROUPS = (
    *("Accounting", "Accounting Administration", "Payment", "Payment Approval", "Statement"),
    *("Party Administration", "Bank Administration"),
)


def users_ready(rpc: Rpc, passwords: Mapping[str, str]) -> None:
    """Make the accountant, and the connector with its group; `passwords` by login."""
    companies = [row["id"] for row in rpc.search_read("company.company", [], ["id"], order=[("id", "ASC")])]
    named = {row["name"]: row["id"] for row in rpc.search_read("res.group", [], ["name"], language="en")}
    groups = [named[name] for name in ACCOUNTANT_GROUPS]
    _user(rpc, ACCOUNTANT, "Бухгалтерия", passwords[ACCOUNTANT], groups, companies)
    group = _group(rpc)
    gateway = _user(rpc, USER, "Okno", passwords[USER], [group], companies)
    # Itself alone of the users, and nobody's keys.
    _rule(rpc, group, "res.user", [["id", "=", gateway]], "rwcd")
    _rule(rpc, group, "res.user.application", [["id", "=", -1]], "rwcd")
    for model in READ_ONLY:
        _rule(rpc, group, model, [["id", "=", -1]], "wcd")
    # Money of the cabinet, and the entries that clear it, are all that it writes.
    _rule(rpc, group, "account.payment", [["journal.name", "=", CABINET]], "wcd")
    books = rpc.search_read("account.payment.journal", [], ["clearing_journal"])
    _rule(rpc, group, "account.move", [["journal", "in", sorted({row["clearing_journal"] for row in books})]], "wcd")


def _user(rpc: Rpc, login: str, name: str, password: str, groups: Sequence[int], companies: Sequence[int]) -> int:
    (russian,) = rpc.search_read("ir.lang", [("code", "=", "ru")], ["id"])
    values = {
        "login": login,
        "name": name,
        "password": password,
        "groups": [["add", list(groups)]],
        "companies": [["add", list(companies)]],
        "company": companies[0],
        "company_filter": "all",
        "language": russian["id"],
    }
    return int(rpc.model("res.user", "create", [values])[0])


def _group(rpc: Rpc) -> int:
    """The connector's group with its rights."""
    group = int(rpc.model("res.group", "create", [{"name": GROUP}])[0])
    rows = [{"model": model, "group": group, **_permissions(letters)} for model, letters in RIGHTS.items()]
    rpc.model("ir.model.access", "create", rows)
    return group


def _rule(rpc: Rpc, group: int, model: str, domain: list[Any], letters: str) -> None:
    """Let the group do `letters` to records of the domain alone."""
    values = {
        "name": f"{GROUP}: {model}",
        "model": model,
        **_permissions(letters),
        "global_p": False,
        "default_p": False,
        "groups": [["add", [group]]],
        "rules": [["create", [{"domain": json.dumps(domain)}]]],
    }
    rpc.model("ir.rule.group", "create", [values])


def _permissions(letters: str) -> dict[str, bool]:
    names = {"r": "perm_read", "w": "perm_write", "c": "perm_create", "d": "perm_delete"}
    return {name: letter in letters for letter, name in names.items()}
