"""What a payer calls the number of an account, in the words of banks and companies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okno.cabinet.reconciliation.core.naming import NUMBERS_MAX, account_numbers_of

NAMED = {
    "л/с 40817810000000000017": ["40817810000000000017"],
    "Лицевой счет 100500": ["100500"],
    "Оплата по лицевому счёту № 100500 за ноябрь 2026": ["100500"],
    "ОПЛАТА УСЛУГ СВЯЗИ Л/СЧ.№100500 ВЫДУМКИН ИВАН ИВАНОВИЧ": ["100500"],
    "Выдумкин И.И., ЛС: 100500; без НДС": ["100500"],
    "лиц.сч. 0100500": ["0100500"],
    "л.с. 100500, НДС не облагается": ["100500"],
    "за абонента 7700017": ["7700017"],
    "аб. ном. 7700017": ["7700017"],
    "Договор 7700017": ["7700017"],
    "По договору № 7700017 от 01.02.2024": ["7700017"],
    "По договору об оказании услуг связи от 01.02.2024 г. № 7700017, в т.ч. НДС 20% - 200.00": ["7700017"],
    "Дог. N 7700017": ["7700017"],
    "Contract No. 7700017": ["7700017"],
    "account 00012345-2": ["00012345-2"],
    "л/с А-100500": ["А-100500"],
    "л/с １００５００": ["100500"],
    "л/с\u00a0№\u2007100500": ["100500"],
    "л/с 1005 0012 3456": ["1005", "1005 0012 3456"],
    "л/с 100500, л/с 100501": ["100500", "100501"],
    "л/с 100500, лицевой счет 100-500": ["100-500"],
    "100500": ["100500"],
    "100500; Выдумкин Иван Иванович": ["100500"],
    "Выдумкин И.И. № 100500. НДС не облагается": ["100500"],
}
NOT_NAMED = (
    "",
    "Спасибо",
    "Перевод 100500",
    "ИНН 7700000000 КПП 770001001 БИК 044525225",
    "р/с 40702810600000000001 в банке",
    "Оплата № 100500",
    "Оплата по счету № 100500 от 01.02.2026",
    "Тел. +7 900 111-00-01",
    "л/с 5000 руб",
    "л/с 1500.00",
    "л/с 1500,00",
    "договор 01.02.2026",
    "договор 01-02-2026",
    "договор 2026-02-01",
    "договор № 77-2024",
    "договор № 12345/2024",
    "договор, акт № 100500",
    "по договору оплата № 100500",
    "по договору инн 7700000000 № 100500",
    "мл/с 100500",
    "л/с 100500руб",
    "л/с 123",
    f"л/с {'1' * 21}",
    "01.11.2026",
    "Иванов 2026",
)


@pytest.mark.parametrize("purpose", NAMED)
def test_what_is_called_an_account_is_one(purpose: str) -> None:
    assert account_numbers_of(purpose) == NAMED[purpose]


@pytest.mark.parametrize("purpose", NOT_NAMED)
def test_what_is_something_else_is_none(purpose: str) -> None:
    assert account_numbers_of(purpose) == []


def test_a_collective_transfer_is_cut_to_one_too_many() -> None:
    purpose = " ".join(f"л/с {100500 + each}," for each in range(50))
    assert len(account_numbers_of(purpose)) == NUMBERS_MAX + 1


@given(st.text(alphabet="л/с договор№N0123456789.,- Ииrub", max_size=400))
def test_any_text_is_read_in_its_bounds(text: str) -> None:
    found = account_numbers_of(text)
    assert len(found) <= NUMBERS_MAX + 1
    assert all(4 <= sum(sign.isdigit() for sign in one) <= 20 for one in found)
