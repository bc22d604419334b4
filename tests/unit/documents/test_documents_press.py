"""Files of documents: the same bytes each time, tagged, one page, readable by strangers; tables that tables read."""

import io
import re
from datetime import UTC
from pathlib import Path

import msgspec
import openpyxl
import pytest
import typst
from factories.papers import (
    ACCOUNT,
    AT,
    LINKED,
    PAYEE,
    PAYER,
    PURPOSE,
    SBP_LINK,
    bill,
    contract,
    operation,
    pages_drawn,
    plain,
    reconciliation,
    slips,
    statement,
    symbols_read,
    text_drawn,
)
from fontTools.ttLib import TTFont

from okno.cabinet.documents.core.bills import bill_sheet, bill_slip
from okno.cabinet.documents.core.reconciliations import act_sheet
from okno.cabinet.documents.core.slips import slip_of, slip_payload, slip_payloads
from okno.cabinet.documents.core.statements import StatementSheet, statement_sheet
from okno.cabinet.documents.core.texts import FOREIGN
from okno.cabinet.documents.core.troubles import DocumentError
from okno.cabinet.documents.press import slips as press
from okno.cabinet.documents.press.printer import FONTS, compiler
from okno.cabinet.documents.press.rereading import pages_of, symbol_of, symbols_of, text_of
from okno.cabinet.documents.press.statements import act_pdf, statement_pdf
from okno.cabinet.documents.press.symbols import Matrix, matrix_of, matrix_read
from okno.cabinet.documents.press.tables import statement_csv, statement_xlsx


def sheet_of(lines: int) -> StatementSheet:
    told = statement(
        *(operation(100 * number, number=number, text=f"Услуга {number}") for number in range(1, lines + 1))
    )
    return statement_sheet(told, PAYER, "ООО «Пример»", UTC)


def test_press_slip_is_one_tagged_page_with_its_text(tmp_path: Path) -> None:
    slip = slip_of(PAYEE, PURPOSE, PAYER, 123_450, "октябрь 2026")
    pdf = press.slip_pdf(slip, AT)
    assert pages_of(pdf) == 1
    for mark in (
        b"/StructTreeRoot",
        b"/MarkInfo",
        b"<pdfaid:part>2",
        b"<pdfaid:conformance>A",
        b"<pdfuaid:part>1",
        b"/Lang",
    ):
        assert mark in pdf
    for text in (text_of(pdf), text_drawn(pdf, tmp_path)):
        for part in ("Извещение", "Квитанция", "Форма № ПД-4", "Кассир", PAYEE.account, PAYEE.name, PAYER.name, "50"):
            assert part in text
        assert text.count(PAYEE.bic) == 2
    assert symbol_of(pdf) == slip_payload(slip)
    assert symbols_read(pages_drawn(pdf, tmp_path)) == slip_payload(slip) * 2


def test_press_slip_of_a_payee_with_a_static_link_has_both_codes_on_its_one_page(tmp_path: Path) -> None:
    slip = slip_of(LINKED, PURPOSE, PAYER, 123_450, "октябрь 2026")
    pdf = press.slip_pdf(slip, AT)
    assert pages_of(pdf) == 1
    assert symbols_of(pdf) == {slip_payload(slip), SBP_LINK.encode()} == slip_payloads(slip)
    assert symbol_of(pdf) == slip_payload(slip)
    read = symbols_read(pages_drawn(pdf, tmp_path))
    assert (read.count(SBP_LINK.encode()), read.count(slip_payload(slip))) == (2, 2)
    assert " ".join(text_of(pdf).split()).count("впишите сами: код выше делает это за вас") == 2
    without = press.slip_pdf(slip_of(PAYEE, PURPOSE, PAYER, 123_450, "октябрь 2026"), AT)
    assert symbols_of(without) == {slip_payload(slip)}
    assert "СБП" not in text_of(without)


def test_press_same_lines_are_the_same_bytes() -> None:
    slip = slips(1)[0]
    assert press.slip_pdf(slip, AT) == press.slip_pdf(slip, AT)
    assert press.slip_pdf(slip, AT) != press.slip_pdf(msgspec.structs.replace(slip, minor=1), AT)
    sheet = sheet_of(3)
    assert statement_pdf(sheet, AT) == statement_pdf(sheet, AT)
    assert statement_xlsx(sheet, AT) == statement_xlsx(sheet, AT)


def test_press_longest_slip_stays_on_its_page() -> None:
    payee = msgspec.structs.replace(LINKED, name=("Жжжж " * 31).strip(), bank="Ш" * 45)
    payer = msgspec.structs.replace(PAYER, name="Щщщщ " * 40, address="Юююю " * 40, number="9" * 60)
    slip = slip_of(payee, "Фффф " * 40, payer, 1_000_000_000, "с 30 сентября 2026 по 30 сентября 2027")
    pdf = press.slip_pdf(slip, AT)
    assert pages_of(pdf) == 1
    assert symbols_of(pdf) == slip_payloads(slip)


def test_press_symbol_whose_bytes_are_others_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    slip, other = slips(2)
    monkeypatch.setattr(press, "matrix_read", lambda _matrix: slip_payload(other))
    with pytest.raises(DocumentError) as refused:
        press.slip_pdf(slip, AT)
    assert refused.value.what == ("bytes",)


