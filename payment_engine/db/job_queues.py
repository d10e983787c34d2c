"""The queues of the job table: each is claimed through an index of its own, so that no backlog of
another is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from payment_engine.domain.jobs import JobKind

_DUE = "held_at IS NULL AND run_at <= $1 AND (lease_until IS NULL OR lease_until < $1)"
_WEBHOOK = f"kind = '{JobKind.HANDLE_WEBHOOK}'"
_OTHERS = f"kind <> '{JobKind.HANDLE_WEBHOOK}'"
_GATEWAY = "coalesce(gateway, '')"
"""As indexed; '' for jobs that call no gateway."""

_WEBHOOKS_DUE = f"""
SELECT id FROM job WHERE {_WEBHOOK} AND {_DUE} ORDER BY run_at LIMIT $3 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - constants of this module
_ONE_DUE = f"""
SELECT id FROM (SELECT * FROM job WHERE kind = '{{kind}}' AND subject = $4 OFFSET 0) job
WHERE {_DUE} LIMIT $3 FOR UPDATE SKIP LOCKED
"""  # noqa: S608
"""Found by its key alone: where PostgreSQL counted rows while a queue was empty, it would read the
index of that queue whole."""
_GATEWAY_DUE = f"""
SELECT id FROM job WHERE {_GATEWAY} = $4 AND {_OTHERS} AND {_DUE}
ORDER BY run_at LIMIT $3 FOR UPDATE SKIP LOCKED
"""  # noqa: S608
_REST_DUE = f"""
SELECT due.id FROM (
  WITH RECURSIVE present(gateway) AS (
    (SELECT {_GATEWAY} FROM job WHERE held_at IS NULL AND {_OTHERS} ORDER BY {_GATEWAY} LIMIT 1)
    UNION ALL
    SELECT (SELECT {_GATEWAY} FROM job
      WHERE held_at IS NULL AND {_OTHERS} AND {_GATEWAY} > present.gateway
      ORDER BY {_GATEWAY} LIMIT 1) FROM present WHERE present.gateway IS NOT NULL)
  SELECT gateway FROM present WHERE gateway <> ALL ($4::text[])) AS rest
CROSS JOIN LATERAL (SELECT id, run_at FROM job WHERE {_GATEWAY} = rest.gateway AND {_OTHERS}
  AND {_DUE} ORDER BY run_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS due
ORDER BY due.run_at LIMIT $3
"""  # noqa: S608
"""Which gateways have jobs is read by one step in the index for each of them."""


Kind = Literal["webhooks", "webhook", "look", "gateway", "rest"]

_DUE_OF: Mapping[Kind, str] = {
    "webhooks": _WEBHOOKS_DUE,
    "webhook": _ONE_DUE.format(kind=JobKind.HANDLE_WEBHOOK),
    "look": _ONE_DUE.format(kind=JobKind.CONFIRM_CHARGE),
    "gateway": _GATEWAY_DUE,
    "rest": _REST_DUE,
}


@dataclass(frozen=True)
class Queue:
    """Jobs that are claimed together, all of a kind or those of one ``value``."""

    kind: Kind
    value: str | list[str] | None = None

    @property
    def due(self) -> str:
        """Selects the ids of those that are due: $1 is the time, $3 how many at most, $4 the
        ``value`` if there is one."""
        return _DUE_OF[self.kind]


WEBHOOKS = Queue("webhooks")
"""Webhooks to apply; they call no gateway."""


def one_webhook(webhook_id: str) -> Queue:
    """The job of one webhook."""
    return Queue("webhook", webhook_id)


def one_look(attempt_id: str) -> Queue:
    """The job that looks up one charge, which a webhook reported."""
    return Queue("look", attempt_id)


def of_gateway(name: str) -> Queue:
    """The jobs that call one gateway."""
    return Queue("gateway", name)


def of_none_of(gateways: list[str]) -> Queue:
    """The jobs that call none of these gateways: no gateway, or one that is configured no more."""
    return Queue("rest", gateways)
