"""A key per person: what is sealed for one place opens nowhere else, and not at all once the key is gone."""

import base64
from uuid import UUID

import pytest
from factories.portal import Portal, SettingsChange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from okno.cabinet.kit import rls, vault
from okno.protocol.ids import new_id

PLACE = "identity_user|name_sealed"
ANNA, BORIS = UUID(new_id()), UUID(new_id())


def sealed(person: UUID, text: str) -> bytes:
    with rls.acting(person):
        return vault.field_seal(person, PLACE, text)


def opened(person: UUID, value: bytes, place: str = PLACE) -> str:
    with rls.acting(person):
        return vault.field_open(person, place, value)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_vault_gives_back_what_it_was_given(portal: Portal, text: str) -> None:
    value = sealed(ANNA, text)
    assert opened(ANNA, value) == text
    assert len(text) < 4 or text.encode() not in value
    assert sealed(ANNA, text) != value


def test_vault_value_opens_only_where_it_was_put(portal: Portal) -> None:
    value = sealed(ANNA, "Анна")
    sealed(BORIS, "Борис")
    cases = [(BORIS, value, PLACE), (ANNA, value, "identity_user|other"), (ANNA, b"\x02" + value[1:], PLACE)]
    cases += [(ANNA, value[:index] + bytes([value[index] ^ 1]) + value[index + 1 :], PLACE) for index in (1, 6, 20, -1)]
    for person, changed, place in cases:
        with pytest.raises(vault.VaultError):
            opened(person, changed, place)


def test_vault_forgets_with_the_key(portal: Portal) -> None:
    value = sealed(ANNA, "Анна")
    portal.peek("DELETE FROM kit_subject_key WHERE subject = %s", ANNA)
    with pytest.raises(vault.VaultError, match="erased"):
        opened(ANNA, value)


def test_vault_works_over_a_change_of_the_instances_key(portal: Portal, settings_change: SettingsChange) -> None:
    value = sealed(ANNA, "Анна")
    both = {**portal.config.vault_keys, "2": base64.b64encode(bytes(32)).decode()}
    with settings_change(vault_keys=both):
        assert opened(ANNA, value) == "Анна"
        later = sealed(BORIS, "Борис")
        assert opened(BORIS, later) == "Борис"
    assert portal.peek("SELECT subject, kek_version FROM kit_subject_key ORDER BY kek_version") == [
        (ANNA, 1),
        (BORIS, 2),
    ]
    with pytest.raises(vault.VaultError, match="vault key 2"):
        opened(BORIS, later)


def test_vault_without_a_key_seals_nothing(portal: Portal, settings_change: SettingsChange) -> None:
    with settings_change(vault_keys={}), pytest.raises(vault.VaultError, match="no vault key"):
        sealed(ANNA, "Анна")
    assert portal.peek("SELECT count(*) FROM kit_subject_key") == [(0,)]
