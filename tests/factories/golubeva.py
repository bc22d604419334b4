"""An invented customer with two accounts, a bill and payments, and the marks by which a leak of her is found."""

from datetime import date

from factories.book_street import NUMBER, Book, entered

from okno.connectors.book.accounts import NewCustomer, account_open, customer_add
from okno.connectors.book.bills import bill_issue
from okno.protocol.ids import new_id

SECOND = "40817810000000000002"
STRANGER = "40817810000000000009"
PHONE = "+79000000001"
BORN = "1980-05-31"
CONTRACT = "К-15/2026"
NAME = "Голубева Анна Петровна"
ADDRESS = "ул. Тополиная, д. 1"
BILLED, PAID = "1234.50", "500.00"
FACTS = {"birth-date": BORN, "contract": CONTRACT, "last-bill": BILLED, "last-payment": PAID}
WRONG = {"birth-date": "1980-05-30", "contract": "К-16/2026", "last-bill": "1234.51", "last-payment": "700.00"}


def golubeva(book: Book) -> list[str]:
    """Opens both accounts and returns their ids; the later payment was a mistake and is taken back."""
    born = date.fromisoformat(BORN)
    customer = customer_add(book, NewCustomer(NAME, CONTRACT, PHONE, born, ADDRESS))
    opened = [account_open(book, number=number, customer=customer) for number in (NUMBER, SECOND)]
    entered(book, "charge", 123_450)
    november = (date(2026, 11, 1), date(2026, 11, 30))
    bill_issue(book, account=NUMBER, number="B-1", period=november, amount=123_450, due_on=date(2026, 12, 10))
    entered(book, "payment", 50_000, key=new_id())
    mistaken = entered(book, "payment", 70_000)
    entered(book, "correction", 0, reverses=mistaken.key)
    return opened


def marks() -> dict[str, bytes]:
    """What must never be seen in clear, in each spelling that a log, a table or a message could have.

    Amounts are no such mark: they stand in clear under opaque ids, so that the gateway can judge them.
    """
    texts = ["Голубева", "Анна", NUMBER, SECOND, PHONE[1:], BORN, CONTRACT, "Тополиная"]
    found = {}
    for text in texts:
        raw = text.encode()
        found |= {f"{text} in utf-8": raw, f"{text} in hex": raw.hex().encode()}
        found |= {f"{text} in JSON": text.encode("ascii", "backslashreplace").lower()}
    return found


def leaks(haystack: bytes) -> list[str]:
    """The marks that stand in the bytes."""
    return [what for what, mark in marks().items() if mark in haystack.lower() or mark in haystack]
