"""Companies in a new Tryton: chart of accounts, years, journals, all by Tryton's own API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from okno.cli.servers.tryton import CABINET
from okno.connectors.tryton.rpc import Rpc

#: Of the companies' business days.
ZONE = "Europe/Moscow"
ROUBLE, EURO = ("RUB", "Российский рубль", "₽"), ("EUR", "Евро", "€")
COMPANIES = (("ООО «Светлый дом»", ROUBLE), ("Svetly Dom Oy", EURO))

#: The numbers that every Russian accountant knows; the names are theirs too.
CHART: dict[str, tuple[str, str, dict[str, object]]] = {
    "receivable": (
        "62.01",
        "Расчёты с покупателями и заказчиками",
        {"receivable": True, "assets": True, "statement": "balance"},
    ),
    "payable": ("60.01", "Расчёты с поставщиками", {"payable": True, "statement": "balance"}),
    "cash": ("50", "Касса", {"assets": True, "statement": "balance"}),
    "bank": ("51", "Расчётные счета", {"assets": True, "statement": "balance"}),
    "transfer": ("57", "Переводы в пути", {"assets": True, "statement": "balance"}),
    "tax": ("68.02", "Налог на добавленную стоимость", {"statement": "balance"}),
    "capital": ("84", "Нераспределённая прибыль", {"statement": "balance"}),
    "revenue": ("90.01", "Выручка", {"revenue": True, "statement": "income"}),
    "expense": ("91.02", "Прочие расходы", {"expense": True, "statement": "income"}),
}
TERM, TERM_DAYS = "10 дней", timedelta(days=10)
TAX, TAX_RATE = "НДС 22%", Decimal("0.22")
OF_PEOPLE = frozenset({"receivable", "payable"})
#: The cabinet's payments have a journal of their own; what came by card elsewhere stands in another.
CARDS, STATEMENTS = "Эквайринг", "Выписки банка"


@dataclass(frozen=True)
class Company:
    """What seeds and postings need to know of a company; ids of Tryton, accounts by the names of CHART."""

    id: int
    currency: int
    accounts: dict[str, int]
    payment_journal: int
    card_journal: int
    statement_journal: int
    revenue_journal: int
    term: int


def companies_lay(rpc: Rpc, years: range) -> None:
    """The demo's companies with everything that an invoice and a payment need."""
    for name, currency in COMPANIES:
        company_make(rpc, name, currency_of(rpc, *currency), years)


def currency_of(rpc: Rpc, code: str, name: str, symbol: str) -> int:
    """The currency of that code, made when it is not there."""
    found = rpc.search_read("currency.currency", [("code", "=", code)], ["id"])
    return found[0]["id"] if found else _create(rpc, "currency.currency", name=name, code=code, symbol=symbol)


def company_make(rpc: Rpc, name: str, currency: int, years: range) -> None:
    """A company with its chart, its years open and numbered, payment journals that clear, and the user in it."""
    party = _create(rpc, "party.party", name=name, addresses=[["create", [{"city": "Светлый"}]]])
    company = _create(rpc, "company.company", party=party, currency=currency, timezone=ZONE)
    (user,) = rpc.search_read("res.user", [("login", "=", rpc.user)], ["companies"])
    companies = [*user["companies"], company]
    # A user of one company sees no other one's rows, whatever the context of a call says.
    values = {"companies": [["add", [company]]], "company": companies[0], "company_filter": "all"}
    rpc.model("res.user", "write", [user["id"]], values)
    rpc.renew()
    accounts = _chart(rpc, company)
    rpc.model(
        "account.configuration",
        "write",
        [1],
        {
            "default_account_receivable": accounts["receivable"],
            "default_account_payable": accounts["payable"],
            "default_customer_payment_term": _term(rpc),
        },
        company=company,
    )
    for year in years:
        _year(rpc, company, year)
    _journals(rpc, company, currency, accounts)
    _tax(rpc, company, accounts["tax"])


