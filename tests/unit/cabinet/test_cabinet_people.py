"""Making people: login, phone, password rules."""

import gzip
from pathlib import Path
from uuid import UUID

import pytest
from django.contrib.auth import password_validation
from factories.portal import PASSWORD, PHONE, Portal
from hypothesis import given
from hypothesis import strategies as st

from okno.cabinet.identity.core.logins import canonical_login
from okno.cabinet.identity.services import passwords
from okno.cabinet.identity.services.users import (
    UserError,
    greeting_of,
    locale_set,
    mobile_number,
    phone_mask,
    user_create,
)
from okno.protocol.ids import new_id

FOREIGN = [
    *("+12025550123", "+447911123456", "+4915112345678", "+380501234567", "+375291234567", "+77011234567"),
    *("+861380013800", "+819012345678", "+33612345678", "+393123456789", "+48512345678", "+905321234567"),
    *("+972501234567", "+971501234567", "+919876543210", "+5511912345678", "+27821234567", "+61412345678"),
    *("+78001234567", "+78091234567", "+74951234567", "+78121234567", "+7900", "+790012345678"),
    *("112", "900", "89", "", "phone", "+"),
]


@given(st.text(max_size=300))
def test_people_login_has_one_canonical_form(text: str) -> None:
    once = canonical_login(text)
    assert canonical_login(once) == once
    assert len(once) <= 128
    assert canonical_login(f" {text}-") == once
    assert "\x00" not in once


@pytest.mark.parametrize("phone", FOREIGN)
def test_people_phone_is_a_mobile_number_of_the_country(phone: str) -> None:
    with pytest.raises(UserError, match="phone"):
        mobile_number(phone)


def test_people_phone_in_any_spelling_is_one_number() -> None:
    spellings = ["+7 900 123-45-67", "8 (900) 123-45-67", "9001234567", "+79001234567"]
    assert {mobile_number(spelling) for spelling in spellings} == {PHONE}
    assert phone_mask(PHONE) == "··· 45-67"


@pytest.mark.parametrize(
    ("full", "greeting"),
    [
        ("Вымышленная Анна Петровна", "Анна Петровна"),
        ("Анна Вымышленная", "Анна Вымышленная"),
        ('ООО "Ромашка и партнёры"', 'ООО "Ромашка и партнёры"'),
        ("", ""),
    ],
)
def test_people_are_greeted_by_given_name_and_patronymic(full: str, greeting: str) -> None:
    assert greeting_of(full) == greeting


def test_people_of_one_login_are_one(portal: Portal) -> None:
    first = portal.person(login="40-817")
    with pytest.raises(UserError, match="login taken"):
        portal.person(login="４０８１７")
    with pytest.raises(UserError, match="login"):
        portal.person(login=" -- ")
    with pytest.raises(UserError, match="locale"):
        portal.person(login="other", locale="de")
    with pytest.raises(UserError, match="locale"):
        locale_set(user_id=first, locale="de")
    assert portal.peek("SELECT id FROM identity_user") == [(first,)]
    assert portal.peek("SELECT count(*) FROM kit_subject_key") == [(0,)]
    assert portal.peek("SELECT action, subject FROM kit_audit") == [("user.create", f"user:{first}")]


def test_people_with_a_weak_password_are_not_made(portal: Portal) -> None:
    with pytest.raises(passwords.WeakPasswordError) as refused:
        user_create(login="anna", password="anna", phone=PHONE)
    assert refused.value.reasons == ["too-short", "listed", "personal"]
    assert portal.peek("SELECT count(*) FROM identity_user") == [(0,)]


@pytest.mark.parametrize(
    ("password", "reasons"),
    [
        ("короток", ["too-short"]),
        ("x" * 129, ["too-long"]),
        ("Password1", ["listed", "personal"]),
        ("зфыыцщкв", ["listed", "personal"]),
        ("йцукенгш", ["listed"]),
        ("кабинет123", ["personal"]),
        ("RF,BYTN1", ["personal"]),
        ("водоканал!", ["personal"]),
        ("  водоканал  ", ["personal"]),
        ("anna-1985-dacha", []),
        (PASSWORD, []),
        ("x y" * 40, []),
        ("п" * 8, ["listed"]),
    ],
)
def test_people_password_rules(password: str, reasons: list[str]) -> None:
    found: list[str] = []
    try:
        passwords.password_check(password, personal=("Водоканал", "anna", ""))
    except passwords.WeakPasswordError as error:
        found = error.reasons
    assert found == reasons


def test_people_password_list_is_long_enough() -> None:
    path = Path(password_validation.__file__).with_name("common-passwords.txt.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        long_enough = [line for line in file.read().split() if len(line) >= passwords.LENGTH_MIN]
    assert len(long_enough) >= 3000
    assert all(word in passwords.listed() for word in long_enough)


def test_people_password_is_kept_as_typed_but_composed() -> None:
    stored = passwords.password_hash(" Йод\u0306ный ключ ")
    assert passwords.password_verify(stored, " Йод\u0306ный ключ ")
    assert passwords.password_verify(passwords.password_hash("\u0439"), "\u0438\u0306")
    for other in ("Йод\u0306ный ключ", " йод\u0306ный ключ ", " Йод\u0306ный ключ"):
        assert not passwords.password_verify(stored, other)


def test_people_nobody_is_found_by_a_strange_id(portal: Portal) -> None:
    locale_set(user_id=UUID(new_id()), locale="en")
    assert portal.peek("SELECT count(*) FROM identity_user") == [(0,)]
