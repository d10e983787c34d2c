"""Wallets that customers link: by OTP or by consent at the provider, used and let go (WAL-1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from pydantic import SecretStr
from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from payment_engine.db.connection import Connection
from payment_engine.db.models import LinkedWallet
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import (
    InstrumentNotUsable,
    LinkNotStarted,
    NotFound,
    Unavailable,
    Unsupported,
    WrongLinkProof,
)
from payment_engine.domain.gateway import (
    Client,
    Customer,
    GatewayFailure,
    LinkEnded,
    LinkRequest,
    WalletLink,
    WrongProof,
)
from payment_engine.domain.ids import gateway_ref, is_id, new_id
from payment_engine.domain.money import Paise
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.instruments import LinkStarted, WalletOut, wallet_document
from payment_engine.services.payments import visible_payment

STARTED, LINKED, EXPIRED, DELINKED = "started", "linked", "expired", "delinked"
MOST_TRIES = 3
"""Wrong OTPs before the customer must ask for another (WAL-1)."""
_ALMOST = timedelta(minutes=2)
_FRESH = timedelta(seconds=30)
_MOST_REFRESHED = 4
_RETRY_AFTER = 5

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a customer gave to link a wallet; the phone is kept nowhere."""

    client: Client
    phone: str | None = None
    return_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What is sealed of a wallet: the state of a link under way, or its token."""

    state: str | None = None
    token: str | None = None
    ref: str | None = None
    """The only charge that it pays, where its provider says so."""


async def start_link(engine: Engine, caller: Caller, name: str, asked: Asked) -> LinkStarted:
    """Begin a link: an OTP goes to the phone, or the customer's consent is asked for at a URL.

    Raises Unsupported, Unavailable. An earlier link that was not finished is given up.
    """
    gateway, ref, amount = linking(engine, name), gateway_ref(_id(engine, "att")), 0
    if caller.payment_id:
        amount = (await visible_payment(engine, caller, caller.payment_id)).payment.amount
    request = LinkRequest(
        ref=ref,
        amount=Paise(amount),
        customer=Customer(ref=str(caller.customer_ref), phone=asked.phone),
        return_url=asked.return_url or f"{engine.settings.public_url}/checkout/{caller.payment_id}",
        client=asked.client,
    )
    try:
        started = await gateway.link_start(request)
    except GatewayFailure as failure:
        raise _unavailable(failure) from failure
    wallet = await _new(engine, caller, name, Holding(state=started.state.get_secret_value()))
    return {
        "wallet_id": wallet.id,
        "next": {"kind": "redirect", "url": started.url} if started.url else {"kind": "otp"},
        "expires_at": format_time(started.expires_at),
    }


async def finish_link(engine: Engine, caller: Caller, name: str, proof: SecretStr) -> WalletOut:
    """Finish with the OTP or the code that came back from the provider, which is kept nowhere.

    Raises LinkNotStarted, WrongLinkProof, Unavailable.
    """
    wallet = await _current(caller, name)
    if wallet is None or not await _may_try(wallet):
        raise LinkNotStarted("start linking this wallet first")
    state = SecretStr(_held(engine, wallet).state or "")
    try:
        link = await linking(engine, name).link_finish(state, proof)
    except WrongProof as wrong:
        left = MOST_TRIES - wallet.tries - 1
        words = f"that code is not right; {left} tries are left"
        raise WrongLinkProof(words, tries_left=left) from wrong
    except LinkEnded as ended:
        await _end(engine, wallet, EXPIRED, still=(STARTED,))
        raise LinkNotStarted("linking has timed out: start again") from ended
    except GatewayFailure as failure:
        raise _unavailable(failure) from failure
    tied = caller.payment_id if link.ref else None
    await _keep(engine, wallet, link, linked_at=engine.now(), payment_id=tied)
    await _refresh(engine, await LinkedWallet.get(id=wallet.id))
    return wallet_document(await LinkedWallet.get(id=wallet.id))


async def read_wallet(engine: Engine, caller: Caller, name: str) -> WalletOut:
    """The linked wallet with its balance as of now, or as last heard (WAL-2). Raises NotFound."""
    wallet = await _current(caller, name)
    if wallet is None or wallet.state != LINKED:
        raise NotFound
    if not wallet.balance_at or engine.now() - wallet.balance_at > _FRESH:
        await _refresh(engine, wallet)
        wallet = await LinkedWallet.get(id=wallet.id)
    if wallet.state != LINKED:
        raise NotFound
    return wallet_document(wallet)


async def unlink(engine: Engine, caller: Caller, name: str) -> None:
    """Let a wallet go and forget its token; again is the same."""
    if wallet := await _current(caller, name):
        await _end(engine, wallet, DELINKED)


async def unlink_all(engine: Engine, merchant_id: str, customer_ref: str) -> None:
    """The same for every wallet of a customer."""
    for wallet in await LinkedWallet.filter(merchant_id=merchant_id, customer_ref=customer_ref):
        await _end(engine, wallet, DELINKED)


async def tokens_of(
    engine: Engine, merchant_id: str, customer_ref: str, wallet_id: str, payment_id: str
) -> tuple[dict[str, SecretStr], str | None]:
    """The gateway of a linked wallet and its token, renewed where it is about to end.

    Beside it the reference of the only charge that it pays, if it pays but one. Raises NotFound
    for anybody else's, InstrumentNotUsable for one whose link is over or pays another payment.
    """
    owner = {"merchant_id": merchant_id, "customer_ref": customer_ref}
    found = LinkedWallet.filter(id=wallet_id, **owner) if is_id("wal", wallet_id) else None
    wallet = await found.first() if found else None
    if wallet is None:
        raise NotFound
    if wallet.state == LINKED:
        await _renew_if_due(engine, wallet)
        await wallet.refresh_from_db()
    held = _held(engine, wallet)
    elsewhere = wallet.payment_id not in (None, payment_id)
    if wallet.state != LINKED or not held.token or elsewhere:
        raise InstrumentNotUsable("link this wallet again", state=wallet.state)
    return {wallet.gateway: SecretStr(held.token)}, held.ref


async def spend(tx: Connection, wallet_id: str, now: datetime) -> None:
    """End a link that pays one charge alone, with the intent to make that charge."""
    await LinkedWallet.filter(id=wallet_id).using_db(tx).update(**_wiped(EXPIRED, now))


def refresh_soon(engine: Engine, wallet_ids: list[str]) -> None:
    """Ask for balances behind the caller's back: a few, and never twice at once."""
    for wallet_id in wallet_ids[:_MOST_REFRESHED]:
        if engine.balances.start(wallet_id):
            engine.critical.spawn(_refresh_by_id(engine, wallet_id))


