"""What Prometheus would see: the service's own metrics, before an incident and after it."""

from tests.gauges import Samples, scraped
from tests.incidents.alerts import alert
from tests.incidents.oncall import OnCall, woken
from tests.world import World


async def noticed(
    world: World,
    name: str,
    metric: str,
    *values: str,
    more_than: float = 0,
    before: Samples | None = None,
    **labels: str,
) -> OnCall:
    """The person whom the alert wakes, since its metric rose past what its rule bears.

    ``values``: the metric's labels in their alphabetical order; ``before``: an earlier scrape, for
    a counter.
    """
    raised = alert(name, **labels)
    assert f"payment_engine_{metric}" in raised.expression
    now = (await scraped(world))[metric][values]
    earlier = before[metric].get(values, 0) if before else 0
    assert now - earlier > more_than, f"{metric}{values} is {now}, and was {earlier}"
    return await woken(world, raised)
