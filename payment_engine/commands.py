"""What the commands of the command line share: the settings, or one line for each wrong one."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from payment_engine import error_reports, logs, tracing_otel
from payment_engine.brokers import build_broker
from payment_engine.brokers.base import MissingExtra
from payment_engine.encryption import OTHER_ROOT, BadSeal
from payment_engine.environment import BadSettings, load
from payment_engine.gateways import BadGatewayConfig, check_configs
from payment_engine.settings import Settings

if TYPE_CHECKING:
    from payment_engine.engine import Engine


def checked_settings(**overrides: Any) -> Settings:
    """The settings of this process, those of its gateways too; raises BadSettings."""
    settings = load(**overrides)
    try:
        check_configs(settings.gateways)
    except BadGatewayConfig as error:
        raise BadSettings(str(error)) from None
    if settings.messages_broker:
        _check_broker(settings.messages_broker.get_secret_value())
    return settings


def _check_broker(url: str) -> None:
    try:
        build_broker(url)
    except MissingExtra as error:
        raise BadSettings(f"PE_MESSAGES_BROKER: {error}") from None


def command_settings(**overrides: Any) -> Settings:
    """The same, with logging set up; exits where they do not fit."""
    return _or_exit(checked_settings, overrides)


@asynccontextmanager
async def command_engine() -> AsyncIterator["Engine"]:
    """The engine for one command; exits with what to set where the settings do not fit, or the
    secret is not the one of this database."""
    from payment_engine.engine import open_engine

    async with open_engine(command_settings()) as engine:
        try:
            yield engine
        except BadSeal:
            sys.exit(f"{OTHER_ROOT}.")


def mock_settings() -> Settings:
    """Those of the mock: a gateway's are for its imitation, and a secret is not needed."""
    return _or_exit(load, {"secret": "-" * 32})


def _or_exit(read: Any, overrides: dict[str, Any]) -> Settings:
    try:
        settings: Settings = read(**overrides)
    except BadSettings as error:
        sys.exit(f"These settings do not fit:\n{error}")
    logs.configure(settings.log_level)
    if settings.sentry_dsn:
        _report_errors(settings.sentry_dsn.get_secret_value(), settings.sentry_environment)
    if settings.otel_endpoint:
        _trace(settings.otel_endpoint, settings.otel_share)
    return settings


def _trace(endpoint: str, share: float) -> None:
    try:
        tracing_otel.start(endpoint, share)
    except tracing_otel.MissingExtra as error:
        sys.exit(f"These settings do not fit:\nPE_OTEL_ENDPOINT: {error}")


def _report_errors(dsn: str, environment: str) -> None:
    try:
        error_reports.install(error_reports.client(dsn, environment))
    except (error_reports.MissingExtra, ValueError) as error:
        sys.exit(f"These settings do not fit:\nPE_SENTRY_DSN: {error}")
