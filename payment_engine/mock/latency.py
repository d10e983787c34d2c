"""How long a scripted answer takes: a fixed time, evenly spread, or log-normal."""

import math
import random
from typing import Any

_Z95 = 1.6448536269514722
"""How many standard deviations above the median the 95th percentile of a normal spread is."""
_DEFAULT = 1.0


def latency(behaviour: dict[str, Any], generator: random.Random) -> float:
    """Seconds to wait: ``seconds``, from ``low`` to ``high``, or by ``p50`` and ``p95``."""
    if "p50" in behaviour:
        median = float(behaviour["p50"])
        p95 = float(behaviour["p95"])
        return generator.lognormvariate(math.log(median), math.log(p95 / median) / _Z95)
    if "low" in behaviour or "high" in behaviour:
        low = float(behaviour.get("low", 0))
        return generator.uniform(low, max(low, float(behaviour.get("high", low))))
    return float(behaviour.get("seconds", _DEFAULT))
