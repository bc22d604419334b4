"""Files of three banks, as they should be read; each broken in one place, as it should be refused."""

from datetime import date
from pathlib import Path

import pytest

from okno.cabinet.reconciliation.core.statements import reading
from okno.cabinet.reconciliation.core.statements.model import StatementError
from okno.cabinet.reconciliation.core.statements.reading import read

GOLDEN = Path(__file__).parents[2] / "golden" / "statements"
FILES = ("bank-cp1251.txt", "bank-utf8.txt", "bank.mt940", "bank.camt.xml")
KL, MT, CAMT = "bank-utf8.txt", "bank.mt940", "bank.camt.xml"


def content(name: str) -> bytes:
    return (GOLDEN / name).read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_each_bank_tells_the_same_two_days(name: str) -> None:
    _, [statement] = read(content(name))
    assert (statement.account, statement.currency) == ("40702810600000000001", "RUB")
    assert (statement.opening, statement.received, statement.spent, statement.closing) == (
        100_000,
        123_450,
        3_450,
        220_000,
    )
    assert (statement.lines[0].day, statement.lines[-1].day) == (date(2026, 11, 25), date(2026, 11, 26))
    assert statement.lines[-1].purpose == "Комиссия банка"
    assert statement.lines[0].purpose == "Оплата № 1001 НДС не облагается"


def test_who_paid_is_read_where_the_bank_says_it() -> None:
    [line, _] = read(content("bank-cp1251.txt"))[1][0].lines
    assert (line.payer, line.payer_inn) == ("ИНН 000000000000 Выдумкин Илья Петрович", "000000000000")
    assert (line.payer_account, line.reference, line.at) == ("40817810000000000017", "17", 26)
    first, second, _ = read(content(CAMT))[1][0].lines
    assert (first.payer, first.payer_account, first.minor) == (
        "Выдумкин Илья Петрович",
        "40817810000000000017",
        100_000,
    )
    assert (second.minor, second.purpose, second.reference) == (23_450, "Оплата № 1002", "BANK-17")


def test_a_transfer_between_own_accounts_is_a_line_of_each() -> None:
    text = content(KL).decode().replace("ПолучательСчет=70601810000000000001", "ПолучательСчет=40702810600000000002")
    other = (
        "СекцияРасчСчет\r\nДатаНачала=26.11.2026\r\nРасчСчет=40702810600000000002\r\nНачальныйОстаток=0\r\n"
        "КонечныйОстаток=34.50\r\nКонецРасчСчет\r\n\r\nСекцияДокумент=Банковский"
    )
    text = text.replace("СекцияДокумент=Банковский", other).replace(
        "ДатаСписано=26.11.2026", "ДатаСписано=26.11.2026\r\nДатаПоступило=26.11.2026"
    )
    _, [first, second] = read(text.encode())
    assert ([line.direction for line in second.lines], second.lines[0].minor) == (["in"], 3_450)
    assert [line.direction for line in first.lines] == ["in", "out"]


def test_a_bank_may_take_back_a_credit() -> None:
    text = content(MT).decode().replace("C1234,50NTRF", "RC1234,50NTRF").replace("RUB2234,50", "RUB0,00")
    text = text.replace(":62M:C261125RUB0,00", ":62M:D261125RUB234,50").replace(
        ":60M:C261125RUB0,00", ":60M:D261125RUB234,50"
    )
    text = text.replace("RUB2200,", "RUB269,").replace("62F:C261126RUB269,", "62F:D261126RUB269,00")
    [line, _] = read(text.encode())[1][0].lines
    assert (line.direction, line.minor) == ("out", 123_450)


