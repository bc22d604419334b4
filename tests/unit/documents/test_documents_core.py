"""The pure part of documents: payment codes, payees, amounts, periods, sums that must add up."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import msgspec
import pytest
from factories.papers import (
    LINKED,
    OCTOBER,
    PAYEE,
    PAYER,
    PURPOSE,
    SBP_LINK,
    bill,
    contract,
    operation,
    plain,
    reconciliation,
    requisites,
    roubles,
    slips,
    statement,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from okno.cabinet.documents.core import gost
from okno.cabinet.documents.core.bills import bill_sheet, bill_slip
from okno.cabinet.documents.core.figures import column, day_long, day_short, decimal, money
from okno.cabinet.documents.core.payees import payee_check, payee_of
from okno.cabinet.documents.core.periods import month_of, period_of, period_title, term_day, term_end
from okno.cabinet.documents.core.reconciliations import act_line, act_sheet
from okno.cabinet.documents.core.slips import (
    SLIP_MINOR_MAX,
    sheet_check,
    slip_fields,
    slip_minor,
    slip_of,
    slip_payload,
    slip_sheet,
)
from okno.cabinet.documents.core.statements import statement_sheet, verdict
from okno.cabinet.documents.core.texts import line
from okno.cabinet.documents.core.troubles import DocumentError
from okno.cabinet.documents.core.words import amount_words, amount_words_en, number_words, number_words_en
from okno.protocol.messages.base import Period
from okno.protocol.money import Money

# The example that the open implementations share (payments reference, section 11).
EXAMPLE = (
    'ST00012|Name=ООО «Три кита»|PersonalAcc=40702810138250123017|BankName=ОАО "БАНК"|BIC=044525225|'
    "CorrespAcc=30101810400000000225|PayeeINN=6200098765|LastName=Иванов|FirstName=Иван|MiddleName=Иванович|"
    "Purpose=Оплата членского взноса|PayerAddress=г.Рязань ул.Ленина д.10 кв.15|Sum=100000"
)


def trouble(error: pytest.ExceptionInfo[DocumentError]) -> tuple[str, ...]:
    return (error.value.trouble, *error.value.what)


def test_gost_example_is_read_and_written_again() -> None:
    fields = gost.decode(EXAMPLE.encode())
    assert fields["Name"] == "ООО «Три кита»"
    assert fields["Sum"] == "100000"
    again = gost.encode(fields)
    assert len(again) == len(EXAMPLE.encode())
    assert gost.decode(again) == fields
    windows = EXAMPLE.replace("ST00012", "ST00011").encode("cp1251")
    assert gost.decode(windows) == fields
    assert gost.decode(EXAMPLE.replace("ST00012", "ST00013").replace("«", "").replace("»", "").encode("koi8-r"))["BIC"]


@pytest.mark.parametrize(
    ("payload", "what"),
    [
        (b"", "service"),
        (b"ST00012|", "service"),
        (b"ST00022|Name=A", "service"),
        (b"ST00014|Name=A", "service"),
        (b"ST00012aName=A", "service"),
        (EXAMPLE.encode() + b"|", "pairs"),
        (EXAMPLE.encode() + b"|Sum=1", "pairs"),
        (b"ST00012|Name=\xff", "encoding"),
        (EXAMPLE.replace("|BIC=044525225", "").encode(), "BIC"),
        (EXAMPLE.replace("|BIC=044525225", "").encode() + b"|BIC=044525225", "order"),
        (EXAMPLE.replace("Sum=100000", "Sum=100.00").encode(), "Sum"),
        (EXAMPLE.replace("Sum=100000", "Sum=0").encode(), "Sum"),
        (EXAMPLE.replace("Sum=100000", "Sum=１０").encode(), "Sum"),
        (EXAMPLE.replace("Sum=", "sum=").encode(), "sum"),
        (EXAMPLE.replace("LastName=Иванов", "LastName= Иванов").encode(), "LastName"),
        (EXAMPLE.replace("LastName=Иванов", "LastName=").encode(), "LastName"),
        (EXAMPLE.replace("взноса", "взноса\n").encode(), "Purpose"),
        (EXAMPLE.replace("40702810138250123017", "4070281013825012301").encode(), "PersonalAcc"),
    ],
)
def test_gost_decode_refuses_what_encode_would_not_write(payload: bytes, what: str) -> None:
    with pytest.raises(DocumentError) as refused:
        gost.decode(payload)
    assert what in trouble(refused)


def test_gost_long_names_go_into_windows_1251_and_too_long_ones_nowhere() -> None:
    fields = slip_fields(slips(1)[0])
    assert gost.encode(fields)[6:8] == b"2|"
    long = {**fields, "Name": "Ж" * 160}
    assert gost.encode(long)[6:8] == b"1|"
    assert gost.decode(gost.encode(long))["Name"] == "Ж" * 160
    mandatory = gost.encode(long).split(b"|", 1)[1].split(b"|KPP")[0]
    assert len(mandatory) <= gost.MANDATORY_BYTES_MAX
    for name in ("Ж" * 161, "Җ" * 160):
        with pytest.raises(DocumentError) as refused:
            gost.encode({**fields, "Name": name})
        assert trouble(refused)[:2] == ("payload-wrong", "Name")
    utf8 = gost.encode(long).decode("cp1251").replace("ST00011", "ST00012").encode()
    with pytest.raises(DocumentError):
        gost.decode(utf8)


def test_gost_separator_is_one_that_no_value_has() -> None:
    fields = slip_fields(slips(1)[0])
    assert gost.encode({**fields, "Purpose": "а|б"})[7:8] == b"~"
    assert gost.decode(gost.encode({**fields, "Purpose": "а|б~в=г"}))["Purpose"] == "а|б~в=г"
    with pytest.raises(DocumentError) as refused:
        gost.encode({**fields, "Purpose": gost.SEPARATORS})
    assert trouble(refused) == ("payload-wrong", "separator")


@given(st.text(max_size=60), st.text(max_size=60), st.none() | st.integers(1, SLIP_MINOR_MAX))
@settings(max_examples=200, deadline=None)
def test_slip_symbol_and_sheet_agree_whatever_the_books_hold(name: str, address: str, minor: int | None) -> None:
    assume(not set(gost.SEPARATORS) <= set(name + address))
    payer = msgspec.structs.replace(PAYER, name=name, address=address)
    slip = slip_of(PAYEE, PURPOSE, payer, minor)
    sheet = slip_sheet(slip)
    read = gost.decode(slip_payload(slip))
    sheet_check(read, sheet)
    assert read.get("Sum") == (None if minor is None else str(minor))


def test_slip_symbol_that_says_something_else_is_found() -> None:
    slip = slips(1)[0]
    sheet, read = slip_sheet(slip), gost.decode(slip_payload(slip))
    for key in read:
        with pytest.raises(DocumentError) as refused:
            sheet_check({**read, key: "1"}, sheet)
        assert key in trouble(refused)
        if key not in {"LastName", "FirstName", "MiddleName"}:
            with pytest.raises(DocumentError) as refused:
                sheet_check({other: read[other] for other in read if other != key}, sheet)
            assert trouble(refused) == ("symbol-wrong", key)
    with pytest.raises(DocumentError) as refused:
        sheet_check({**read, "TechCode": "02"}, sheet)
    assert trouble(refused) == ("symbol-wrong", "TechCode")
    with pytest.raises(DocumentError):
        sheet_check(read, msgspec.structs.replace(sheet, kopecks="98" if sheet.kopecks != "98" else "97"))


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        *(
            (text, "RUB")
            for text in ("-1", "0", "0.00", "0.001", "1e9", "1000000000", "10000000.01", "１２", "", " 1", "1,5")
        ),
        *(("100", currency) for currency in ("USD", "RUR")),
    ],
)
def test_slip_amounts_that_are_none_are_refused(text: str, currency: str) -> None:
    with pytest.raises(DocumentError) as refused:
        slip_minor(text, currency)
    assert trouble(refused) == ("amount-wrong",)


def test_slip_amounts_from_a_kopeck_to_the_limit() -> None:
    assert slip_minor("0.01") == 1
    assert slip_minor("10000000") == SLIP_MINOR_MAX
    assert slip_minor(None) is None
    for minor in (0, -1, SLIP_MINOR_MAX + 1):
        with pytest.raises(DocumentError) as refused:
            slip_of(PAYEE, PURPOSE, PAYER, minor)
        assert trouble(refused) == ("amount-wrong",)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"payee_account": "40702810600000000002"}, "account"),
        ({"payee_account": "00702810600000000001"}, "account"),
        ({"bic": "040200998"}, "account"),
        ({"correspondent_account": "30101810500000000998"}, "correspondent_account"),
        ({"correspondent_account": "40101810500000000999"}, "correspondent_account"),
        ({"inn": "0000123451"}, "inn"),
        ({"payee": "   "}, "name"),
        ({"payee": "Ж" * 161}, "name"),
        ({"bank": "Ж" * 46}, "bank"),
        ({"sbp_link": SBP_LINK.replace("0C8A", "0C8B")}, "sbp_link"),
    ],
)
def test_payees_that_a_bank_would_refuse_are_refused(change: dict[str, object], what: str) -> None:
    assert payee_of(requisites()) == PAYEE
    assert payee_of(requisites(sbp_link=SBP_LINK)) == LINKED
    with pytest.raises(DocumentError) as refused:
        payee_of(requisites(**change))
    assert what in trouble(refused)


def test_payees_without_what_may_be_absent() -> None:
    told = payee_of(requisites(kpp=None, correspondent_account=None))
    assert (told.kpp, told.correspondent_account) == (None, None)
    fields = slip_fields(slip_of(told, "", PAYER, 1))
    assert fields["CorrespAcc"] == "0"
    assert "KPP" not in gost.decode(gost.encode(fields))
    with pytest.raises(DocumentError) as refused:
        payee_check(msgspec.structs.replace(told, bic="140200999", kpp="12"))
    assert {"bic", "kpp"} <= set(trouble(refused))


@pytest.mark.parametrize(
    ("minor", "words"),
    [
        (0, "Ноль рублей 00 копеек"),
        (1, "Ноль рублей 01 копейка"),
        (150_050, "Одна тысяча пятьсот рублей 50 копеек"),
        (102, "Один рубль 02 копейки"),
        (2_22_200, "Две тысячи двести двадцать два рубля 00 копеек"),
        (11_11, "Одиннадцать рублей 11 копеек"),
        (-2_100_000_043, "Двадцать один миллион рублей 43 копейки"),
        (1_000_000_000_000_14, "Один триллион рублей 14 копеек"),
    ],
)
def test_words_of_amounts(minor: int, words: str) -> None:
    assert amount_words(Money(minor, "RUB")) == words


def test_words_of_other_currencies_and_numbers() -> None:
    assert amount_words(Money(200, "EUR")) == "Два евро 00 центов"
    assert amount_words(Money(-150, "CHF")) == "1.50 CHF"
    assert number_words(312_018) == "триста двенадцать тысяч восемнадцать"
    assert number_words(41_000_001, "f") == "сорок один миллион одна"


@pytest.mark.parametrize(
    ("minor", "words"),
    [
        (0, "Zero roubles 00 kopecks"),
        (101, "One rouble 01 kopeck"),
        (1_500_02, "One thousand five hundred roubles 02 kopecks"),
        (-2_100_000_043, "Twenty-one million roubles 43 kopecks"),
        (18_42, "Eighteen roubles 42 kopecks"),
        (90_00, "Ninety roubles 00 kopecks"),
    ],
)
def test_words_of_amounts_in_english(minor: int, words: str) -> None:
    assert amount_words_en(Money(minor, "RUB")) == words
    assert amount_words_en(Money(-150, "CHF")) == "1.50 CHF"
    assert number_words_en(312_018) == "three hundred twelve thousand eighteen"


def test_figures_in_english() -> None:
    assert decimal(-1_234_567_890, "RUB", "en") == "−12,345,678.90"
    assert (decimal(1_234, "JPY", "en"), column(0, "RUB", "en")) == ("1,234", "")
    assert money(Money(5, "RUB"), "en") == "₽0.05"
    assert plain(money(Money(500, "CHF"), "en")) == "CHF 5.00"
    assert plain(day_short(date(2026, 5, 9), "en")) == "9 May 2026"
    assert period_title(OCTOBER, "en") == "October 2026"
    assert period_title(Period(first=date(2026, 1, 1), last=date(2026, 12, 31)), "en") == "2026"
    spring = Period(first=date(2026, 1, 2), last=date(2026, 3, 4))
    assert plain(period_title(spring, "en")) == "2 January 2026 to 4 March 2026"
    for minor, said in ((0, "nothing is owed"), (5, "₽0.05 is due"), (-5, "₽0.05 is prepaid")):
        assert plain(verdict(Money(minor, "RUB"), date(2026, 10, 31), "en")) == f"At the end of 31 October 2026 {said}."


def test_figures_as_papers_write_them() -> None:
    assert plain(decimal(-1_234_567_890, "RUB")) == "−12 345 678,90"
    assert plain(decimal(1_234, "JPY")) == "1 234"
    assert plain(money(Money(5, "RUB"))) == "0,05 ₽"
    assert plain(money(Money(500, "CHF"))) == "5,00 CHF"
    assert (column(0, "RUB"), column(1, "RUB")) == ("", "0,01")
    assert plain(day_long(date(2026, 5, 9))) == "9 мая 2026"


def test_periods_that_can_be_asked_for() -> None:
    today = date(2026, 11, 5)
    assert period_of(date(2026, 10, 1), date(2026, 10, 31), today=today) == OCTOBER
    assert period_of(today, date(2027, 1, 1), today=today).first == today
    for first, last in (
        (date(2026, 10, 2), date(2026, 10, 1)),
        (date(2026, 11, 6), date(2026, 11, 7)),
        (date(2025, 1, 1), date(2026, 1, 2)),
    ):
        with pytest.raises(DocumentError) as refused:
            period_of(first, last, today=today)
        assert trouble(refused) == ("period-wrong",)
    assert month_of(date(2024, 2, 5)) == Period(first=date(2024, 2, 1), last=date(2024, 2, 29))
    assert period_title(OCTOBER) == "октябрь 2026"
    assert period_title(Period(first=date(2026, 1, 1), last=date(2026, 12, 31))) == "2026 год"
    assert (
        plain(period_title(Period(first=date(2026, 1, 2), last=date(2026, 3, 4)))) == "с 2 января 2026 по 4 марта 2026"
    )


def test_statement_adds_up_line_by_line() -> None:
    told = statement(
        operation(12_345, number=1, text="Интернет\u200b «Дом»"), operation(-20_000, number=2), opening=-1_000
    )
    sheet = plain(statement_sheet(told, PAYER, "ООО «Пример»", timezone(timedelta(hours=3))))
    assert [(row.day, row.charged, row.paid, row.balance) for row in sheet.rows] == [
        ("03.10.2026", "123,45", "", "113,45"),
        ("04.10.2026", "", "200,00", "−86,55"),
    ]
    assert sheet.rows[0].text == "Интернет «Дом»"
    assert (sheet.opening, sheet.charged, sheet.paid, sheet.closing) == ("−10,00", "123,45", "200,00", "−86,55")
    assert sheet.verdict == "На конец дня 31 октября 2026 переплата 86,55 ₽."
    assert [one.kind for one in sheet.turnovers] == ["Начисление", "Оплата"]
    assert sheet.as_of == "5 ноября 2026, 12:04"


def test_statement_that_does_not_add_up_is_not_shown() -> None:
    with pytest.raises(DocumentError) as refused:
        statement_sheet(statement(operation(100), closing=99), PAYER, "Пример", UTC)
    assert trouble(refused) == ("does-not-add-up", "closing")
    told = msgspec.structs.replace(statement(operation(100)), closing=roubles(100, "USD"))
    with pytest.raises(DocumentError):
        statement_sheet(told, PAYER, "Пример", UTC)


def test_statement_of_reversals_and_of_nothing() -> None:
    reversal = msgspec.structs.replace(operation(-500, kind="correction"), reverses="k0")
    sheet = statement_sheet(statement(reversal, opening=500), PAYER, "Пример", UTC)
    assert sheet.rows[0].kind == "Исправление (сторно)"
    assert "долга нет" in sheet.verdict
    assert plain(statement_sheet(statement(opening=5), PAYER, "Пример", UTC)).verdict.endswith("к оплате 0,05 ₽.")


def test_act_numbers_its_lines_through_all_contracts() -> None:
    told = reconciliation(contract((500, 0), (0, 1_500), opening=-200), contract((100, 0)), contract((7, 0), (0, 7)))
    sheet = plain(act_sheet(told, PAYER, PAYEE, UTC))
    first, second, third = sheet.contracts
    assert [row.line for one in sheet.contracts for row in one.rows] == [1, 2, 3, 4, 5]
    assert (first.opening_debit, first.opening_credit, first.closing_credit) == ("", "2,00", "12,00")
    assert first.conclusion.endswith("в пользу Голубева Анна Сергеевна 12,00 ₽ (Двенадцать рублей 00 копеек).")
    assert "в пользу ООО «Пример» 1,00 ₽" in second.conclusion
    assert third.conclusion == "На 31 октября 2026 взаимной задолженности нет."
    row = act_line(sheet, 3)
    assert row is not None
    assert row.debit == "1,00"
    assert act_line(sheet, 6) is None
    assert act_sheet(reconciliation(), PAYER, PAYEE, UTC).contracts == ()


def test_act_that_does_not_add_up_is_not_shown() -> None:
    mixed = msgspec.structs.replace(contract((100, 0)), opening=roubles(0, "USD"))
    for contracts in ((contract((100, 0), closing=1),), (mixed,), (contract(), mixed)):
        with pytest.raises(DocumentError) as refused:
            act_sheet(reconciliation(*contracts), PAYER, PAYEE, UTC)
        assert trouble(refused)[0] == "does-not-add-up"


def test_bill_asks_for_what_is_open() -> None:
    partly = bill(10_000, 2_500)
    slip = bill_slip(partly, PAYEE, PURPOSE, PAYER)
    assert slip is not None
    assert (slip.minor, slip.period) == (2_500, "октябрь 2026")
    assert slip.purpose == f"{PURPOSE}. Счёт 2026-10/001"
    sheet = bill_sheet(partly, PAYEE, PAYER, slip)
    assert (sheet.amount, sheet.remaining, sheet.words) == ("100,00", "25,00", "Двадцать пять рублей 00 копеек")
    assert sheet.slip == slip_sheet(slip)
    settled = bill(100, 0, status="settled")
    assert bill_slip(settled, PAYEE, "", PAYER) is None
    assert bill_sheet(settled, PAYEE, PAYER, None).slip is None
    for wrong in (bill(100, 101), msgspec.structs.replace(settled, remaining=roubles(50, "USD"))):
        with pytest.raises(DocumentError) as refused:
            bill_slip(wrong, PAYEE, "", PAYER)
        assert trouble(refused) == ("does-not-add-up", "remaining")


def test_texts_hold_only_signs_of_the_paper() -> None:
    assert line("  Айгөл\u200b\n Җ\u00e9 漢 ") == "Айгөл Җé ?"


def test_term_runs_from_the_next_day_to_the_end_of_its_last() -> None:
    moscow = ZoneInfo("Europe/Moscow")
    night = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)  # the 29th there
    end = term_end(night, 10, moscow)
    assert end == datetime(2026, 12, 9, 21, 0, tzinfo=UTC)
    assert term_day(end, moscow) == date(2026, 12, 9)
    assert term_day(end - timedelta(microseconds=1), moscow) == date(2026, 12, 9)
    assert term_day(end + timedelta(microseconds=1), moscow) == date(2026, 12, 10)