def linking(engine: Engine, name: str) -> Gateway:
    """The gateway whose wallet is meant; raises Unsupported where it links none (WAL-3)."""
    gateway = engine.gateways.get(name)
    if gateway is None or not gateway.supports("link_start"):
        raise Unsupported(f"{name} wallets cannot be linked here")
    return gateway


async def _refresh_by_id(engine: Engine, wallet_id: str) -> None:
    try:
        await _refresh(engine, await LinkedWallet.get(id=wallet_id))
    finally:
        engine.balances.end(wallet_id)


async def _refresh(engine: Engine, wallet: LinkedWallet) -> None:
    """A balance that cannot be had leaves the old one; a link that is over ends."""
    gateway = engine.gateways.get(wallet.gateway)
    if gateway is None or not gateway.supports("balance") or wallet.state != LINKED:
        return
    try:
        await _renew_if_due(engine, wallet)
        await wallet.refresh_from_db()
        paise = await gateway.balance(SecretStr(_held(engine, wallet).token or ""))
    except LinkEnded:
        await _end(engine, wallet, EXPIRED)
    except GatewayFailure as failure:
        _log.info("balance_not_known", gateway=wallet.gateway, failure=type(failure).__name__)
    else:
        now = engine.now()
        await LinkedWallet.filter(id=wallet.id).update(balance=paise, balance_at=now)


