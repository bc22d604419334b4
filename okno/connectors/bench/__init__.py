"""What an integrator gives to the conformance suite: his own system, ready to be worked on and disturbed.

`okno connector check package.module:factory` calls the factory without arguments and works with the Bench it returns.
"""

from okno.connectors.bench.door import Door
from okno.connectors.bench.lane import Lane, postgres_lane
from okno.connectors.bench.protocol import Bench, Opened, Person, Place, Reach

__all__ = ["Bench", "Door", "Lane", "Opened", "Person", "Place", "Reach", "postgres_lane"]
