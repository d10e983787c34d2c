"""What a scrape of a world shows."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from prometheus_client.parser import text_string_to_metric_families

from payment_engine.signals import Signals
from tests.world import World

_PREFIX = "payment_engine_"


class Samples(Mapping[str, dict[tuple[str, ...], float]]):
    """Values by metric without its prefix, then by the values of its labels in alphabetical order.

    A metric is parsed when it is read, since parsing them all takes longer than most tests.
    """

    def __init__(self, text: str) -> None:
        lines = defaultdict(list)
        for line in text.splitlines():
            if not line.startswith("#"):
                name = line.partition(" ")[0].partition("{")[0]
                lines[name.removeprefix(_PREFIX)].append(line)
        self._lines = dict(lines)

    def __getitem__(self, name: str) -> dict[tuple[str, ...], float]:
        return {
            tuple(value for _, value in sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families("\n".join(self._lines[name]))
            for sample in family.samples
        }

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


async def scraped(world: World) -> Samples:
    """What the API shows now, read from the database anew."""
    world.engine.signals = Signals(world.engine.signals.read)
    return Samples((await world.api.get("/metrics")).text)