def test_an_entry_at_the_turn_of_the_year_has_the_year_next_to_its_value() -> None:
    text = content(MT).decode().replace(":61:2611251125", ":61:2701011231")
    text = text.replace("62F:C261126", "62F:C270102")
    assert read(text.encode())[1][0].lines[0].day == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "line"),
    [
        (KL, "КонецФайла", "", "cut-short", 47),
        (KL, "1CClientBankExchange", "1CClientBankExchange2", "bad-head", 1),
        (KL, "КонечныйОстаток=2200.00", "КонечныйОстаток=2200.01", "sums-differ", 24),
        (KL, "ВсегоСписано=34.50", "ВсегоСписано=34.51", "sums-differ", 23),
        (KL, "НачальныйОстаток=2234.50", "НачальныйОстаток=2234.49", "sums-differ", 18),
        (KL, "Сумма=1234.50", "Сумма=1234,50", "bad-amount", 29),
        (KL, "Сумма=1234.50", "Сумма=-1234.50", "bad-amount", 29),
        (KL, "Сумма=1234.50", "Сумма=１234.50", "bad-amount", 29),
        (KL, "Сумма=1234.50", "Сумма=1234.50\nСумма=1234.50", "key-twice", 30),
        (KL, "Номер=17", "Номер=", "missing-key", 26),
        (KL, "ДатаПоступило=25.11.2026", "ДатаПоступило=31.11.2026", "bad-date", 34),
        (KL, "ДатаПоступило=25.11.2026", "ДатаПоступило=24.11.2026", "day-outside", 26),
        (KL, "ДатаПоступило=25.11.2026", "Дата2=1", "not-our-account", 26),
        (KL, "СекцияРасчСчет", "СекцияСчет", "bad-section", 9),
        (KL, "КонецДокумента\nСекция", "Секция", "bad-line", 37),
        (KL, "КонецДокумента\nКонецФайла", "КонецФайла", "cut-short", 38),
        (MT, ":20:261126-1\r\n:25", ":25", "bad-head", 2),
        (MT, ":62F:C261126RUB2200,", ":62F:C261126RUB2200,01", "sums-differ", 17),
        (MT, ":60M:C261125RUB2234,50", ":60M:C261125RUB2234,51", "sums-differ", 14),
        (MT, ":60F:", ":60M:", "missing-key", 2),
        (MT, ":62F:", ":62M:", "cut-short", 18),
        (MT, ":60F:C261124RUB", ":60F:C261124USD", "bad-currency", 9),
        (MT, ":60F:C261124RUB", ":60F:C2611RUB", "bad-amount", 5),
        (MT, ":61:261126D34,5NCHG", ":61:261131D34,5NCHG", "bad-date", 15),
        (MT, ":61:261126D34,5NCHG", ":61:261126X34,5NCHG", "bad-line", 15),
        (MT, ":28C:231/1", ":28C:231/1\r\nwhat", "bad-line", 5),
        (MT, ":28C:231/1", ":99:231/1", "bad-field", 4),
        (MT, ":25:40702810600000000001\r\n:28C:231/2", ":25:1\r\n:28C:231/2", "cut-short", 11),
        (CAMT, "camt.053.001.02", "camt.054.001.02", "bad-head", 2),
        (CAMT, "camt.053.001.02", "pain.001.001.02", "bad-head", 2),
        (CAMT, "</Document>", "", "bad-line", 39),
        (CAMT, "<Document", "<!DOCTYPE Document><Document", "bad-line", 2),
        (CAMT, 'encoding="UTF-8"', 'encoding="nonsense"', "bad-encoding", 1),
        (CAMT, "OPBD", "ITBD", "no-balances", 5),
        (CAMT, '<Amt Ccy="RUB">234.50', '<Amt Ccy="RUB">234.49', "sums-differ", 12),
        (CAMT, '<Amt Ccy="RUB">234.50', '<Amt Ccy="USD">234.50', "bad-currency", 23),
        (
            CAMT,
            '<Amt Ccy="RUB">1000.00</Amt><CdtDbtInd>',
            '<Amt Ccy="USD">1000.00</Amt><CdtDbtInd>',
            "bad-currency",
            10,
        ),
        (CAMT, "2200.00000", "2200.00001", "bad-amount", 11),
        (CAMT, "<CdtDbtInd>DBIT", "<CdtDbtInd>WHAT", "bad-line", 29),
        (CAMT, "<BookgDt><Dt>2026-11-25", "<BookgDt><Dt>2026-11-35", "bad-date", 14),
        (CAMT, "<Othr><Id>40702810600000000001</Id></Othr>", "<Othr/>", "missing-key", 9),
        (CAMT, "<Acct>.*</Acct>", "", "missing-key", 5),
        (CAMT, "<BkToCstmrStmt>", "<BkToCstmrStmt>" + "<a>" * 50, "bad-line", 3),
    ],
)
def test_a_file_broken_in_one_place_is_refused_with_its_line(
    name: str, old: str, new: str, code: str, line: int
) -> None:
    text = content(name).decode()
    if old == "<Acct>.*</Acct>":
        old = "<Acct><Id><Othr><Id>40702810600000000001</Id></Othr></Id><Ccy>RUB</Ccy></Acct>"
    assert old in text
    with pytest.raises(StatementError) as refused:
        read(text.replace(old, new, 1).encode())
    assert (refused.value.code, refused.value.line) == (code, line), refused.value


def test_a_file_of_no_known_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for strange in (b"", b"%PDF-1.7", b"PK\x03\x04"):
        with pytest.raises(StatementError, match="unknown-format"):
            read(strange)
    with pytest.raises(StatementError, match="no-balances"):
        read("1CClientBankExchange\nКонецФайла\n".encode())
    with pytest.raises(StatementError, match="bad-encoding"):
        read(content("bank-cp1251.txt").replace(b"Windows", b"Mac"))
    with pytest.raises(StatementError, match="bad-head"):
        read(b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>')
    monkeypatch.setattr(reading, "LINES_MAX", 1)
    with pytest.raises(StatementError, match="too-large"):
        read(content(MT))
    monkeypatch.setattr(reading, "FILE_BYTES_MAX", 1)
    with pytest.raises(StatementError, match="too-large"):
        read(content(MT))
