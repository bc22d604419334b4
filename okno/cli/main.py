"""`okno`: the one command of the product."""

import typer

from okno.cli.book import app as book
from okno.cli.commands.demo import demo
from okno.cli.commands.run import run_process

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The window through which a company and its customers see each other.",
)
app.add_typer(book, name="book")
app.command("demo")(demo)
app.command("run")(run_process)


def run() -> None:
    """Entry point of the console script."""
    app()


if __name__ == "__main__":
    run()
