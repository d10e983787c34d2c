"""One gateway's wire: how its calls are bounded, and what is recorded of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

CALLS_AT_ONCE = 64
"""To one gateway in a process: so few, since all of them end together when a gateway hangs."""
JOBS_AT_ONCE = 256
"""Jobs of one queue, messages, and calls to one gateway in a worker: so many that a few whose
answers are late leave room for the others."""


class WireBounds(BaseModel):
    """How long (seconds) and how many at once calls to one gateway may be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connect_timeout: float = Field(2.0, gt=0, le=10)
    """Seconds to connect; after that nothing was sent."""
    total_timeout: float = Field(15.0, gt=0, le=30)
    """Seconds for a whole call, or up to a tenth less; after that its outcome is unknown."""
    max_in_flight: int | None = Field(None, ge=1, le=1024)
    """Calls in flight at once, per process: 64, or as many as jobs in a worker (256)."""
    max_waiting: int = Field(256, ge=0, le=4096)
    """Calls that may wait for a free slot; one more is refused without being sent."""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request to or from a gateway and its answer, already masked, for the raw log.

    ``latency_ms`` is None for a webhook or a browser return. ``cause``: why a call has no usable
    answer (``FailureCause``); None if it has one.
    """

    at: datetime
    gateway: str
    operation: str
    direction: Literal["out", "in"]
    http_method: str
    path: str
    outcome: Literal["answered", "not_sent", "refused", "unknown", "received", "rejected"]
    cause: str | None = None
    status: int | None = None
    latency_ms: float | None = None
    request: Any = None
    response: Any = None
    context: Mapping[str, str] = field(default_factory=dict)
