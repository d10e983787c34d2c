"""What a scrape of a world shows."""

from prometheus_client.parser import text_string_to_metric_families

from payment_engine.signals import Signals
from tests.world import World

Samples = dict[str, dict[tuple[str, ...], float]]
"""Values by metric without its prefix, then by the values of its labels in alphabetical order."""


def parsed(text: str) -> Samples:
    """The samples of a scrape."""
    samples: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            name = sample.name.removeprefix("payment_engine_")
            samples.setdefault(name, {})[labels] = sample.value
    return samples


async def scraped(world: World) -> Samples:
    """What the API shows now, read from the database anew."""
    world.engine.signals = Signals(world.engine.signals.read)
    return parsed((await world.api.get("/metrics")).text)