def companies_read(rpc: Rpc) -> list[Company]:
    """The companies that `company_make` has made, first one first."""
    codes = {code: name for name, (code, _, _) in CHART.items()}
    journals = {row["code"]: row["id"] for row in rpc.search_read("account.journal", [], ["code"])}
    paid = rpc.search_read("account.payment.journal", [], ["company", "name"])
    payments = {(row["company"], row["name"]): row["id"] for row in paid}
    statements = {row["company"]: row["id"] for row in rpc.search_read("account.statement.journal", [], ["company"])}
    accounts = rpc.search_read("account.account", [("code", "in", list(codes))], ["code", "company"])
    rows = rpc.search_read("company.company", [], ["currency"], order=[("id", "ASC")])
    return [
        Company(
            id=row["id"],
            currency=row["currency"],
            accounts={codes[one["code"]]: one["id"] for one in accounts if one["company"] == row["id"]},
            payment_journal=payments[row["id"], CABINET],
            card_journal=payments[row["id"], CARDS],
            statement_journal=statements[row["id"]],
            revenue_journal=journals["REV"],
            term=_term(rpc),
        )
        for row in rows
    ]


def _chart(rpc: Rpc, company: int) -> dict[str, int]:
    accounts = {}
    for name, (code, title, kind) in CHART.items():
        type_ = _create(rpc, "account.account.type", name=title, company=company, **kind)
        accounts[name] = _create(
            rpc,
            "account.account",
            company=company,
            code=code,
            name=title,
            type=type_,
            party_required=name in OF_PEOPLE,
            reconcile=name in OF_PEOPLE or name == "transfer",
        )
    return accounts


def _year(rpc: Rpc, company: int, year: int) -> None:
    kinds = {row["name"]: row["id"] for row in rpc.search_read("ir.sequence.type", [], ["name"], language="en")}

    def sequence(kind: str, prefix: str) -> int:
        return _create(
            rpc,
            "ir.sequence.strict",
            name=f"{year}",
            sequence_type=kinds[kind],
            company=company,
            prefix=f"{prefix}{year}-",
            padding=5,
        )

    numbered = dict.fromkeys(
        ("out_invoice_sequence", "in_invoice_sequence", "out_credit_note_sequence", "in_credit_note_sequence"),
        sequence("Invoice", ""),
    )
    fiscal = _create(
        rpc,
        "account.fiscalyear",
        name=f"{year}",
        company=company,
        start_date=date(year, 1, 1),
        end_date=date(year, 12, 31),
        move_sequence=sequence("Account Move", "П"),
        invoice_sequences=[["create", [{"company": company, **numbered}]]],
    )
    rpc.model("account.fiscalyear", "create_period", [fiscal])


def _journals(rpc: Rpc, company: int, currency: int, accounts: dict[str, int]) -> None:
    """Where money comes in: what was paid stands in transit until the bank's statement shows it."""
    books = {row["code"]: row["id"] for row in rpc.search_read("account.journal", [], ["code"])}
    of = {"company": company, "currency": currency}
    clearing = {"clearing_account": accounts["transfer"], "clearing_journal": books["CASH"]}
    for name in (CARDS, CABINET):
        _create(rpc, "account.payment.journal", name=name, process_method="manual", **of, **clearing)
    _create(
        rpc,
        "account.statement.journal",
        name=STATEMENTS,
        journal=books["STA"],
        account=accounts["bank"],
        validation="number_of_lines",
        **of,
    )


def _tax(rpc: Rpc, company: int, account: int) -> None:
    """For whoever posts an invoice by hand and wants one."""
    accounts = {"invoice_account": account, "credit_note_account": account}
    _create(
        rpc, "account.tax", name=TAX, description=TAX, type="percentage", rate=TAX_RATE, company=company, **accounts
    )


def _term(rpc: Rpc) -> int:
    """Payment within ten days, one term for all companies."""
    if found := rpc.search_read("account.invoice.payment_term", [("name", "=", TERM)], ["id"]):
        return int(found[0]["id"])
    line = {"type": "remainder", "relativedeltas": [["create", [{"days": TERM_DAYS.days}]]]}
    return _create(rpc, "account.invoice.payment_term", name=TERM, lines=[["create", [line]]])


def _create(rpc: Rpc, model: str, **values: Any) -> int:  # noqa: ANN401 - columns of the model
    context = {"company": values["company"]} if "company" in values else {}
    return int(rpc.model(model, "create", [values], **context)[0])
