"""Linked wallets: read with their balance, used to pay, unlinked. ``wallet_links`` links them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from pydantic import SecretStr

from payment_engine.db.models import LinkedWallet, owned_by
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.errors import InstrumentNotUsable, NotFound
from payment_engine.domain.gateway import GatewayFailure, LinkEnded, WalletLink
from payment_engine.domain.ids import is_id
from payment_engine.domain.wallets import WalletState
from payment_engine.engine import Engine
from payment_engine.services.documents.instruments import WalletOut, wallet_document

_CURRENT = (WalletState.STARTED, WalletState.LINKED)
_RENEW_BEFORE = timedelta(minutes=2)
"""A token that expires sooner than this is renewed before it is used."""
_FRESH = timedelta(seconds=30)
_MAX_REFRESHED = 4

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class WalletSecrets:
    """The encrypted part of a wallet: the gateway's state of an unfinished link, or its token."""

    state: str | None = None
    token: str | None = None
    ref: str | None = None
    """The only charge that the link pays, if its provider ties it to one."""


@dataclass(frozen=True, kw_only=True)
class WalletTokens:
    """What a linked wallet pays with: its gateway's token, by gateway name."""

    by_gateway: dict[str, SecretStr]
    ref: str | None
    """The only charge that the link pays, if its provider ties it to one."""


async def read_wallet(engine: Engine, customer: CustomerKey, name: str) -> WalletOut:
    """The linked wallet with its balance; an old balance is fetched again. Raises NotFound.

    A balance that cannot be fetched stays as it was, with its time.
    """
    wallet = await current_wallet(customer, name)
    if wallet is None or wallet.state != WalletState.LINKED:
        raise NotFound
    if not wallet.balance_at or engine.now() - wallet.balance_at > _FRESH:
        await refresh(engine, wallet)
        wallet = await LinkedWallet.get(id=wallet.id)
    if wallet.state != WalletState.LINKED:
        raise NotFound
    return wallet_document(wallet)


async def unlink(engine: Engine, customer: CustomerKey, name: str) -> None:
    """End a wallet's link and wipe its token; repeating it is harmless."""
    if wallet := await current_wallet(customer, name):
        await end_link(engine, wallet, WalletState.DELINKED)


async def unlink_all(engine: Engine, customer: CustomerKey) -> None:
    """Unlink every wallet of a customer."""
    for wallet in await LinkedWallet.filter(**owned_by(customer)):
        await end_link(engine, wallet, WalletState.DELINKED)


async def tokens_of(
    engine: Engine, customer: CustomerKey, wallet_id: str, payment_id: str
) -> WalletTokens:
    """The token to charge a linked wallet with, renewed if it is about to expire.

    Raises NotFound for another customer's wallet, InstrumentNotUsable for one whose link is over
    or is tied to another payment.
    """
    found = LinkedWallet.filter(id=wallet_id, **owned_by(customer))
    wallet = await found.first() if is_id("wal", wallet_id) else None
    if wallet is None:
        raise NotFound
    if wallet.state == WalletState.LINKED:
        await _renew_if_due(engine, wallet)
        await wallet.refresh_from_db()
    secrets = open_secrets(engine, wallet)
    tied_elsewhere = wallet.payment_id not in (None, payment_id)
    if wallet.state != WalletState.LINKED or not secrets.token or tied_elsewhere:
        raise InstrumentNotUsable("link this wallet again", state=wallet.state)
    return WalletTokens(by_gateway={wallet.gateway: SecretStr(secrets.token)}, ref=secrets.ref)


def refresh_in_background(engine: Engine, wallet_ids: list[str]) -> None:
    """Fetch the balances of a few wallets without waiting; none is fetched twice at once."""
    for wallet_id in wallet_ids[:_MAX_REFRESHED]:
        if engine.balances.start(wallet_id):
            engine.critical.spawn(_refresh_by_id(engine, wallet_id))


