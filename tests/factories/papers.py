"""Invented customers, payees and figures for documents; the same ones each time."""

import random
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from okno.cabinet.documents.core.payees import Payee
from okno.cabinet.documents.core.slips import Slip, slip_of
from okno.protocol.messages import Bill, Profile, Reconciliation, Requisites, Statement
from okno.protocol.messages.accounts import AccountOperation
from okno.protocol.messages.base import Amount, Period
from okno.protocol.messages.documents import ReconciliationContract, ReconciliationLine
from okno.protocol.money import Money

Told = TypeVar("Told")
AT = datetime(2026, 11, 5, 9, 4, tzinfo=UTC)
ACCOUNT = "01890000-0000-7000-8000-000000000001"
OCTOBER = Period(first=date(2026, 10, 1), last=date(2026, 10, 31))
PURPOSE = "Оплата услуг связи. НДС не облагается"
PAYEE = Payee(
    name="ООО «Пример»",
    account="40702810600000000001",
    bank="АО «Банк для примера»",
    bic="040200999",
    correspondent_account="30101810500000000999",
    inn="0000123450",
    kpp="000001001",
)
#: A public example (payments reference, section 9).
SBP_LINK = "https://qr.nspk.ru/AS100001ORTF4GAF80KPJ53K186D9A3G?type=01&bank=100000000007&crc=0C8A"
LINKED = msgspec.structs.replace(PAYEE, sbp_link=SBP_LINK)
PAYER = Profile(
    name="Голубева Анна Сергеевна", number="40-817 001", address="190000, Примерск, ул. Садовая, д. 5, кв. 12"
)
SURNAMES = ("Голубева", "Ёлкин", "Щукина-Заречная", "Ким", "О’Коннор", "Übermann", "Җәлилова")
NAMES = ("Анна Сергеевна", "Пётр Ильич", "Ли", "Мария-Луиза Андреевна", "Айгөл Ринат кызы")
FIRMS = ("ООО «Ромашка | Плюс»", "АО ~Вектор~", "Гаражный кооператив № 7 ^Север^")
STREETS = ("Садовая", "Береговая", "8 Марта", "Дальневосточная", "Набережная реки Примерки")


def slips(count: int, *, seed: int = 7, payee: Payee = PAYEE) -> list[Slip]:
    """Slips of a district: long names, firms, separators in values, blank sums, banks with and without account."""
    chance = random.Random(seed)  # noqa: S311 - invented people, the same each time
    found = []
    for number in range(count):
        is_firm = chance.random() < 0.1
        name = chance.choice(FIRMS) if is_firm else f"{chance.choice(SURNAMES)} {chance.choice(NAMES)}"
        home = f"{chance.randint(1, 199)}, кв. {chance.randint(1, 900)}"
        address = f"{chance.randint(100_000, 199_999)}, Примерск, ул. {chance.choice(STREETS)}, д. {home}"
        payer = Profile(name=name, number=f"40-{817_000 + number}", address=address if chance.random() < 0.95 else "")
        minor = None if chance.random() < 0.05 else chance.choice((1, 99, 100, chance.randint(1, 1_000_000_000)))
        found.append(slip_of(payee, PURPOSE, payer, minor, chance.choice(("", "октябрь 2026"))))
    return found


def requisites(**changes: object) -> Requisites:
    """As the inside tells them; the sealed part is not opened where these are used."""
    told = {
        "account": ACCOUNT,
        "as_of": AT,
        "payee": PAYEE.name,
        "payee_account": PAYEE.account,
        "bank": PAYEE.bank,
        "bic": PAYEE.bic,
        "correspondent_account": PAYEE.correspondent_account,
        "inn": PAYEE.inn,
        "kpp": PAYEE.kpp,
        "purpose": PURPOSE,
        "sealed": "e30..AAAA.AAAA.AAAA",
    }
    return Requisites(**{**told, **changes})  # type: ignore[arg-type]


def plain(told: Told) -> Told:
    """The same lines with spaces that break, so that a test can write them."""
    text = msgspec.json.encode(told).decode().replace("\u00a0", " ")
    return msgspec.json.decode(text, type=type(told))


def roubles(minor: int, currency: str = "RUB") -> Amount:
    return Amount.of(Money(minor, currency))


def operation(minor: int, *, number: int = 1, text: str = "", kind: str | None = None) -> AccountOperation:
    return AccountOperation(
        key=f"k{number}",
        kind=kind or ("charge" if minor > 0 else "payment"),  # type: ignore[arg-type]
        amount=roubles(minor),
        balance=roubles(0),
        posted_at=datetime(2026, 10, 1 + number % 30, 21, 30, tzinfo=UTC),
        text=text,
    )


def statement(*operations: AccountOperation, opening: int = 0, closing: int | None = None) -> Statement:
    total = sum(one.amount.money.minor for one in operations)
    return Statement(
        account=ACCOUNT,
        system="main",
        as_of=AT,
        period=OCTOBER,
        opening=roubles(opening),
        closing=roubles(opening + total if closing is None else closing),
        operations=operations,
    )


def contract(
    *figures: tuple[int, int], opening: int = 0, closing: int | None = None, name: str = "D-40817"
) -> ReconciliationContract:
    """A contract with a line for each pair of debit and credit."""
    lines = tuple(
        ReconciliationLine(
            on=date(2026, 10, number % 28 + 1),
            document=f"Акт № {number} от 01.10.2026",
            debit=roubles(debit),
            credit=roubles(credit),
        )
        for number, (debit, credit) in enumerate(figures)
    )
    end = opening + sum(debit - credit for debit, credit in figures) if closing is None else closing
    return ReconciliationContract(contract=name, opening=roubles(opening), lines=lines, closing=roubles(end))


def reconciliation(*contracts: ReconciliationContract) -> Reconciliation:
    return Reconciliation(account=ACCOUNT, system="main", as_of=AT, period=OCTOBER, contracts=contracts)


def bill(amount: int, remaining: int, **changes: object) -> Bill:
    told = {
        "bill": "b1",
        "number": "2026-10/001",
        "period": OCTOBER,
        "amount": roubles(amount),
        "remaining": roubles(remaining),
        "due_on": date(2026, 11, 25),
        "status": "sent",
    }
    return Bill(**{**told, **changes})  # type: ignore[arg-type]


def pages_drawn(pdf: bytes, folder: Path, *, dpi: int = 110, width_mm: int = 210) -> list[Path]:
    """A picture of each page, or of its left part, by poppler."""
    (folder / "paper.pdf").write_bytes(pdf)
    part = ["-x", "0", "-y", "0", "-W", str(width_mm * dpi * 10 // 254), "-H", str(297 * dpi * 10 // 254)]
    command = ["pdftoppm", "-r", str(dpi), *part, "-gray", "-png", str(folder / "paper.pdf"), str(folder / "page")]
    subprocess.run(command, check=True, capture_output=True)
    return sorted(folder.glob("page-*.png"))


def symbols_read(pictures: list[Path]) -> bytes:
    """What zbar reads on them, one after another, byte for byte."""
    command = ["zbarimg", "--quiet", "--nodbus", "--raw", "-Sbinary", *map(str, pictures)]
    return subprocess.run(command, check=True, capture_output=True).stdout


def text_drawn(pdf: bytes, folder: Path) -> str:
    """The text of the file, by poppler."""
    (folder / "text.pdf").write_bytes(pdf)
    command = ["pdftotext", "-layout", str(folder / "text.pdf"), "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode()
