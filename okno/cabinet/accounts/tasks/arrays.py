"""Lists as parameters of a statement, written by msgspec: psycopg's writer takes longer than all else of a batch."""

from collections.abc import Iterable, Sequence

import msgspec


def array(values: Sequence[object]) -> str | list[object]:
    """A parameter to be cast in the statement (`%s::text[]`): numbers, texts, instants, days, None.

    An array literal spells them as JSON does, but for control characters; a list with such a text is left to psycopg.
    """
    spelled = msgspec.json.encode(values).decode()
    if "\\" in spelled.replace("\\\\", "").replace('\\"', ""):
        return list(values)
    return f"{{{spelled[1:-1]}}}"


def arrays(rows: Iterable[Sequence[object]], width: int) -> list[str | list[object]]:
    """The columns of the rows, one array each."""
    columns = list(zip(*rows, strict=True)) or [()] * width
    return [array(column) for column in columns]
