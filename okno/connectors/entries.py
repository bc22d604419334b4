"""Entries of integrators: an adapter, or the bench that it is checked on, named as `package.module:factory`."""

from __future__ import annotations

from importlib import import_module


class EntryError(Exception):
    """There is nothing to call under that name; the text says why."""


def entry_load(name: str) -> object:
    """What the name stands for. Raises EntryError; whatever the module itself raises on import comes through."""
    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise EntryError(f"an entry is written package.module:name, not {name!r}")
    try:
        found = getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise EntryError(f"there is no module {error.name!r} for the entry {name!r}") from error
    except AttributeError as error:
        raise EntryError(f"the module {module} has no {attribute!r}") from error
    if not callable(found):
        raise EntryError(f"{name} cannot be called")
    return found
