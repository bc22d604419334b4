"""`okno`: the one command of the product."""

import typer

from okno.cli.lazily import Commands

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog="Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 something is missing.",
)


@app.callback()
def okno() -> None:
    """The window through which a company and its customers see each other."""


def run() -> None:
    """Entry point of the console script."""
    app()


if __name__ == "__main__":
    run()
