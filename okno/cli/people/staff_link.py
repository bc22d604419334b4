"""`python -m okno.cli.people.staff_link LOGIN ISSUER`: a child, since Django reads its settings file on import."""

import sys

from okno.cabinet.config.wsgi import application

# It has set Django up: only now can models be imported.
# isort: split
from okno.cabinet.desk.services import staff_link_create


def main(login: str, issuer: str) -> None:
    """Print the path of the link."""
    assert callable(application)
    sys.stdout.write(staff_link_create(login=login, issued_by=issuer) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