def test_press_symbol_that_reads_otherwise_is_refused() -> None:
    slip = slips(1)[0]
    matrix = matrix_of(slip_payload(slip))
    assert matrix_read(matrix) == slip_payload(slip)
    spoiled = Matrix(tuple(bytes(len(row)) for row in matrix.rows))
    with pytest.raises(DocumentError) as refused:
        matrix_read(spoiled)
    assert refused.value.trouble == "symbol-wrong"
    assert press.drawn(slip).svg == matrix.svg()
    two = press.slips_pdf([press.drawn(one) for one in slips(2)], AT)
    assert [symbol_of(two, page) for page in range(2)] == [slip_payload(one) for one in slips(2)]


def test_press_statement_of_many_lines_repeats_its_head() -> None:
    pdf = statement_pdf(sheet_of(200), AT)
    pages = pages_of(pdf)
    assert pages > 3
    assert all("Остаток" in text_of(pdf, page) for page in range(pages))
    assert f"страница {pages} из {pages}" in text_of(pdf, pages - 1)
    assert "операций не было" in text_of(statement_pdf(sheet_of(0), AT))


def test_press_act_has_both_sides_and_a_place_to_sign() -> None:
    told = reconciliation(contract((500, 0), (0, 1_500), opening=-200), contract((100, 0)))
    pdf = act_pdf(act_sheet(told, PAYER, PAYEE, UTC), AT)
    text = plain(text_of(pdf))
    for part in ("По данным: ООО «Пример»", f"По данным: {PAYER.name}", "Сальдо на 1 октября 2026", "подпись", "М. П."):
        assert part in text
    assert "расчётов не было" in text_of(act_pdf(act_sheet(reconciliation(), PAYER, PAYEE, UTC), AT))


def test_press_act_calls_the_account_by_its_number_where_there_is_no_contract() -> None:
    told = reconciliation(contract((500, 0)), contract((100, 0), name=ACCOUNT))
    text = plain(text_of(act_pdf(act_sheet(told, PAYER, PAYEE, UTC), AT)))
    assert "Договор D-40817" in text
    assert f"Лицевой счёт {PAYER.number}" in text
    assert ACCOUNT not in text


def test_press_bill_shows_a_symbol_while_something_is_open() -> None:
    open_bill, settled = bill(10_000, 2_500), bill(10_000, 0, status="settled")
    slip = bill_slip(open_bill, PAYEE, PURPOSE, PAYER)
    assert slip is not None
    pdf = press.bill_pdf(bill_sheet(open_bill, PAYEE, PAYER, slip), slip, AT)
    assert symbol_of(pdf) == slip_payload(slip)
    paid = press.bill_pdf(bill_sheet(settled, PAYEE, PAYER, None), None, AT)
    assert "Реквизиты" not in text_of(paid)
    with pytest.raises(DocumentError):
        symbol_of(paid)


def test_press_csv_is_what_a_spreadsheet_opens() -> None:
    told = statement(operation(1_234_567, text='=HYPERLINK("x")'), operation(-5, number=2, text="a;b"), opening=-1)
    raw = statement_csv(statement_sheet(told, PAYER, "Пример", UTC))
    assert raw.startswith(b"\xef\xbb\xbf")
    lines = raw.decode("utf-8-sig").split("\r\n")
    assert lines[0] == "Дата;Вид;Операция;Начислено;Оплачено;Остаток"
    assert lines[1] == ";Остаток на начало;;;;-0,01"
    assert lines[2] == '02.10.2026;Начисление;"\'=HYPERLINK(""x"")";12345,67;;12345,66'
    assert lines[3] == '03.10.2026;Оплата;"a;b";;0,05;12345,61'
    assert lines[-2:] == [";Остаток на конец;;;;12345,61", ""]


def test_press_xlsx_has_numbers_and_no_formulas() -> None:
    told = statement(operation(1_234_567, text="=1+1"), operation(-5, number=2), opening=-1)
    raw = statement_xlsx(statement_sheet(told, PAYER, "Пример", UTC), AT)
    book = openpyxl.load_workbook(io.BytesIO(raw))
    rows = list(book["Выписка"].iter_rows(values_only=True))
    assert rows[2][2:] == ("'=1+1", 12345.67, None, 12345.66)
    assert rows[3][3:] == (None, 0.05, 12345.61)
    assert rows[-1] == (None, "Остаток на конец", None, None, None, 12345.61)
    assert book.properties.title == f"Выписка по счёту {PAYER.number}"


def test_press_fonts_have_every_sign_that_texts_let_through() -> None:
    letters = {chr(code) for code in range(0x20, 0x3000) if not FOREIGN.match(chr(code))}
    assert len(letters) > 450
    for style in ("Regular", "SemiBold"):
        font = TTFont(FONTS / f"GolosText-{style}.ttf")
        assert letters <= {chr(code) for code in font.getBestCmap()}
    families = {
        font.family
        for font in typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS]).fonts()
    }
    assert families == {"Golos Text"}


def test_press_data_are_never_read_as_markup() -> None:
    payer = msgspec.structs.replace(PAYER, name="#panic() *жирно* _x_ $a$ <b>", address='\\u{41} "кавычки" @ref')
    text = text_of(press.slip_pdf(slip_of(PAYEE, PURPOSE, payer, 1), AT))
    assert "#panic() *жирно* _x_ $a$ <b>" in text
    assert re.search(r'\\u\{41\} "кавычки" @ref', text)
    with pytest.raises(typst.TypstError):
        compiler("slip").compile(format="pdf", sys_inputs={"data": "{}"})
