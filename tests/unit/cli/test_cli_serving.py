"""What processes do alike when they serve."""

from dataclasses import dataclass

from okno.cli.processes.serving import Several


@dataclass
class Noted:
    """A process that notes what becomes of it."""

    name: str
    notes: list[str]

    def start(self) -> None:
        self.notes.append(f"{self.name} starts")

    def stop(self) -> None:
        self.notes.append(f"{self.name} stops")


def test_several_start_in_their_order_and_stop_in_the_opposite_one() -> None:
    notes: list[str] = []
    several = Several(Noted("first", notes), Noted("second", notes))
    several.start()
    several.stop()
    assert notes == ["first starts", "second starts", "second stops", "first stops"]
