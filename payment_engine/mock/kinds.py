"""The table of everything that can be scripted; the control page and the docs are made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Stage(StrEnum):
    """Where a behaviour takes effect."""

    PAYMENT = "payment"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    ANSWER = "answer"
    LATENCY = "latency"
    WEBHOOK = "webhook"
    CONNECTION = "connection"


_REQUEST = frozenset({"gateway", "path", "order_id", "instrument", "bank"})
MATCHED_BY: Mapping[Stage, frozenset[str]] = {
    Stage.PAYMENT: _REQUEST,
    Stage.CAPTURE: _REQUEST,
    Stage.VOID: _REQUEST,
    Stage.REFUND: _REQUEST,
    Stage.ANSWER: _REQUEST | {"method"},
    Stage.LATENCY: _REQUEST | {"method"},
    Stage.WEBHOOK: frozenset({"gateway", "order_id", "event"}),
    Stage.CONNECTION: frozenset(),
}
"""What a script of each stage can be matched by."""


@dataclass(frozen=True)
class Kind:
    """One thing that can be scripted."""

    stage: Stage
    explanation: str
    """What it does, in one sentence."""
    options: Mapping[str, str] = field(default_factory=dict)
    lasting: bool = False
    """Whether it lasts until it is dropped if ``times`` is not given; others happen once."""


_SECONDS = "how long that takes (0)"
_WHEN = "`before` or `after` the request has taken effect"
_AFTER = {"when": f"{_WHEN} (after)"}
_SPREAD = {
    "seconds": "always the same",
    "low, high": "evenly spread between two",
    "p50, p95": "log-normal, by its median and its 95th percentile",
}
_CODE = "the gateway's own code, where it has any"

KINDS: Mapping[str, Kind] = {
    "approve": Kind(Stage.PAYMENT, "The customer approves.", {"seconds": _SECONDS}),
    "decline": Kind(
        Stage.PAYMENT,
        "The customer or the bank declines.",
        {"reason": "such as `insufficient_funds` (`declined`)", "seconds": _SECONDS},
    ),
    "hold": Kind(Stage.PAYMENT, "Nothing happens: the payment stays pending."),
    "late_success": Kind(
        Stage.PAYMENT,
        "The payment fails, and succeeds later all the same.",
        {"after": "seconds from the failure to the success (2)", "seconds": "until it fails (0)"},
    ),
    "outage": Kind(
        Stage.ANSWER,
        "A method or bank named by `instrument` or `bank` is down: payments by it are declined. "
        "Without either, the whole gateway answers 503.",
        {"status": "of the answers (503)"},
        lasting=True,
    ),
    "capture_failure": Kind(Stage.CAPTURE, "The capture fails; the money stays authorized."),
    "capture_slow": Kind(
        Stage.CAPTURE,
        "The bank captures slowly, and meanwhile the money reads as authorized.",
        {"seconds": "until it is captured (60)"},
    ),
    "void_failure": Kind(Stage.VOID, "The void fails; the money stays authorized."),
    "refund_hold": Kind(Stage.REFUND, "The refund stays pending until the control API ends it."),
    "refund_failure": Kind(
        Stage.REFUND, "The refund fails.", {"seconds": "until then", "code": _CODE}
    ),
    "refund_manual_review": Kind(
        Stage.REFUND,
        "The refund waits for a person at the gateway.",
        {"seconds": "until then", "code": _CODE},
    ),
    "refund_bounce": Kind(
        Stage.REFUND,
        "The refund succeeds, then the customer's bank sends the money back.",
        {"after": "seconds from the success to the return (2)", "seconds": "until the success"},
    ),
    "latency": Kind(
        Stage.LATENCY,
        "Answers take longer; the request takes effect at once.",
        _SPREAD,
        lasting=True,
    ),
    "refuse": Kind(
        Stage.CONNECTION,
        "The mock stops listening at once, drops its idle connections, and comes back: connections "
        "to all gateways and to this API are refused meanwhile.",
        {"seconds": "of real time (5)"},
    ),
    "http_status": Kind(
        Stage.ANSWER,
        "The answer is an HTTP error.",
        {
            "status": "which (500)",
            "when": f"{_WHEN} (before)",
            "retry_after": "seconds in `Retry-After` (no such header)",
        },
    ),
    "hang": Kind(
        Stage.ANSWER, "No answer for a long time.", {"seconds": "for how long (60)"} | _AFTER
    ),
    "reset": Kind(Stage.ANSWER, "The connection is cut with RST instead of an answer.", _AFTER),
    "garbage": Kind(Stage.ANSWER, "HTTP 200 with a proxy's HTML page.", _AFTER),
    "truncate": Kind(Stage.ANSWER, "Half of the answer, then the connection closes.", _AFTER),
    "status": Kind(
        Stage.ANSWER,
        "The answer, or the webhook of a named `event`, has a wrong status.",
        {"status": "the gateway's own", "status_id, code, message": "as the gateway has them"},
    ),
    "wrong_amount": Kind(
        Stage.ANSWER,
        "The answer, or the webhook of a named `event`, has a wrong amount.",
        {"amount": "in rupees (one more than the true amount)"},
    ),
    "strings": Kind(
        Stage.ANSWER,
        "Numbers and booleans of the answer, or of the webhook of a named `event`, become strings.",
    ),
    "forge": Kind(
        Stage.ANSWER,
        "The answer, or the webhook of a named `event`, is signed with another key.",
    ),
    "unsigned": Kind(
        Stage.ANSWER, "The answer, or the webhook of a named `event`, is not signed at all."
    ),
    "drop_webhook": Kind(Stage.WEBHOOK, "The webhook is never sent."),
    "duplicate_webhook": Kind(
        Stage.WEBHOOK, "The webhook is sent more than once.", {"copies": "in all (2)"}
    ),
    "delay_webhook": Kind(Stage.WEBHOOK, "The webhook is late.", {"seconds": "by how much (1)"}),
    "reorder_webhook": Kind(
        Stage.WEBHOOK,
        "The webhook is sent after the order's next one.",
        {"seconds": "after which it is sent without a next one (60)"},
    ),
    "forge_webhook": Kind(
        Stage.WEBHOOK,
        "A forged webhook comes first: wrongly signed, with another status or amount. The true one "
        "follows.",
        {"status": "of the forged webhook", "amount": "of the forged webhook, in rupees"},
    ),
}
DISTORTIONS = frozenset({"status", "wrong_amount", "strings", "forge", "unsigned"})
"""Change an answer or its signature; those of a webhook if the script names an event."""


def markdown() -> str:
    """The table as docs/mock.md has it."""
    rows = [
        f"| `{name}` | {kind.stage} | {kind.explanation}{_options(kind)} |"
        for name, kind in KINDS.items()
    ]
    return "\n".join(["| Kind | Stage | What happens |", "| --- | --- | --- |", *rows])


def _options(kind: Kind) -> str:
    """Its options as one sentence."""
    options = [f"`{name}`: {text}" for name, text in kind.options.items()]
    return " " + "; ".join(options) + "." if options else ""
