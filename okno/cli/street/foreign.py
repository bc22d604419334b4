"""A foreign accounting on the street: Tryton in the instance's own cluster, with its past from the cache."""

import secrets

from rich.console import Console

from okno.cli.files import file_write
from okno.cli.instance.layout import Instance
from okno.cli.instance.prepare import Options, Prepared
from okno.cli.instance.settings import TRYTON_LOGIN_FILE
from okno.cli.servers.tryton import DATABASE, USER, Tryton, client_ensure, install_ensure
from okno.cli.street.report import bar, step
from okno.cli.tryton.building import dump_of, restored, today
from okno.cli.tryton.people import SEED, Crowd
from okno.cli.tryton.stages import Place, database_make, database_of


def tryton_prepared(prepared: Prepared, options: Options, console: Console) -> Tryton:
    """A server to start; at the first time its database is restored from the dump, which may have to be made.

    Raises ServerError.
    """
    cluster, instance = prepared.cluster, prepared.instance
    with step("Tryton's programs", console):
        binaries, client = install_ensure(), client_ensure()
    # The role's password is nobody's but this run's.
    place = Place(cluster.superuser_dsn(), str(cluster.socket_directory), secrets.token_hex(24))
    if not prepared.secrets.tryton:
        with step("Tryton's books", console), bar("Tryton", console) as progress:
            crowd = Crowd(options.parties, options.months, SEED, today().replace(day=1))
            kept = dump_of(crowd, progress)
            restored(database_make(place, DATABASE), kept, cluster.binaries().directory)
        file_write(instance.etc / TRYTON_LOGIN_FILE, kept.passwords[USER].encode())
        prepared.secrets.tryton = kept.passwords
        instance.secrets_write(prepared.secrets)
    return Tryton(
        instance.directory / "tryton", binaries, database_of(place, DATABASE), prepared.ports["tryton"], web=client
    )


def tryton_address(instance: Instance, port: int) -> str:
    """Of its web client. A name of its own: its cookie says nothing to another demo's on another port."""
    return f"http://{instance.host('tryton')}:{port}"
