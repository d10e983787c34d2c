"""Which banks, UPI apps and wallets are down: judged by the attempts of all processes, and shared
through the database, as breakers are."""

from collections.abc import Awaitable, Callable

import structlog

from payment_engine.domain.banks import WALLETS
from payment_engine.domain.declines import ResultClass
from payment_engine.domain.downtime import Downtime, Provider, carried_out, is_down
from payment_engine.domain.payment import Attempt
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.upi import APPS
from payment_engine.engine import Engine
from payment_engine.services.routing.breakers import routing_state, shared_move

_log = structlog.get_logger()


def note_end(engine: Engine, attempt: Attempt, result: ResultClass) -> None:
    """An attempt through a bank, app or wallet ended. Whether that is down is judged in the
    background, at most once a second; its first success ends the downtime."""
    provider = provider_of(engine, attempt)
    ok = carried_out(result, attempt.decline_code)
    if provider is None or ok is None:
        return
    if not ok and engine.routes.may_judge(provider):
        engine.critical.spawn(_move(engine, provider, _judge))
    elif ok and (provider in engine.routes.state.downtimes or engine.routes.stale()):
        engine.critical.spawn(_move(engine, provider, _end))


def note_start(engine: Engine, attempt: Attempt) -> None:
    """An attempt through a provider that is down is its probe, if one is due."""
    provider = provider_of(engine, attempt)
    downtime = engine.routes.state.downtimes.get(provider) if provider else None
    if provider and downtime and downtime.admits(engine.now()):
        engine.critical.spawn(_move(engine, provider, _probe))


def downtime_of(engine: Engine, method: Method, name: str | None) -> Downtime | None:
    """Since when a provider is down; None while it is up."""
    return engine.routes.state.downtimes.get((method, name)) if name else None


def provider_of(engine: Engine, attempt: Attempt) -> Provider | None:
    """The bank, app or wallet of an attempt; None for one that nobody is offered."""
    name = attempt.choice
    return (attempt.method, name) if name and is_provider(engine, name) else None


def providers_of(engine: Engine) -> list[Provider]:
    """The apps, banks and wallets that customers may be offered, each by its method."""
    wallets = {*engine.settings.page_wallets, *(set(WALLETS) & set(engine.gateways))}
    return [
        *((Method.UPI_INTENT, app) for app in APPS),
        *((Method.NETBANKING, bank) for bank in engine.settings.banks),
        *((Method.WALLET, wallet) for wallet in sorted(wallets)),
    ]


def is_provider(engine: Engine, name: str) -> bool:
    """Whether customers are offered a bank, app or wallet of this name."""
    known = (
        *(APPS, engine.settings.banks, engine.settings.page_wallets),
        *(WALLETS, engine.gateways),
    )
    return any(name in names for names in known)


async def _judge(engine: Engine, provider: Provider) -> str | None:
    now = engine.now()
    if provider in (await routing_state(engine)).downtimes:
        return None
    if not is_down(await engine.work.provider_ends(provider, now), now):
        return None
    return "provider_down" if await engine.work.begin_downtime(provider, now) else None


async def _probe(engine: Engine, provider: Provider) -> str | None:
    probed = await engine.work.probe_provider(provider, engine.now())
    return "provider_probed" if probed else None


async def _end(engine: Engine, provider: Provider) -> str | None:
    ended = await engine.work.end_downtime(provider, engine.now())
    return "provider_up" if ended else None


async def _move(
    engine: Engine,
    provider: Provider,
    move: Callable[[Engine, Provider], Awaitable[str | None]],
) -> None:
    if moved := await shared_move(engine, move(engine, provider)):
        _log.warning(moved, method=provider[0].value, provider=provider[1])
