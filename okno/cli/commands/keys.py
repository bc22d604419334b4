"""`okno keys`: the keys of an installation."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from okno.cli.commands.ends import problem
from okno.cli.trust import KEY_LIFE, OPENERS, ROOT_PRIVATE, SIGNERS, TrustError, trust_make, trust_read
from okno.protocol.errors import ProtocolError
from okno.protocol.keys import Keyring, expiry_warnings

app = typer.Typer(no_args_is_help=True, help="Make and list the keys of an installation.")

Directory = Annotated[Path, typer.Argument(help="Where the keys live; `keys` of a demo's directory.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON line.")]


@app.command("init")
def init(
    directory: Directory,
    signers: Annotated[list[str] | None, typer.Option("--sign", help="A party that signs; may be repeated.")] = None,
    openers: Annotated[list[str] | None, typer.Option("--open", help="A party that opens; may be repeated.")] = None,
) -> None:
    """Make the root, a key for each party, and the list that the root signed. Run it inside, on a machine apart."""
    try:
        ring = trust_make(directory, at=datetime.now(UTC), signers=signers or SIGNERS, openers=openers or OPENERS)
    except (TrustError, ProtocolError) as error:
        problem(str(error))
    typer.echo(f"{len(ring.entries)} keys in {directory}, valid for {KEY_LIFE.days} days.")
    typer.echo(
        f"Take {ROOT_PRIVATE} away to where no network is; give each host root.pub, keylist.jws and its own key."
    )


@app.command("list")
def listing(directory: Directory, *, as_json: AsJson = False) -> None:
    """Say which keys are in force and when each ends."""
    at = datetime.now(UTC)
    try:
        ring = trust_read(directory, at=at)
    except TrustError as error:
        problem(str(error))
    except ProtocolError as error:
        problem(f"{directory}: the key list is refused ({error.code.value}): {error.detail}")
    if as_json:
        typer.echo(msgspec.json.encode({"number": ring.number, "keys": ring.entries}))
        return
    _print(ring, at)


def _print(ring: Keyring, at: datetime) -> None:
    soon = {warning.kid: warning.days for warning in expiry_warnings(ring.entries, at)}
    typer.echo(f"list {ring.number}")
    for entry in ring.entries:
        left = (entry.not_after - at).days
        note = "revoked" if entry.revoked else f"ends within {soon[entry.kid]} days" if entry.kid in soon else ""
        typer.echo(f"{entry.party:<16} {entry.use:<5} {entry.kid:<32} {left:>4} days  {note}".rstrip())
