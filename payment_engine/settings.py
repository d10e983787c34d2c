"""All settings: one class, read from environment variables that start with PE_."""

import json
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from payment_engine.bootstrap_settings import BootstrapSettings
from payment_engine.domain.banks import BANKS
from payment_engine.domain.broker_address import broker_address
from payment_engine.domain.database_address import check_address
from payment_engine.domain.wire import WireBounds

PREFIX = "PE_"

_RATE = r"[1-9][0-9]{0,5}/(?:second|minute|hour|day)"
_RATES = rf"^{_RATE}(?:;{_RATE})*$"
_FEW = r"[1-9][0-9]{0,2}/(?:minute|hour|day)"
_FEW_RATES = rf"^{_FEW}(?:;{_FEW})*$"
"""Of what is counted one by one: 999 at most."""
_PRIVATE = re.compile(r"https://[^/]|http://(?:127\.0\.0\.1|localhost)[:/]")


class Settings(BootstrapSettings):
    """Read once at start and passed down; nothing else reads the environment.

    Times are seconds unless the name says otherwise.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        hide_input_in_errors=True,
        extra="forbid",
    )

    database_url: str = "postgres://postgres@127.0.0.1:5432/payment_engine"
    """The PostgreSQL database; TLS by ``?sslmode=verify-full&sslrootcert=/path/of/ca.pem``. Several
    servers, of which one takes writes: ``postgres://db1,db2/name?target_session_attrs=read-write``."""
    migration_url: str | None = None
    """The address that ``migrate`` connects to, as a role that owns the tables, where it is not
    PE_DATABASE_URL: PostgreSQL itself, if that is a pooler."""
    replica_url: str | None = None
    """A standby for what people on call search and list, and for timelines, which may then be
    behind. Where it does not answer, PE_DATABASE_URL does."""
    replica_lag_most: float = Field(30, ge=5, le=3600)
    """Seconds by which the replica may be behind; while it is more, PE_DATABASE_URL answers."""
    database_pool: int = Field(16, ge=2, le=64)
    """Database connections per process; up to five more are for its heartbeat, people on call and
    monitoring."""
    database_pooler: Literal["transaction", "prepared"] | None = None
    """The pooler between the service and PostgreSQL, if there is one. ``prepared``: PgBouncer 1.21
    or newer in transaction mode, with ``max_prepared_statements`` set. ``transaction``: an older
    one; PostgreSQL then plans each statement anew, which takes 2 ms of its time for a commit.
    ``migrate`` connects to PE_MIGRATION_URL, or directly."""
    mongo_url: str | None = None
    """The MongoDB for the raw gateway log; TLS and a user by
    ``mongodb://user:password@host/payment_engine?authSource=admin&tls=true&tlsCAFile=/path/of/ca.pem``.
    If unset, the log stays in the spool."""
    spool_dir: Path = Path(".run/spool")
    """Where the raw log is kept on disk while MongoDB is down."""
    raw_log_days: int = Field(366, ge=1)
    """Days after which raw exchanges expire. The default is a year, leap years included, for which
    logs of processing must be stored in India (DPDP Rules 2025, rule 8(3), from 13 May 2027;
    CERT-In wants the logs of systems for 180 days)."""

    secret: SecretStr = Field(min_length=32)
    """The root secret from which all keys for signing and encryption are derived."""
    secret_previous: SecretStr | None = Field(None, min_length=32)
    """The root secret before the last rotation; only decrypts and verifies."""
    secret_next: SecretStr | None = Field(None, min_length=32)
    """The root secret of the next rotation; only decrypts and verifies what processes that have
    rotated already write."""

    host: str = "127.0.0.1"
    """The address on which the API, a worker's metrics and the mock listen."""
    api_port: int = Field(8000, ge=1, le=65535)
    """The API's port."""
    admin_port: int = Field(0, ge=0, le=65535)
    """The port of /v1/admin, /console and /metrics, which PE_API_PORT then does not have, so that
    no ingress leads to them; 0 for none of their own."""
    worker_port: int = Field(8001, ge=0, le=65535)
    """The port of a worker's /metrics, /live and /ready; 0 for none."""
    public_url: str = "http://127.0.0.1:8000"
    """Where customers and gateways reach the API, for returns, webhooks and checkouts."""
    checkout_origins: tuple[str, ...] = ()
    """Origins of shop pages that may call the API from the browser, such as
    https://shop.example."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The lowest level that is logged."""
    max_body_bytes: int = Field(256 * 1024, ge=1024)
    """The largest request body that is accepted by any route; most take less (docs/routes.md)."""
    proxies_count: int = Field(0, ge=0)
    """How many of your proxies are in front of the API, to find the caller's IP address. With 0
    behind an ingress, all customers share the ingress's address and its limits: the log says so
    (``proxies_not_counted``)."""
    sentry_dsn: SecretStr | None = None
    """The address of a Sentry project that errors are reported to, without texts and personal data;
    needs the extra ``sentry``."""
    sentry_environment: str = "production"
    """The environment that those reports name."""
    otel_endpoint: str | None = None
    """Where traces are sent by OTLP over HTTP, such as http://collector:4318/v1/traces; needs the
    extra ``otel``."""
    otel_share: float = Field(1.0, ge=0, le=1)
    """The share of requests that are traced; one that comes with a trace follows it."""
    log_requests: bool = True
    """Whether each request has a line in the log: method, route, status, milliseconds and ids.
    Those of probes have none while all is well."""

    gateways: dict[str, dict[str, str]] = Field(default_factory=dict)
    """``PE_GATEWAYS__JUSPAY__BASE_URL`` and so on; each gateway validates its own settings."""

    closed_gateways: tuple[str, ...] = ()
    """Configured gateways that take no new charge, such as ``["paytm"]``: refunds, checks, webhooks
    and all else go on. A gateway that is still needed cannot be taken out of the configuration."""

    wires: dict[str, WireBounds] = Field(default_factory=dict)
    """``PE_WIRES__PAYTM__TOTAL_TIMEOUT=10`` and so on: limits of the calls to each gateway."""
    weights: dict[str, dict[str, Annotated[int, Field(ge=0, le=1000)]]] = Field(
        default_factory=dict
    )
    """``PE_WEIGHTS__PAYTM__CARD=30``: the default weight of a gateway for a method, which
    on-call can change. 100 if unset; 0 makes it the last resort."""
    attempts_most: int = Field(25, ge=1, le=200)
    """The maximum number of attempts of a payment, rerouted ones included."""
    attempts_share: float = Field(0.4, ge=0.05, le=1)
    """The part of a busy process that attempts may take beside other requests; what the process has
    to spare is theirs as well. None begins while ``PE_DATABASE_POOL`` others wait for a database
    connection."""
    attempts_wait: float = Field(2.0, gt=0, le=10)
    """Seconds for which an attempt may wait to begin. One that would wait longer is answered 503
    with ``Retry-After`` at once, and nothing of it is stored."""
    gateways_tried_most: int = Field(3, ge=1, le=5)
    """How many gateways one request may try; it moves on only if nothing was collected."""
    breaker_wait: float = Field(15, gt=0, le=600)
    """Seconds before one charge probes a failing gateway again; doubles with each failure."""

    card_fields_saq_a_ep: bool = False
    """Whether the checkout has card fields of its own, from which the browser sends a card straight
    to the gateway. The merchant then answers PCI DSS by self-assessment questionnaire A-EP. If off,
    cards are entered on the gateway's own page, which leaves SAQ A."""
    card_pass_through: bool = False
    """Whether card numbers may be sent to us, for merchants certified under PCI DSS; they are
    passed to the gateway from memory. If off, the browser sends them to the gateway itself."""
    saved_cards_most: int = Field(10, ge=1, le=100)
    """The maximum number of saved cards per customer."""

    bin_lookups_per_token: str = Field("20/minute;100/day", pattern=_RATES)
    """How often a checkout or customer token may look up a card's first digits."""
    bin_lookups_per_address: str = Field("60/minute;500/day", pattern=_RATES)
    """How often one IP address, or /64 network of IPv6, may."""
    card_declines_per_payment: str = Field("6/hour", pattern=_FEW_RATES)
    """How many cards may be declined for one payment before further ones are refused with 429."""
    card_declines_per_customer: str = Field("12/hour;30/day", pattern=_FEW_RATES)
    """The same for one customer; raise it if all guests of a shop have one reference."""
    card_declines_per_address: str = Field("15/hour;50/day", pattern=_FEW_RATES)
    """The same for one IP address, or one /64 network of IPv6; many customers may share one."""
    card_declines_per_bin: str = Field("300/hour", pattern=_FEW_RATES)
    """The same for cards with the same first six digits; a large shop needs more."""
    card_decline_wait: float = Field(10, ge=0, le=600)
    """Seconds for which another card waits after the third decline of a payment; doubles with each
    further one."""

    customer_jwt_key: SecretStr | None = Field(None, min_length=32)
    """The key with which the shop signs customer tokens (HS256), if ``PE_CUSTOMER_JWKS`` is not
    set."""
    customer_jwks: str | None = None
    """The shop's public keys for customer tokens: a JSON Web Key Set, or the path of a file with
    one."""
    customer_jwt_issuer: str | None = None
    """The required ``iss`` of customer tokens. If unset, it is ``PE_CUSTOMER_JWT_MERCHANT``."""
    customer_jwt_audience: str = "payment-engine"
    """The required ``aud`` of customer tokens."""
    customer_jwt_merchant: str | None = Field(None, validate_default=True)
    """The merchant (name or id) whose customers have these tokens; required with either key."""
    customer_jwt_lifetime: int = Field(86_400, ge=60)
    """A customer token that is valid for longer than this, in seconds, is refused."""

    oidc_jwks_url: str | None = None
    """Where the identity provider of people on call publishes its keys; with it, its tokens are
    admin tokens."""
    oidc_issuer: str | None = Field(None, validate_default=True)
    """The required ``iss`` of these tokens."""
    oidc_audience: str | None = Field(None, validate_default=True)
    """The required ``aud`` of these tokens."""
    oidc_roles_claim: str = "roles"
    """The claim that lists a person's roles; dots lead into documents: ``realm_access.roles``."""
    oidc_name_claim: str = "email"
    """The claim that names the person in the audit."""
    oidc_merchant: str | None = Field(None, validate_default=True)
    """The merchant (name or id) whose people these are."""
    oidc_lifetime: int = Field(43_200, ge=60)
    """A token of a person that is valid for longer than this, in seconds, is refused."""

    test_mode: bool = False
    """Whether the checkout says that no real money moves."""
    qr_at_once: bool = True
    """Whether a checkout on a computer shows a UPI QR code at once; see docs/payment-page.md."""
    banks: tuple[str, ...] = tuple(BANKS)
    """The banks offered for net banking, in this order."""
    page_wallets: tuple[str, ...] = ("mobikwik", "freecharge")
    """The wallets offered without linking, on a gateway's page."""
    upi_limits: dict[str, int] = Field(default_factory=dict)
    """The maximum of one UPI payment, in paise, by merchant category code; overrides NPCI's."""
    vpa_checks_per_customer: str = Field("10/minute;60/day", pattern=_RATES)
    """How often one customer may have UPI IDs validated; NPCI limits these calls."""
    vpa_checks_per_address: str = Field("30/minute;300/day", pattern=_RATES)
    """How often one IP address may have UPI IDs validated."""
    otps_per_payment: str = Field("5/hour", pattern=_RATES)
    """How often an OTP is sent for one payment; providers bill each one."""
    otps_per_customer: str = Field("5/hour;10/day", pattern=_RATES)
    """How often an OTP is sent for one customer."""
    otps_per_phone: str = Field("5/hour;10/day", pattern=_RATES)
    """How often an OTP is sent to one phone, whoever the customer is."""
    otps_per_address: str = Field("20/hour;60/day", pattern=_RATES)
    """How often an OTP is sent for one IP address; many customers may share one."""
    otps_per_merchant: str = Field("2000/hour", pattern=_RATES)
    """How often an OTP is sent for all customers of one merchant."""
    otp_guesses_per_customer: str = Field("10/hour;20/day", pattern=_RATES)
    """How many OTPs one customer may enter, however often they are sent another."""
    saved_vpas_most: int = Field(10, ge=1, le=100)
    """The maximum number of saved UPI IDs per customer."""

    late_checks: tuple[float, ...] = (21600, 86400, 259200)
    """When a failed attempt or refund is polled again, in seconds after its start, in case it
    succeeded all the same."""
    quarantine_rate: str = Field("30/minute;300/hour", pattern=_RATES)
    """How many webhooks with invalid signatures are stored per gateway; Paytm does not repeat
    them."""
    quarantine_most: int = Field(2000, ge=1)
    """How many unverified webhooks of a gateway may be in quarantine at once, and how many that
    verify and cannot be read."""
    returns_rate: str = Field("6/minute", pattern=_RATES)
    """How many browser returns of one attempt have its gateway polled; every one is sent on."""
    refund_windows: dict[str, Annotated[int, Field(ge=1)]] = Field(
        default_factory=lambda: {"upi_intent": 170, "upi_qr": 170, "upi_collect": 170}
    )
    """Days after capture during which a payment can be refunded, by method. Methods that are not
    named have no limit."""
    refund_approval_above: int | None = Field(None, ge=0)
    """Paise that may be refunded of one payment, in one refund or several, before a second person
    approves; a refund above it waits (``needs_approval``). If unset, none waits. Money that pays no
    order goes back without waiting."""
    keep_keys_hours: int = Field(72, ge=24)
    """Hours for which an Idempotency-Key is stored; by default, a client that failed on Friday can
    retry on Monday."""
    keep_personal_days: int = Field(366, ge=365)
    """Days after the last change of an ended payment until what is personal is erased from it:
    contact, UPI ID, order lines, metadata; amounts, ids and references stay. The rule wants a year
    at least, and then erasure. A payment under review, or within its refund window, waits."""
    keep_notices_days: int = Field(366, ge=7)
    """Days for which handled webhooks are stored, encrypted; a year for the same rule."""
    keep_messages_days: int = Field(366, ge=7)
    """Days for which messages to order services are stored, a year for the same rule. One that was
    given up is stored for PE_KEEP_PERSONAL_DAYS, so that a person can send it again."""
    keep_history_days: int | None = Field(None, ge=400)
    """Days for which the history of payments is stored; it leaves by whole months. If unset, it is
    stored for ever. The worker's role must own the table ``payment_event``."""
    keep_quarantined_days: int = Field(14, ge=1)
    """Days for which webhooks stay in quarantine."""

    check_schedule: tuple[float, ...] = (90, 300, 1800, 3600, 21600, 43200, 86400, 172800, 259200)
    """When a pending attempt is polled, in seconds after its start. A UPI attempt is polled at
    most as often as NPCI allows (April 2025: first after 90 s, three in two hours), whatever is set
    here. A poll that is not answered is repeated soon."""
    fulfilment_window: float = Field(600, ge=0)
    """Seconds after expiry during which a late success still pays the order instead of being
    refunded."""
    worker_poll: float = Field(0.3, gt=0, le=60)
    """Seconds between two polls of an idle worker."""
    notify_schedule: tuple[float, ...] = (5, 30, 120, 600, 3600, 10800, 21600, 43200)
    """Waits between deliveries to the order service; the last one repeats until 72 h are over."""
    messages_broker: SecretStr | None = None
    """The broker that messages are handed to instead of each merchant's address:
    ``nats://host1,host2`` with the extra ``nats``, ``redis://host`` with ``redis``; by TLS ``tls://``
    and ``rediss://``, with ``?tls_ca=/path/of/ca.pem`` for a private authority."""
    drain_seconds: float = Field(5, ge=0, le=300)
    """Seconds from the signal to stop until the API takes no more connections. Meanwhile it is not
    ready, so that the ingress sends requests elsewhere."""
    shutdown_grace: float = Field(20, gt=0)
    """Seconds that running requests and jobs have to finish when the process stops."""

    run_dir: Path = Path(".run")
    """The folder in which ``make run`` stores its databases and keys."""
    postgres_port: int = Field(54329, ge=1, le=65535)
    """The port of PostgreSQL in ``make run``."""
    mongo_port: int = Field(27029, ge=1, le=65535)
    """The port of MongoDB in ``make run``."""
    mock_url: str | None = None
    """The mock's address for browsers, if it differs from the one it listens on."""
    mock_port: int = Field(8090, ge=1, le=65535)
    """The mock's port."""
    mock_service_key: SecretStr | None = None
    """The mock shop's key of the API, with which its Buy button opens payments."""
    mock_notify_secret: SecretStr | None = None
    """The secret with which the mock's shop verifies our notifications."""
    demo_auto_approve: bool = False
    """Whether the mock customer approves every payment after a second."""

    @property
    def root_secrets(self) -> list[str]:
        """The root secret, and the others that are valid with it."""
        given = (self.secret, self.secret_previous, self.secret_next)
        return [secret.get_secret_value() for secret in given if secret]

    @field_validator("closed_gateways")
    @classmethod
    def _closed_are_configured(cls, value: tuple[str, ...], others: ValidationInfo) -> object:
        missing = sorted(set(value) - set(others.data.get("gateways", value)))
        if missing:
            raise ValueError(f"{', '.join(missing)} must be configured as well")
        return value

    @field_validator("replica_url")
    @classmethod
    def _standby(cls, value: str | None) -> str | None:
        return value and check_address(value, primary=False)

    @field_validator("database_url", "migration_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        return None if value is None else check_address(value)

    @field_validator("messages_broker")
    @classmethod
    def _broker(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            broker_address(value.get_secret_value())
        return value

    @field_validator("public_url", "mock_url", "otel_endpoint")
    @classmethod
    def _web(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"https?://[^/]", value):
            raise ValueError("must begin with http:// or https://")
        return value

    @field_validator("checkout_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [each for each in value if not re.fullmatch(r"https?://[^/]+", each)]:
            raise ValueError(f"{wrong[0]!r} is no origin, such as https://shop.example")
        return value

    @field_validator("mongo_url")
    @classmethod
    def _mongo(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("mongodb://", "mongodb+srv://")):
            raise ValueError("must begin with mongodb:// or mongodb+srv://")
        return value

    @field_validator("database_pooler", mode="before")
    @classmethod
    def _no_pooler(cls, value: object) -> object:
        """An empty value is none."""
        return None if value == "" else value

    @field_validator("customer_jwt_merchant")
    @classmethod
    def _merchant_of_customers(cls, value: str | None, known: ValidationInfo) -> str | None:
        """One merchant signs with a key; a token may not choose another one."""
        if value is None and (
            known.data.get("customer_jwt_key") or known.data.get("customer_jwks")
        ):
            raise ValueError("name the merchant whose customers' tokens are signed with this key")
        return value

    @field_validator("oidc_jwks_url")
    @classmethod
    def _private(cls, value: str | None) -> str | None:
        if value is not None and not _PRIVATE.match(value):
            raise ValueError("must begin with https://, but on this machine")
        return value

    @field_validator("oidc_issuer", "oidc_audience", "oidc_merchant")
    @classmethod
    def _required_of_people(cls, value: str | None, known: ValidationInfo) -> str | None:
        if value is None and known.data.get("oidc_jwks_url"):
            raise ValueError("is required with PE_OIDC_JWKS_URL")
        return value

    @field_validator("customer_jwks")
    @classmethod
    def _key_set(cls, value: str | None) -> str | None:
        """The JSON Web Key Set itself, read from its file if a path was given."""
        if value is None:
            return None
        try:
            text = value if value.lstrip().startswith("{") else Path(value).read_text()
            keys = json.loads(text)["keys"]
        except (OSError, ValueError, KeyError, TypeError):
            keys = None
        if not isinstance(keys, list):
            raise ValueError("neither a JSON Web Key Set nor a file with one")
        return text
