"""`okno`: the one command of the product."""

import typer

from okno.cli.bench.command import app as bench
from okno.cli.book import app as book
from okno.cli.commands.demo import demo
from okno.cli.commands.doctor import doctor
from okno.cli.commands.gateway import app as gateway
from okno.cli.commands.keys import app as keys
from okno.cli.commands.protocol import app as protocol
from okno.cli.commands.run import run_process
from okno.cli.commands.seed import seed
from okno.cli.commands.staff import app as staff

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The window through which a company and its customers see each other.",
    epilog="Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 something is missing.",
)
app.command("demo")(demo)
app.command("doctor")(doctor)
app.command("seed")(seed)
app.command("run")(run_process)
app.add_typer(book, name="book")
app.add_typer(keys, name="keys")
app.add_typer(staff, name="staff")
app.add_typer(gateway, name="gateway")
app.add_typer(protocol, name="protocol")
app.add_typer(bench, name="bench")


def run() -> None:
    """Entry point of the console script."""
    app()


if __name__ == "__main__":
    run()
