"""Generates the tables in docs/ from the code: python -m payment_engine docs."""

import ast
import base64
import hashlib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from prometheus_client.metrics import MetricWrapperBase
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from payment_engine import metrics
from payment_engine.app import create_app
from payment_engine.blueprints.operation import OPERATIONS
from payment_engine.domain import declines
from payment_engine.domain.errors import all_errors
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import (
    AttemptStatus,
    RefundStatus,
    Step,
    step_attempt,
    step_refund,
)
from payment_engine.domain.wire import WireBounds
from payment_engine.gateways import find_gateways
from payment_engine.gateways.base import Gateway
from payment_engine.services.oncall.jobs import HANDLERS
from payment_engine.settings import PREFIX, Settings
from payment_engine.signals import OWN_SIGNALS, SIGNALS
from payment_engine.web.bundle import script_reasons
from payment_engine.web.pages import checkout_page, sdk_asset

_SECTION = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- /generated -->)", re.DOTALL)
_REQUIRED_VERBS = frozenset(Gateway.__abstractmethods__)
_NOT_VERBS = frozenset({"supports", "receive_webhook", "merchant_id"})
_TYPE_NAMES: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    SecretStr: "secret",
    Path: "path",
    tuple: "JSON list",
    dict: "by name",
}


def rewrite(folder: Path) -> list[str]:
    """Generate the sections of every page in a folder; returns the names of changed pages."""
    changed = []
    for page in sorted(folder.glob("*.md")):
        text = page.read_text()
        if (generated := filled(text)) != text:
            page.write_text(generated)
            changed.append(page.name)
    return changed


def filled(text: str) -> str:
    """A page with its sections generated; raises KeyError for an unknown section."""
    return _SECTION.sub(lambda found: f"{found[1]}\n{SECTIONS[found[2]]()}\n{found[3]}", text)


