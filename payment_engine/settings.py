"""All that the environment may say: one class, every name prefixed with PE_."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from payment_engine.domain.banks import BANKS
from payment_engine.domain.wire import WireBounds

PREFIX = "PE_"

_RATE = r"[1-9][0-9]{0,5}/(?:second|minute|hour|day)"
_RATES = rf"^{_RATE}(?:;{_RATE})*$"


class BadSettings(Exception):
    """The environment does not fit; the message has one line per setting to change."""


class Settings(BaseSettings):
    """Read once at the root and passed down; nothing else reads the environment.

    Times are seconds unless the name says otherwise.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        hide_input_in_errors=True,
        extra="forbid",
        use_attribute_docstrings=True,
    )

    database_url: str = "postgres://postgres@127.0.0.1:5432/payment_engine"
    """The PostgreSQL that holds all money."""
    database_pool: int = Field(16, ge=2, le=64)
    """Connections to it, for each process."""
    mongo_url: str | None = None
    """The MongoDB of the raw gateway log; unset, the log stays in the spool."""
    spool_dir: Path = Path(".run/spool")
    """Where the raw log waits on disk while MongoDB is away."""
    raw_log_days: int = Field(180, ge=1)
    """Days that raw exchanges are kept: they outlive the longest UPI refund and dispute, then
    expire (PCI-10)."""

    secret: SecretStr = Field(min_length=32)
    """Root of everything this service signs and seals; 32 characters or more."""
    secret_previous: SecretStr | None = Field(None, min_length=32)
    """The root before the last rotation: still opens and verifies, never seals or signs."""

    host: str = "127.0.0.1"
    """The address that API, metrics of a worker and mock listen on."""
    api_port: int = Field(8000, ge=1, le=65535)
    """Where the API listens."""
    worker_port: int | None = Field(None, ge=1, le=65535)
    """Where a worker shows its metrics; unset means nowhere."""
    public_url: str = "http://127.0.0.1:8000"
    """Where customers and gateways reach the API: returns, webhooks and checkouts begin with it."""
    checkout_origins: tuple[str, ...] = ()
    """Origins of shops whose pages may call us from the browser, such as https://shop.example."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged."""
    max_body_bytes: int = Field(64 * 1024, ge=1024)
    """The largest body that is read."""
    proxies_count: int = Field(0, ge=0)
    """How many proxies of ours stand before the API: a caller's address is read behind them."""

    gateways: dict[str, dict[str, str]] = Field(default_factory=dict)
    """``PE_GATEWAYS__JUSPAY__BASE_URL`` and so on: each gateway validates its own."""

    wires: dict[str, WireBounds] = Field(default_factory=dict)
    """``PE_WIRES__PAYTM__TOTAL_TIMEOUT=10`` and so on: the bounds of each gateway (RTE-3)."""
    weights: dict[str, dict[str, Annotated[int, Field(ge=0, le=1000)]]] = Field(
        default_factory=dict
    )
    """``PE_WEIGHTS__PAYTM__CARD=30``: a gateway's share of a method where people on call have set
    none; 100 unless set, 0 is the last resort."""
    attempts_most: int = Field(25, ge=1, le=200)
    """How many attempts one payment may have, those that moved on included."""
    gateways_tried_most: int = Field(3, ge=1, le=5)
    """How many gateways one request may try, each after a proof that nothing was collected."""
    breaker_wait: float = Field(15, gt=0, le=600)
    """Seconds before one charge tries a gateway again that failed; doubles with each failure."""

    card_pass_through: bool = False
    """Whether card numbers may be sent to us, for a merchant certified under PCI DSS: they are
    passed on from memory. Off, the browser exchanges them at the gateway (PCI-9)."""
    saved_cards_most: int = Field(10, ge=1, le=100)
    """How many cards one customer may keep (TOK-13)."""

    customer_jwt_key: SecretStr | None = Field(None, min_length=32)
    """The key that the shop signs its customers' tokens with (HS256); or set customer_jwks."""
    customer_jwks: str | None = None
    """The shop's public keys, in place of one it shares with us: a JSON Web Key Set, or the path
    of a file that holds one."""
    customer_jwt_issuer: str | None = None
    """The only ``iss`` that such a token may have; unset, any that names the merchant."""
    customer_jwt_audience: str = "payment-engine"
    """What a customer's token must be meant for."""
    customer_jwt_merchant: str | None = None
    """The merchant, by name or id, whose customers these are; unset, ``iss`` names it."""

    banks: tuple[str, ...] = tuple(BANKS)
    """Which banks are offered for net banking, in this order."""
    page_wallets: tuple[str, ...] = ("mobikwik", "freecharge")
    """Which wallets are offered on a gateway's own page, without being linked (WAL-3)."""
    upi_limits: dict[str, int] = Field(default_factory=dict)
    """The most that one UPI payment may be, in paise, by merchant category; replaces the table
    of domain/upi_policy.py (UPI-15)."""
    vpa_checks_per_customer: str = Field("10/minute;60/day", pattern=_RATES)
    """How often one customer may have UPI ids verified (UPI-8)."""
    vpa_checks_per_address: str = Field("30/minute;300/day", pattern=_RATES)
    """How often one IP address may have UPI ids verified."""
    saved_vpas_most: int = Field(10, ge=1, le=100)
    """How many UPI ids one customer may keep."""

    late_checks: tuple[float, ...] = (21600, 86400, 259200)
    """When a failed attempt is asked about once more, after it started: a lost webhook may have
    told of money that came late (MOD-2)."""
    quarantine_rate: str = Field("30/minute;300/hour", pattern=_RATES)
    """How many notices of one gateway that do not verify are kept (WHK-5)."""
    quarantine_most: int = Field(2000, ge=1)
    """How many of them may wait to be verified again."""
    returns_rate: str = Field("60/minute", pattern=_RATES)
    """How often one address may come back from a gateway: each time one may be asked."""
    refund_windows: dict[str, Annotated[int, Field(ge=1)]] = Field(
        default_factory=lambda: {"upi_intent": 170, "upi_qr": 170, "upi_collect": 170}
    )
    """Days after its capture for which a payment by a method can be refunded (RFD-6); methods
    not named have no end."""
    keep_keys_hours: int = Field(72, ge=24)
    """How long an Idempotency-Key is remembered: a client that failed on Friday may retry on
    Monday."""
    keep_notices_days: int = Field(90, ge=7)
    """How long gateways' webhooks are kept once they were handled."""
    keep_messages_days: int = Field(90, ge=7)
    """How long messages to order services are kept once they were delivered."""
    keep_quarantined_days: int = Field(14, ge=1)
    """How long notices that do not verify are kept."""

    check_schedule: tuple[float, ...] = (90, 300, 1800, 3600, 21600, 43200, 86400, 172800, 259200)
    """When a pending attempt is asked about, after it started: first at 90 s, three checks
    within two hours, a slow tail to 72 h (UPI-12, UPI-13)."""
    fulfilment_window: float = Field(600, ge=0)
    """How long after expiry a late success is still honoured rather than refunded (MOD-6)."""
    worker_poll: float = Field(0.3, gt=0, le=60)
    """Seconds that a worker with nothing to do waits before it looks again."""
    notify_schedule: tuple[float, ...] = (5, 30, 120, 600, 3600, 10800, 21600, 43200)
    """Waits between tries to reach the order service; the last repeats until 72 h are over."""
    shutdown_grace: float = Field(20, gt=0)
    """Seconds that requests and jobs under way have to finish once told to stop."""

    run_dir: Path = Path(".run")
    """Where ``make run`` keeps its databases and keys."""
    postgres_port: int = Field(54329, ge=1, le=65535)
    """Where the PostgreSQL of ``make run`` listens."""
    mongo_port: int = Field(27029, ge=1, le=65535)
    """Where the MongoDB of ``make run`` listens."""
    mock_url: str | None = None
    """How browsers reach the mock gateways, where that is not where they listen."""
    mock_port: int = Field(8090, ge=1, le=65535)
    """Where the mock gateways listen."""
    mock_notify_secret: SecretStr | None = None
    """What the mock's shop verifies our notifications with."""
    demo_auto_approve: bool = False
    """Whether the mock's customers approve by themselves, after a second."""

    @field_validator("customer_jwks")
    @classmethod
    def _key_set(cls, given: str | None) -> str | None:
        """The key set itself, read from its file where a path was given."""
        if given is None:
            return None
        try:
            text = given if given.lstrip().startswith("{") else Path(given).read_text()
            keys = json.loads(text)["keys"]
        except (OSError, ValueError, KeyError, TypeError):
            keys = None
        if not isinstance(keys, list):
            raise ValueError("neither a JSON Web Key Set nor a file that holds one")
        return text


def load(environ: Mapping[str, str] = os.environ, **given: Any) -> Settings:
    """The settings, or BadSettings with one line per mistake; a mistyped name is one."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    typos = [
        name
        for name in environ
        if name.upper().startswith(PREFIX) and name.upper().split("__")[0] not in known
    ]
    lines = [f"{name}: no such setting" for name in sorted(typos)]
    try:
        settings = Settings(**given)
    except ValidationError as error:
        lines += [
            f"{PREFIX}{'__'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
    if lines:
        raise BadSettings("\n".join(lines))
    return settings
