"""Work of the desk's role in a child, since Django reads its settings file on import."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from okno.cabinet.config.instance import ENVIRONMENT
from okno.cli.commands.ends import problem

CHILD = "okno.cli.reconciling.child"


def child(directory: Path, config: Path | None, *arguments: str) -> str:
    """What the child says; its refusal ends the command."""
    files = [config] if config else [directory / "etc" / f"{name}.toml" for name in ("desk", "cabinet")]
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        problem(f"there is no instance in {directory}: start `okno demo`, or say --dir or --config")
    done = subprocess.run(
        [sys.executable, "-m", CHILD, *arguments],
        env={**os.environ, ENVIRONMENT: str(found.resolve())},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        problem(done.stderr.strip())
    return done.stdout.strip()