def section_names(text: str) -> list[str]:
    """The names of the generated sections in a page."""
    return [found[2] for found in _SECTION.finditer(text)]


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *([_cell(each) for each in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("``", "`").replace("|", "\\|")


def _first_line(documented: object) -> str:
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def _gateways() -> str:
    gateways = find_gateways()
    kinds = list(gateways.values())
    methods = [
        [f"`{method}`", "method", *_marks(method in each.methods for each in kinds)]
        for method in Method
    ]
    verbs = [
        [
            f"`{verb}`",
            _first_line(getattr(Gateway, verb)),
            *_marks(each.supports(verb) for each in kinds),
        ]
        for verb in _optional_verbs()
    ]
    traits = [
        [f"`{trait}`", meaning, *(_trait(getattr(each, trait)) for each in kinds)]
        for trait, meaning in _TRAITS.items()
    ]
    return _table(["", "Meaning", *gateways], [*methods, *verbs, *traits])


_TRAITS = {
    "captures_partly": "Whether `capture` may take part of the authorized amount",
    "wallet_linked_by": "How a wallet is linked",
    "wallet_needs_link": "Whether a wallet must be linked before it can pay",
    "shows_within": "After this, an order that the gateway does not know was never started",
    "page_shows_within": "The same for a card that is entered on the gateway's own page",
}


def _trait(value: object) -> str:
    if isinstance(value, timedelta):
        return f"{value // timedelta(minutes=1)} minutes"
    return value if isinstance(value, str) else "yes" if value else ""


def _optional_verbs() -> list[str]:
    public = (name for name in vars(Gateway) if not name.startswith("_"))
    return [
        name
        for name in public
        if name not in _REQUIRED_VERBS | _NOT_VERBS and inspect.isfunction(vars(Gateway)[name])
    ]


def _marks(flags: Iterable[bool]) -> Iterator[str]:
    return ("yes" if flag else "" for flag in flags)


def _declines() -> str:
    return _table(
        ["Code", "English", "Hindi", "Cause", "Retry", "Money"],
        (
            [f"`{code}`", d.text.en, d.text.hi, d.cause, d.retry, d.money]
            for code, d in declines.DECLINES.items()
        ),
    )


def _codes(codes: Mapping[str, str]) -> str:
    theirs: dict[str, list[str]] = {}
    for code, ours in codes.items():
        theirs.setdefault(ours, []).append(f"`{code}`")
    return _table(
        ["Our code", "Their codes"], ([f"`{o}`", ", ".join(t)] for o, t in theirs.items())
    )


def _settings() -> str:
    return _settings_table(Settings, PREFIX)


def _gateway_settings() -> str:
    parts = [
        f"### {gateway.__name__}\n\n"
        + _settings_table(gateway.Config, f"{PREFIX}GATEWAYS__{name.upper()}__")
        for name, gateway in find_gateways().items()
    ]
    return "\n".join(parts)


def _wire_settings() -> str:
    return _settings_table(WireBounds, f"{PREFIX}WIRES__<GATEWAY>__")


def _settings_table(shape: type[BaseModel], prefix: str) -> str:
    meanings = dict(_meanings(shape))
    return _table(
        ["Setting", "Value", "Default", "Meaning"],
        (
            [f"`{prefix}{name.upper()}`", _value(field), _default(field), meanings.get(name, "")]
            for name, field in shape.model_fields.items()
        ),
    )


def _meanings(shape: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """The text below each field of a class and of those it inherits from.

    pydantic would read it whenever the class is imported, and processes do not need it.
    """
    for each in reversed(shape.__mro__):
        if issubclass(each, BaseModel):
            (definition,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
            yield from _texts(definition)


def _texts(definition: ast.stmt) -> Iterator[tuple[str, str]]:
    for pair in pairwise(getattr(definition, "body", ())):
        match pair:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)


def _value(field: FieldInfo) -> str:
    kind = field.annotation
    options = [each for each in get_args(kind) if each is not type(None)]
    if get_origin(kind) not in (tuple, dict, Literal) and options:
        kind = options[0]
    if get_origin(kind) is Literal:
        return ", ".join(_code(each) for each in get_args(kind))
    return _TYPE_NAMES[get_origin(kind) or kind] + _bounds(field)


def _bounds(field: FieldInfo) -> str:
    formats = {
        "ge": "from {}",
        "gt": "above {}",
        "le": "to {}",
        "min_length": "of {} characters or more",
    }
    bounds = [
        text.format(getattr(each, bound))
        for bound, text in formats.items()
        for each in field.metadata
        if getattr(each, bound, None) is not None
    ]
    return f", {' '.join(bounds)}" if bounds and not bounds[0].startswith("of 1 ") else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ({}, ()):
        return ""
    if isinstance(value, dict):
        return ", ".join(f"`{name}`: {each}" for name, each in value.items())
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    return _code(str(value).lower() if isinstance(value, bool) else value)


def _code(value: object) -> str:
    return f"`{value}`" if str(value).strip() else f'`"{value}"`'


def _routes() -> str:
    declared = {(o.method, o.path.strip("/")): o for o in OPERATIONS}
    rows = [
        [
            o.method,
            _path(o.path),
            _callers(o.callers, o.roles),
            "yes" if o.idempotent else "",
            _size(o.max_body) if o.body else "",
            o.summary,
        ]
        for o in OPERATIONS
    ]
    app = create_app(Settings(secret=SecretStr("-" * 32)))
    others = (
        (method, route)
        for route in app.router.routes_all.values()
        for method in sorted(route.methods)
        if (method, route.path) not in declared
    )
    rows += [
        [
            method,
            _path("/" + route.path),
            "anyone",
            "",
            _size(getattr(route.ctx, "max_body", 0)) if method == "POST" else "",
            _first_line(route.handler),
        ]
        for method, route in others
    ]
    rows.sort(key=lambda row: (row[1], row[0]))
    return _table(["Method", "Path", "Callers", "Key", "Body", "Purpose"], rows)


def _size(most: int) -> str:
    return f"{most // 1024} kB"


def _path(path: str) -> str:
    return "`" + re.sub(r"<(\w+):\w+>", r"{\1}", path) + "`"


def _callers(callers: frozenset[str], roles: tuple[str, ...]) -> str:
    return ", ".join(sorted(callers)) + (f" ({' and '.join(roles)})" if roles else "")


def _errors() -> str:
    return _table(
        ["Code", "Status", "Title", "Retry the same call", "When"],
        (
            [f"`{e.code}`", str(e.status), e.title, "yes" if e.retryable else "", _first_line(e)]
            for e in all_errors()
        ),
    )


def _attempt_states() -> str:
    steps = ((a, b, step_attempt(a, b)) for a in AttemptStatus for b in AttemptStatus)
    return _diagram(steps, AttemptStatus.CREATED)


def _refund_states() -> str:
    steps = ((a, b, step_refund(a, b)) for a in RefundStatus for b in RefundStatus)
    return _diagram(steps, RefundStatus.CREATED, RefundStatus.NEEDS_APPROVAL)


def _diagram(steps: Iterable[tuple[str, str, Step]], *first: str) -> str:
    labels = {Step.MOVE: "", Step.LATE: ": late"}
    lines = [f"  {a} --> {b}{labels[step]}\n" for a, b, step in steps if step in labels]
    begin = [f"  [*] --> {status}\n" for status in first]
    return f"```mermaid\nstateDiagram-v2\n{''.join([*begin, *lines])}```\n"


def _jobs() -> str:
    return _table(
        ["Job", "Purpose"], ([f"`{kind}`", _first_line(w)] for kind, w in HANDLERS.items())
    )


def _metrics() -> str:
    rows = []
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            family = next(iter(metric.describe()))
            ending = "_total" if family.type == "counter" else ""
            labels = ", ".join(f"`{label}`" for label in metric._labelnames)
            rows.append([f"`{family.name}{ending}`", family.type, labels, family.documentation])
    for signal in (*SIGNALS, *OWN_SIGNALS):
        labels = ", ".join(f"`{label}`" for label in signal.labels)
        rows.append([f"`payment_engine_{signal.name}`", "gauge", labels, signal.meaning])
    return _table(["Metric", "Type", "Labels", "Meaning"], rows)


def _sdk() -> str:
    digest = base64.b64encode(hashlib.sha384(sdk_asset().body).digest()).decode()
    tag = f'<script src="https://pay.example/checkout.js" integrity="sha384-{digest}"'
    return f'```html\n{tag}\n  crossorigin="anonymous" defer></script>\n```\n'


def _scripts() -> str:
    rows = [[f"`{name}`", reason] for name, reason in script_reasons("checkout.js").items()]
    page = checkout_page()
    hashes = f"Scripts: `{' '.join(page.scripts)}`. Styles: `{' '.join(page.styles)}`."
    return _table(["Script", "Why it is there"], rows) + "\n" + hashes + "\n"


SECTIONS: Mapping[str, Callable[[], str]] = {
    "gateways": _gateways,
    "declines": _declines,
    "upi-codes": lambda: _codes(declines.UPI_CODES),
    "card-codes": lambda: _codes(declines.CARD_CODES),
    "settings": _settings,
    "gateway-settings": _gateway_settings,
    "wire-settings": _wire_settings,
    "routes": _routes,
    "errors": _errors,
    "metrics": _metrics,
    "attempt-states": _attempt_states,
    "refund-states": _refund_states,
    "jobs": _jobs,
    "scripts": _scripts,
    "sdk": _sdk,
}
"""The sections, by the name in ``<!-- generated: name -->``."""
