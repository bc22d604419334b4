"""The cabinet's web process as fixtures, for the folders of tests that ask for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from factories.django_ready import override_settings
from factories.portal import Database, Portal, SettingsChange, portal_running


@pytest.fixture
def portal(tmp_path: Path, cabinet_database: Database) -> Iterator[Portal]:
    with portal_running(tmp_path, cabinet_database) as running:
        yield running


@pytest.fixture
def settings_change(portal: Portal) -> SettingsChange:
    """A context in which the instance's settings differ."""

    @contextmanager
    def change(**changes: object) -> Iterator[None]:
        with override_settings(OKNO=msgspec.structs.replace(portal.config, **changes)):
            yield

    return change
