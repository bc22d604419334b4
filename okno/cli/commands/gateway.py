"""`okno gateway`: what the guard wrote down, proved."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from okno.cli.commands.ends import EXIT_PROBLEM, problem
from okno.gateway.edge.chain import Head, files_of, verify

app = typer.Typer(no_args_is_help=True, help="The gateway's log.")


@app.callback()
def group() -> None:
    """Keep `verify-log` a command of the group while it is the only one."""


@app.command("verify-log")
def verify_log(
    folder: Annotated[Path, typer.Argument(help="log_dir of a gateway.", exists=True, file_okay=False)],
    *,
    checkpoint: Annotated[
        list[str] | None, typer.Option("--checkpoint", help="COUNT:HASH that was kept inside; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line.")] = False,
) -> None:
    """Prove the chain of verdicts, or name the first record that is changed, missing or too many."""
    if not files_of(folder):
        problem(f"there is no log in {folder}")
    verdict = verify(folder, checkpoints=[_head(text) for text in checkpoint or ()])
    if as_json:
        typer.echo(msgspec.json.encode(verdict))
    elif verdict.broken is None:
        torn = f", {verdict.torn_bytes} bytes of an unfinished last line" if verdict.torn_bytes else ""
        typer.echo(f"{verdict.records} records proved, {verdict.first} to {verdict.head.count}{torn}")
        typer.echo(f"head {verdict.head.count}:{verdict.head.hash}")
    else:
        broken = verdict.broken
        typer.echo(f"{broken.file}, line {broken.line}: record {broken.n}: {broken.why}", err=True)
    if verdict.broken is not None:
        raise typer.Exit(EXIT_PROBLEM)


def _head(text: str) -> Head:
    count, _, value = text.partition(":")
    if not count.isdecimal() or not value:
        problem(f"a checkpoint is COUNT:HASH, not {text!r}", 2)
    return Head(int(count), value)
