"""What happens in one simulated history: everything a seed decides before it begins.

A plan is a list of parts, each of which can be left out: that is how a failure is shrunk.
"""

from dataclasses import dataclass, replace
from random import Random
from typing import Literal

CONCURRENT_SECONDS = 240.0
"""For so long four processes run, and are killed."""
PLANNED_SECONDS = 7200.0
"""Until then everybody has done what is planned."""
FAULTY_SECONDS = 25_200.0
"""After this nothing misbehaves any more: seven hours, so that late checks meet faults, too."""
FINAL_WITHIN = 96 * 3600.0
"""Seconds after the last fault by which everything is final: polls end after 72 hours, and failed
attempts and refunds are looked up for three days."""

CALLS = ("charge", "fetch_charge", "refund", "fetch_refund", "capture", "void")
GATEWAYS = ("alpha", "beta")

CALL_FAULTS: dict[str, tuple[str, ...]] = {
    "read": (
        *("not_sent", "dropped", "hang", "error_before", "garbage", "throttled", "wrong_amount"),
        *("token_expired", "not_shown"),
    ),
    "write": (
        *("not_sent", "dropped", "hang", "arrives_late", "error_before", "error_after"),
        *("garbage", "throttled", "refused", "refused_after", "conflict_after", "token_expired"),
    ),
}
DATABASE_FAULTS = ("lost_before", "lost_after", "arrives_late", "deadlock", "refused", "hang")
SHOP_FAULTS = ("error", "hang", "lost_answer")
WEBHOOK_FAULTS = ("dropped", "twice", "hour_late", "minute_late", "wrong_amount")

Do = Literal[
    "open_again",
    "reopen",
    "pay",
    "double_click",
    "second_tab",
    "replace",
    "return",
    "read",
    "cancel",
    "capture",
    "void",
    "refund",
    "refund_twice",
    "refund_at_gateway",
    "forged_webhook",
    "lying_webhook",
    "garbage_webhook",
    "list_webhook",
    "foreign_webhook",
]
SHOPPER: tuple[Do, ...] = ("pay", "double_click", "second_tab", "replace", "return", "read")
SHOP: tuple[Do, ...] = ("open_again", "reopen", "reopen", "cancel", "read")
MONEY: dict[str, tuple[Do, ...]] = {
    "automatic": ("refund", "refund", "refund_twice"),
    "manual": ("capture", "capture", "void", "refund"),
}
STRANGER: tuple[Do, ...] = (
    *("forged_webhook", "lying_webhook", "garbage_webhook", "list_webhook", "foreign_webhook"),
)


@dataclass(frozen=True)
class Action:
    """One thing that somebody does with an order, so many seconds after the order began."""

    do: Do
    at: float
    share: float = 1.0
    """How much of the amount, for a capture or refund."""
    method: str = "upi_qr"


@dataclass(frozen=True)
class OrderPlan:
    """An order and what happens to it."""

    number: int
    at: float
    amount: int
    capture: str
    expires_in: int
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Kill:
    """Process ``process`` dies at turn ``turns`` of its code after the time ``at``."""

    process: int
    at: float
    turns: int
    away: float
    """Seconds until it is started again."""


@dataclass(frozen=True)
class Fault:
    """The ``nth`` use of a site goes wrong in this way."""

    site: str
    nth: int
    kind: str


@dataclass(frozen=True)
class Outage:
    """A gateway, the shop or the database is away from ``at`` on for so many seconds."""

    what: str
    at: float
    seconds: float


@dataclass(frozen=True)
class Plan:
    """One history, before it happens."""

    seed: int
    orders: tuple[OrderPlan, ...]
    kills: tuple[Kill, ...]
    faults: tuple[Fault, ...]
    outages: tuple[Outage, ...]
    skews: tuple[float, ...]
    """Seconds by which the clock of each process is fast."""
    most_attempts: int | None = None
    """How many attempts the customer may start within a day; None if nobody set a limit."""
    approval_above: int | None = None
    """Paise of a payment above which refunds wait for a second person; None if none does."""


def plan_of(seed: int) -> Plan:
    """The plan of a seed, always the same one."""
    draw = Random(f"{seed}/plan")
    rate, busy = draw.choice((0.0, 0.05, 0.15, 0.3)), draw.random() < _BUSY
    numbers = range(_MANY if busy else draw.choice((1, 2, 3)))
    dashboard = Random(f"{seed}/dashboard")
    orders = [_order(draw, number, busy=busy) for number in numbers]
    limit = Random(f"{seed}/limit")
    most = limit.randint(1, len(orders)) if limit.random() < _LIMITED else None
    return Plan(
        seed=seed,
        orders=tuple(_with_dashboard(dashboard, each) for each in _at_once(orders, most)),
        kills=tuple(_kill(draw) for _ in range(16 if busy else draw.choice((0, 1, 2, 4, 8, 16)))),
        faults=tuple(_faults(draw, rate)),
        outages=tuple(_outages(draw, busy=busy)),
        skews=tuple(draw.choice((0.0, draw.uniform(-2, 2))) for _ in range(4)),
        most_attempts=most,
        approval_above=_approval_above(Random(f"{seed}/approval")),
    )