async def _renew_if_due(engine: Engine, wallet: LinkedWallet) -> None:
    gateway = engine.gateways.get(wallet.gateway)
    until = wallet.token_expires_at
    if gateway is None or until is None or until - engine.now() > _ALMOST:
        return
    if not gateway.supports("link_renew"):
        if until <= engine.now():
            await _end(engine, wallet, EXPIRED)
        return
    try:
        link = await gateway.link_renew(SecretStr(_held(engine, wallet).token or ""))
    except LinkEnded:
        await _end(engine, wallet, EXPIRED)
    except GatewayFailure as failure:
        _log.warning("link_not_renewed", gateway=wallet.gateway, failure=type(failure).__name__)
    else:
        await _keep(engine, wallet, link)


async def _new(engine: Engine, caller: Caller, name: str, held: Holding) -> LinkedWallet:
    """Two that begin at once: the later one stands."""
    for _ in range(2):
        if earlier := await _current(caller, name):
            await _end(engine, earlier, DELINKED)
        try:
            wallet_id = _id(engine, "wal")
            return await LinkedWallet.create(
                id=wallet_id,
                merchant_id=caller.merchant_id,
                customer_ref=str(caller.customer_ref),
                gateway=name,
                wallet=name,
                state=STARTED,
                sealed=_seal(engine, wallet_id, held),
                created_at=engine.now(),
            )
        except IntegrityError:
            continue
    raise Unavailable("another request is linking this wallet", retry_after=_RETRY_AFTER)


async def _may_try(wallet: LinkedWallet) -> bool:
    """Take one of the tries; of two that guess at once, each takes its own."""
    trying = LinkedWallet.filter(id=wallet.id, state=STARTED, tries__lt=MOST_TRIES)
    return bool(await trying.update(tries=F("tries") + 1))


async def _current(caller: Caller, name: str) -> LinkedWallet | None:
    owner = {"merchant_id": caller.merchant_id, "customer_ref": str(caller.customer_ref)}
    return await LinkedWallet.filter(**owner, wallet=name, state__in=(STARTED, LINKED)).first()


async def _keep(engine: Engine, wallet: LinkedWallet, link: WalletLink, **also: Any) -> None:
    held = Holding(token=link.token.get_secret_value(), ref=link.ref)
    await LinkedWallet.filter(id=wallet.id, state__in=(STARTED, LINKED)).update(
        state=LINKED,
        sealed=_seal(engine, wallet.id, held),
        token_expires_at=link.expires_at,
        **also,
    )


async def _end(
    engine: Engine, wallet: LinkedWallet, state: str, still: tuple[str, ...] = (STARTED, LINKED)
) -> None:
    """Unless it moved on meanwhile: of two that finish at once, one finds the other's link."""
    found = LinkedWallet.filter(id=wallet.id, state__in=still)
    await found.update(**_wiped(state, engine.now()))


def _wiped(state: str, now: datetime) -> dict[str, Any]:
    return {
        "state": state,
        "sealed": None,
        "balance": None,
        "balance_at": None,
        "ended_at": now,
    }


def _held(engine: Engine, wallet: LinkedWallet) -> Holding:
    if wallet.sealed is None:
        return Holding()
    return Holding(**orjson.loads(engine.sealer.open(wallet.sealed, wallet.id)))


def _seal(engine: Engine, wallet_id: str, held: Holding) -> bytes:
    return engine.sealer.seal(orjson.dumps(held), wallet_id)


def _unavailable(failure: GatewayFailure) -> Unavailable:
    _log.warning("link_without_answer", failure=type(failure).__name__)
    return Unavailable("the wallet's provider did not answer", retry_after=_RETRY_AFTER)


def _id(engine: Engine, prefix: Any) -> str:
    return new_id(prefix, int(engine.now().timestamp() * 1000))
