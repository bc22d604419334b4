"""What only Debian has: listed once in `deploy/debian-packages.txt`, asked of dpkg, said in one line when missing."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

LIST = Path(__file__).parents[3] / "deploy" / "debian-packages.txt"


def packages_of(kind: str, *, listed: Path = LIST) -> list[str]:
    """The packages of a set (`test` | `bench`)."""
    lines = (line.split() for line in listed.read_text(encoding="utf-8").splitlines() if line and line[0] != "#")
    return [package for found, package in lines if found == kind]


def installed(package: str) -> bool:
    """Whether dpkg has it, whole."""
    query = ["/usr/bin/dpkg-query", "-W", "-f", "${db:Status-Status}", package]
    try:
        done = subprocess.run(query, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return False
    return done.stdout == "installed"


def missing_line(kind: str, *, needed: Sequence[str] | None = None, listed: Path = LIST) -> str | None:
    """The one line to run when a package of the set (or of `needed` in it) is missing; None when all are there."""
    wanted = [package for package in packages_of(kind, listed=listed) if needed is None or package in needed]
    missing = [package for package in wanted if not installed(package)]
    if not missing:
        return None
    return f"Missing here. Run: apt-get install -y --no-install-recommends {' '.join(missing)}"