def parts_of(plan: Plan) -> list[object]:
    """Everything in a plan that can be left out, the largest first."""
    actions = [action for order in plan.orders for action in order.actions]
    return [*plan.orders, *plan.kills, *plan.outages, *plan.faults, *actions]


def without(plan: Plan, left_out: frozenset[object]) -> Plan:
    """The plan without some of its parts."""
    return replace(
        plan,
        orders=tuple(
            replace(each, actions=tuple(a for a in each.actions if a not in left_out))
            for each in plan.orders
            if each not in left_out
        ),
        kills=tuple(each for each in plan.kills if each not in left_out),
        faults=tuple(each for each in plan.faults if each not in left_out),
        outages=tuple(each for each in plan.outages if each not in left_out),
    )


_IN_DASHBOARD, _LIMITED, _APPROVING = 0.15, 0.1, 0.3
_BUSY, _MANY = 0.04, 10
"""In so many histories so many orders are paid at once while a gateway is away."""


def _order(draw: Random, number: int, *, busy: bool) -> OrderPlan:
    first = Action("pay", draw.uniform(0, 20), method="upi_qr" if busy else _method(draw))
    capture = draw.choice(("automatic", "automatic", "manual"))
    others = [_action(draw, capture) for _ in range(1 if busy else draw.randint(1, 6))]
    return OrderPlan(
        number=number,
        at=draw.uniform(0, 30),
        amount=draw.choice((100, 49900, 116400)),
        capture=capture,
        expires_in=draw.choice((60, 60, 120, 300, 900)),
        actions=(first, *others),
    )


def _at_once(orders: list[OrderPlan], most: int | None) -> list[OrderPlan]:
    """A customer with a limit pays all orders at one moment, in as many tabs."""
    if most is None:
        return orders
    return [
        replace(each, at=0.0, actions=(replace(each.actions[0], at=15.0), *each.actions[1:]))
        for each in orders
    ]


def _approval_above(draw: Random) -> int | None:
    """In some histories a second person decides about larger refunds, or about all."""
    return draw.choice((0, 30000)) if draw.random() < _APPROVING else None


def _with_dashboard(draw: Random, order: OrderPlan) -> OrderPlan:
    """Some shops refund some orders in their dashboard at the gateway as well."""
    if draw.random() > _IN_DASHBOARD:
        return order
    latest, share = draw.choice((60, 300, PLANNED_SECONDS / 2)), draw.choice((1.0, 0.5, 0.25))
    return replace(
        order,
        actions=(*order.actions, Action("refund_at_gateway", draw.uniform(0, latest), share)),
    )


def _action(draw: Random, capture: str) -> Action:
    who = draw.choice((SHOPPER, SHOPPER, SHOP, MONEY[capture], MONEY[capture], STRANGER))
    latest = draw.choice((40, 100, 240, PLANNED_SECONDS / 2))
    share = draw.choice((1.0, 0.5, 0.6, 0.25))
    return Action(draw.choice(who), draw.uniform(0, latest), share, _method(draw))


def _method(draw: Random) -> str:
    return draw.choice(("upi_qr", "upi_qr", "upi_intent", "card", "netbanking"))


def _kill(draw: Random) -> Kill:
    latest = draw.choice((30, 30, 80, CONCURRENT_SECONDS * 0.8, PLANNED_SECONDS))
    at, turns = draw.uniform(0, latest), draw.randint(1, 80)
    return Kill(draw.randrange(4), at, turns, draw.choice((1.0, 5.0, 15.0, 40.0)))


def _faults(draw: Random, rate: float) -> list[Fault]:
    sites = {f"{name}.{call}": _kinds(call) for name in GATEWAYS for call in CALLS}
    sites |= {f"{name}.webhook": WEBHOOK_FAULTS for name in GATEWAYS}
    sites |= {"shop": SHOP_FAULTS, "database.commit": DATABASE_FAULTS}
    sites |= {f"database.{each}": ("lost_before", "lost_after") for each in ("load", "end_jobs")}
    sites |= {f"database.{each}": ("lost_before", "lost_after") for each in _STATEMENTS}
    return [
        Fault(site, nth, draw.choice(kinds))
        for site, kinds in sites.items()
        for nth in range(12)
        if draw.random() < rate * _factor(site, nth)
    ]


def _factor(site: str, nth: int) -> float:
    """The database fails less often, and what is called seldom more often at its first calls."""
    if site.startswith("database"):
        return 1 / 3
    seldom = site.endswith(("refund", "capture", "void"))
    return 3.0 if seldom and nth < 3 else 1.0


_STATEMENTS = ("claim_jobs", "claim_messages", "end_messages", "store_webhook", "key", "fetch")


def _kinds(call: str) -> tuple[str, ...]:
    return CALL_FAULTS["read" if call.startswith("fetch") else "write"]


def _outages(draw: Random, *, busy: bool) -> list[Outage]:
    found = [Outage(draw.choice(GATEWAYS), 0, draw.choice((40.0, 90.0)))] if busy else []
    if draw.random() < 0.15:
        found.append(Outage("shop", draw.uniform(0, CONCURRENT_SECONDS), 3600))
    if draw.random() < 0.1:
        found.append(Outage("database", draw.uniform(0, 200), draw.choice((2.0, 12.0, 40.0))))
    return found
