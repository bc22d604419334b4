"""The till: calls to payment systems; the reconciler, which asks them for their registers, shares its process."""

import base64
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import available_timezones

import msgspec

from okno.cabinet.kit.processes.trust import Trust
from okno.cabinet.payments.providers.port import Provider
from okno.cabinet.payments.services.registry import ProvidersError, providers_of
from okno.cabinet.payments.tasks.till import Till, TillSettings
from okno.cabinet.reconciliation.core.terms import PayoutTerm, Terms, terms_mistakes
from okno.cabinet.reconciliation.services.finding import Numbers
from okno.cabinet.reconciliation.tasks.reconciler import Reconciler, ReconcilerDesk, rules_of
from okno.carriers.mail_address import address_of
from okno.cli.processes.serving import SettingsError, Several, serve_threads, settings_of
from okno.protocol.labels import KEY_BYTES_MIN


def main(path: Path) -> None:
    settings = settings_of(path, TillSettings)
    if settings.time_zone not in available_timezones():
        raise SettingsError(f"{path}: time_zone: {settings.time_zone!r} is none, write one like Europe/Moscow")
    try:
        providers = providers_of(settings.providers)
    except ProvidersError as error:
        raise SettingsError(f"{path}: {error}") from error
    serve_threads(till_of(settings, providers))


def numbers_of(settings: TillSettings) -> Numbers | None:
    """What accounts are found by. Raises SettingsError."""
    if not settings.pepper or settings.keylist is None or settings.root_public is None:
        return None
    try:
        pepper = base64.b64decode(settings.pepper, validate=True)
    except ValueError:
        pepper = b""
    if len(pepper) < KEY_BYTES_MIN:
        raise SettingsError(f"pepper: base64 of at least {KEY_BYTES_MIN} random bytes, the same as the portal's")
    return Numbers(pepper=pepper, ring=Trust(settings.keylist, settings.root_public).ring, systems=settings.systems)


def terms_of(settings: TillSettings) -> Terms:
    """When payouts have to have come. Raises SettingsError."""
    try:
        terms = msgspec.convert(settings.payout_terms, tuple[PayoutTerm, ...])
    except msgspec.ValidationError as error:
        raise SettingsError(f"payout_terms: {error}") from error
    mistakes = terms_mistakes(terms, settings.payers)
    if mistakes:
        raise SettingsError("; ".join(mistakes))
    return Terms(terms=terms, holidays=frozenset(settings.bank_holidays))


def letters_check(settings: TillSettings) -> None:
    """Raises SettingsError for what could tell nobody."""
    if settings.alarm_letters and (settings.keylist is None or settings.root_public is None):
        raise SettingsError("alarm_letters: needs keylist and root_public, letters are sealed to the sender")
    for address in settings.alarm_letters:
        if address_of(address) != address:
            raise SettingsError(f"alarm_letters: {address!r} is no plain e-mail address")


def till_of(settings: TillSettings, providers: Mapping[str, Provider]) -> Several:
    """Both, by the same providers. Raises SettingsError."""
    letters_check(settings)
    rules = rules_of(
        providers,
        zone=settings.time_zone,
        owner=settings.differences_owner,
        payers=settings.payers,
        numbers=numbers_of(settings),
        terms=terms_of(settings),
    )
    desk = ReconcilerDesk(providers, rules, mark=settings.books_mark)
    return Several(Till(settings, providers), Reconciler(settings.dsn, desk))
