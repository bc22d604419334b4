"""`python -m okno.cli.people.staff DEED …`: a child, since Django reads its settings file on import."""

import sys

from okno.cabinet.config.wsgi import application

# It has set Django up: only now can models be imported.
# isort: split
from okno.cabinet.desk.services import staff_link_create
from okno.cabinet.desk.services.people import PeopleError, factors_missing, staff_add, staff_code, staff_reset


def main(deed: str, *said: str) -> None:
    """Do it and print what is to be told: a link's path, a code, `missing`. Refusals go to stderr, status 1."""
    assert callable(application)
    try:
        sys.stdout.write(_done(deed, *said) + "\n")
    except PeopleError as error:
        sys.exit(f"{error}")


def _done(deed: str, *said: str) -> str:
    if deed == "factors":
        return "missing" if factors_missing() else ""
    login, issuer, *roles = said
    if deed == "link":
        return staff_link_create(login=login, issued_by=issuer)
    if deed == "code":
        return staff_code(login=login, issued_by=issuer)
    if deed == "add":
        staff_add(login=login, roles=roles, issued_by=issuer)
    else:
        staff_reset(login=login, issued_by=issuer)
    return ""


if __name__ == "__main__":
    main(*sys.argv[1:])