async def refresh(engine: Engine, wallet: LinkedWallet) -> None:
    """Fetch a wallet's balance; on failure the old one stays, and a link that is over ends."""
    gateway = engine.gateways.get(wallet.gateway)
    if gateway is None or not gateway.supports("balance") or wallet.state != WalletState.LINKED:
        return
    try:
        await _renew_if_due(engine, wallet)
        await wallet.refresh_from_db()
        paise = await gateway.balance(SecretStr(open_secrets(engine, wallet).token or ""))
    except LinkEnded:
        await end_link(engine, wallet, WalletState.EXPIRED)
    except GatewayFailure as failure:
        _log.info("balance_not_known", gateway=wallet.gateway, cause=failure.cause.value)
    else:
        now = engine.now()
        await LinkedWallet.filter(id=wallet.id).update(balance=paise, balance_at=now)


async def current_wallet(customer: CustomerKey, name: str) -> LinkedWallet | None:
    """The customer's wallet of this name that is linked or being linked."""
    found = LinkedWallet.filter(**owned_by(customer), wallet=name, state__in=_CURRENT)
    return await found.first()


async def store_link(
    engine: Engine, wallet: LinkedWallet, link: WalletLink, **columns: Any
) -> None:
    """Write a link that was just finished or renewed, unless the wallet was unlinked meanwhile."""
    secrets = WalletSecrets(token=link.token.get_secret_value(), ref=link.ref)
    await LinkedWallet.filter(id=wallet.id, state__in=_CURRENT).update(
        state=WalletState.LINKED,
        sealed=seal_secrets(engine, wallet.id, secrets),
        token_expires_at=link.expires_at,
        **columns,
    )


async def end_link(
    engine: Engine,
    wallet: LinkedWallet,
    state: WalletState,
    only_from: tuple[str, ...] = _CURRENT,
) -> None:
    """End a link and wipe its secrets, unless its state changed from ``only_from`` meanwhile."""
    found = LinkedWallet.filter(id=wallet.id, state__in=only_from)
    await found.update(**_ended(state, engine.now()))


def open_secrets(engine: Engine, wallet: LinkedWallet) -> WalletSecrets:
    """A wallet's secrets, decrypted; empty if they are wiped."""
    if wallet.sealed is None:
        return WalletSecrets()
    return WalletSecrets(**orjson.loads(engine.sealer.open(wallet.sealed, wallet.id)))


def seal_secrets(engine: Engine, wallet_id: str, secrets: WalletSecrets) -> bytes:
    """A wallet's secrets, encrypted for its row."""
    return engine.sealer.seal(orjson.dumps(secrets), wallet_id)


async def _refresh_by_id(engine: Engine, wallet_id: str) -> None:
    try:
        await refresh(engine, await LinkedWallet.get(id=wallet_id))
    finally:
        engine.balances.end(wallet_id)


async def _renew_if_due(engine: Engine, wallet: LinkedWallet) -> None:
    gateway = engine.gateways.get(wallet.gateway)
    expires_at = wallet.token_expires_at
    if gateway is None or expires_at is None or expires_at - engine.now() > _RENEW_BEFORE:
        return
    if not gateway.supports("link_renew"):
        if expires_at <= engine.now():
            await end_link(engine, wallet, WalletState.EXPIRED)
        return
    try:
        token = open_secrets(engine, wallet).token or ""
        link = await gateway.link_renew(SecretStr(token))
    except LinkEnded:
        await end_link(engine, wallet, WalletState.EXPIRED)
    except GatewayFailure as failure:
        _log.warning("link_not_renewed", gateway=wallet.gateway, cause=failure.cause.value)
    else:
        await store_link(engine, wallet, link)


def _ended(state: WalletState, now: datetime) -> Mapping[str, Any]:
    return {
        "state": state.value,
        "sealed": None,
        "balance": None,
        "balance_at": None,
        "ended_at": now,
    }
