"""The table of all that the mock can be told to do; the control page and docs are made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Stage(StrEnum):
    """Where a behaviour takes hold."""

    PAYMENT = "payment"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    ANSWER = "answer"
    LATENCY = "latency"
    WEBHOOK = "webhook"
    CONNECTION = "connection"


_PAYING = frozenset({"gateway", "path", "order_id", "instrument", "bank"})
SEEN: Mapping[Stage, frozenset[str]] = {
    Stage.PAYMENT: _PAYING,
    Stage.CAPTURE: _PAYING,
    Stage.VOID: _PAYING,
    Stage.REFUND: _PAYING,
    Stage.ANSWER: _PAYING | {"method"},
    Stage.LATENCY: _PAYING | {"method"},
    Stage.WEBHOOK: frozenset({"gateway", "order_id", "event"}),
    Stage.CONNECTION: frozenset(),
}
"""What a script of each stage may ask for."""


@dataclass(frozen=True)
class Kind:
    """One thing that can be scripted."""

    stage: Stage
    words: str
    """What it does, in one line."""
    options: Mapping[str, str] = field(default_factory=dict)
    lasting: bool = False
    """Whether it lasts until it is dropped where ``times`` is not given; others happen once."""


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
    "hold": Kind(Stage.PAYMENT, "Nobody does anything: the payment stays pending."),
    "late_success": Kind(
        Stage.PAYMENT,
        "The payment fails, and succeeds all the same later.",
        {"after": "seconds from the failure to the success (2)", "seconds": "until it fails (0)"},
    ),
    "outage": Kind(
        Stage.ANSWER,
        "A method or bank named by `instrument` or `bank` is down: payments by it are declined for "
        "that. Without either, the whole gateway answers 503.",
        {"status": "of the answers (503)"},
        lasting=True,
    ),
    "capture_failure": Kind(Stage.CAPTURE, "The capture fails; the money stays held."),
    "void_failure": Kind(Stage.VOID, "The void fails; the money stays held."),
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
        Stage.LATENCY, "Answers take longer; what was asked is done at once.", _SPREAD, lasting=True
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
        {"status": "which (500)", "when": f"{_WHEN} (before)"},
    ),
    "hang": Kind(
        Stage.ANSWER, "No answer for a long time.", {"seconds": "for how long (60)"} | _AFTER
    ),
    "reset": Kind(Stage.ANSWER, "The connection is cut with RST instead of an answer.", _AFTER),
    "garbage": Kind(Stage.ANSWER, "HTTP 200 with a proxy's HTML page.", _AFTER),
    "truncate": Kind(Stage.ANSWER, "Half of the answer, then the connection closes.", _AFTER),
    "status": Kind(
        Stage.ANSWER,
        "The answer, or the webhook of a named `event`, says a status that is not so.",
        {"status": "the gateway's word", "status_id, code, message": "as the gateway has them"},
    ),
    "wrong_amount": Kind(
        Stage.ANSWER,
        "The answer, or the webhook of a named `event`, says another amount.",
        {"amount": "in rupees (one more than it is)"},
    ),
    "strings": Kind(
        Stage.ANSWER,
        "Numbers and booleans of the answer, or of the webhook of a named `event`, become texts.",
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
    "delay_webhook": Kind(Stage.WEBHOOK, "The webhook comes late.", {"seconds": "by how much (1)"}),
    "reorder_webhook": Kind(
        Stage.WEBHOOK,
        "The webhook is held until the order's next one has gone out.",
        {"seconds": "after which it goes without another (60)"},
    ),
    "forge_webhook": Kind(
        Stage.WEBHOOK,
        "Somebody else's webhook comes first: wrongly signed, with another status or amount. "
        "The true one follows.",
        {"status": "to say", "amount": "to say, in rupees"},
    ),
}
DISTORTIONS = frozenset({"status", "wrong_amount", "strings", "forge", "unsigned"})
"""Change what is said, or its signature; webhooks instead of answers where an event is named."""


def markdown() -> str:
    """The table as docs/mock.md has it."""
    rows = [
        f"| `{name}` | {kind.stage} | {kind.words}{_options(kind)} |"
        for name, kind in KINDS.items()
    ]
    return "\n".join(["| Kind | Takes hold of | What happens |", "| --- | --- | --- |", *rows])


def _options(kind: Kind) -> str:
    """Its options in words."""
    told = [f"`{name}`: {words}" for name, words in kind.options.items()]
    return " " + "; ".join(told) + "." if told else ""
