"""All that the environment may say: one class, every name prefixed with PE_."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "PE_"


class BadSettings(Exception):
    """The environment does not fit; the message has one line per setting to change."""


class Settings(BaseSettings):
    """Read once at the root and passed down; nothing else reads the environment.

    Times are seconds unless the name says otherwise.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", hide_input_in_errors=True, extra="forbid"
    )

    database_url: str = "postgres://postgres@127.0.0.1:5432/payment_engine"
    database_pool: int = Field(16, ge=2, le=64)
    mongo_url: str | None = None
    spool_dir: Path = Path(".run/spool")
    raw_log_days: int = Field(180, ge=1)
    """Raw exchanges outlive the longest UPI refund and dispute, then expire (PCI-10)."""

    secret: SecretStr = Field(min_length=32)
    """Root of everything this service signs and seals; 32 characters or more."""
    secret_previous: SecretStr | None = Field(None, min_length=32)
    """The root before the last rotation: still opens and verifies, never seals or signs."""

    host: str = "127.0.0.1"
    api_port: int = Field(8000, ge=1, le=65535)
    worker_port: int | None = Field(None, ge=1, le=65535)
    """Where a worker shows its metrics; unset means nowhere."""
    public_url: str = "http://127.0.0.1:8000"
    checkout_origins: tuple[str, ...] = ()
    """Origins of shops whose pages may call us from the browser, such as https://shop.example."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    max_body_bytes: int = Field(64 * 1024, ge=1024)
    proxies_count: int = Field(0, ge=0)

    gateways: dict[str, dict[str, str]] = Field(default_factory=dict)
    """PE_GATEWAYS__JUSPAY__BASE_URL and so on: each gateway validates its own."""

    check_schedule: tuple[float, ...] = (90, 300, 1800, 3600, 21600, 43200, 86400, 172800, 259200)
    """When a pending attempt is asked about, after it started: first at 90 s, three checks
    within two hours, a slow tail to 72 h (UPI-12, UPI-13)."""
    fulfilment_window: float = Field(600, ge=0)
    """How long after expiry a late success is still honoured rather than refunded (MOD-6)."""
    worker_poll: float = Field(0.3, gt=0, le=60)
    notify_schedule: tuple[float, ...] = (5, 30, 120, 600, 3600, 10800, 21600, 43200)
    """Waits between tries to reach the order service; the last repeats until 72 h are over."""
    shutdown_grace: float = Field(20, gt=0)

    run_dir: Path = Path(".run")
    postgres_port: int = Field(54329, ge=1, le=65535)
    mongo_port: int = Field(27029, ge=1, le=65535)
    mock_url: str = "http://127.0.0.1:8090"
    mock_port: int = Field(8090, ge=1, le=65535)
    mock_notify_secret: SecretStr | None = None
    """What the mock's shop verifies our notifications with."""
    demo_auto_approve: bool = False


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
