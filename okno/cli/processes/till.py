"""The till: calls to payment systems."""

from pathlib import Path

from okno.cabinet.payments.services.registry import ProvidersError, providers_of
from okno.cabinet.payments.tasks.till import Till, TillSettings
from okno.cli.processes.serving import SettingsError, serve_threads, settings_of


def main(path: Path) -> None:
    settings = settings_of(path, TillSettings)
    try:
        providers = providers_of(settings.providers)
    except ProvidersError as error:
        raise SettingsError(f"{path}: {error}") from error
    serve_threads(Till(settings, providers))
