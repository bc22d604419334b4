"""The till finds accounts by numbers where its settings let it, and says what is wrong with them."""

import base64
from pathlib import Path

import msgspec
import pytest

from okno.cabinet.payments.tasks.till import TillSettings
from okno.cli.processes.serving import SettingsError
from okno.cli.processes.till import numbers_of

SETTINGS = TillSettings(
    dsn="", providers={}, return_url="", keylist="keylist.jws", root_public="root.pub", systems=("main", "second")
)


def test_the_portals_pepper_and_a_key_list_find_accounts_and_without_them_staff_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "root.pub").write_bytes(bytes(32))
    pepper = base64.b64encode(bytes(32)).decode()
    found = numbers_of(msgspec.structs.replace(SETTINGS, pepper=pepper))
    assert found is not None
    assert (found.pepper, found.systems) == (bytes(32), ("main", "second"))
    assert numbers_of(SETTINGS) is None
    assert numbers_of(msgspec.structs.replace(SETTINGS, pepper=pepper, keylist=None)) is None


@pytest.mark.parametrize("pepper", ["c2hvcnQ=", "not base64!"])
def test_a_pepper_that_is_none_is_refused_without_being_quoted(pepper: str) -> None:
    with pytest.raises(SettingsError, match="base64 of at least 32") as refused:
        numbers_of(msgspec.structs.replace(SETTINGS, pepper=pepper))
    assert pepper not in str(refused.value)
