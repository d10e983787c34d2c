"""Linking a wallet: by an OTP to the customer's phone, or by consent on the provider's page."""

from dataclasses import dataclass

import structlog
from pydantic import SecretStr
from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from payment_engine.db.models import LinkedWallet, owned_by
from payment_engine.domain.callers import Caller
from payment_engine.domain.card_testing import network_of_address
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.errors import (
    LinkNotStarted,
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
from payment_engine.domain.ids import gateway_ref
from payment_engine.domain.money import Paise
from payment_engine.domain.wallets import WalletState
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.access.rates import Use, count_uses
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.instruments import LinkStarted, WalletOut, wallet_document
from payment_engine.services.instruments.wallets import (
    WalletSecrets,
    current_wallet,
    end_link,
    open_secrets,
    refresh,
    seal_secrets,
    store_link,
)
from payment_engine.services.lifecycle.read import visible_payment

MAX_TRIES = 3
"""How many wrong OTPs are allowed before the customer must request another."""
_RETRY_AFTER = 5

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class LinkInput:
    """What a customer sends to link a wallet; the phone number is never stored."""

    client: Client
    phone: str | None = None
    return_url: str | None = None


async def start_link(
    engine: Engine, caller: Caller, name: str, link_input: LinkInput
) -> LinkStarted:
    """Have an OTP sent to the phone, or get the URL where the customer consents.

    An earlier link that was not finished is abandoned. Raises Unsupported, Unavailable and
    TooManyRequests.
    """
    gateway = linking_gateway(engine, name)
    await _count_otp(engine, caller, link_input)
    request = await _link_request(engine, caller, link_input)
    try:
        started = await gateway.link_start(request)
    except GatewayFailure as failure:
        raise _unavailable(failure) from failure
    secrets = WalletSecrets(state=started.state.get_secret_value())
    wallet = await _create(engine, caller.customer, name, secrets)
    return {
        "wallet_id": wallet.id,
        "next": {"kind": "redirect", "url": started.url} if started.url else {"kind": "otp"},
        "expires_at": format_time(started.expires_at),
    }


async def finish_link(engine: Engine, caller: Caller, name: str, proof: SecretStr) -> WalletOut:
    """Finish with the OTP, or the code that the provider's page returned; it is never stored.

    Raises LinkNotStarted, WrongLinkProof, Unavailable, TooManyRequests.
    """
    guesses = engine.settings.otp_guesses_per_customer
    await count_uses(engine, Use("otp guess", ":".join(caller.customer), guesses))
    wallet = await current_wallet(caller.customer, name)
    if wallet is None or not await _take_try(wallet):
        raise LinkNotStarted("start linking this wallet first")
    link = await _finish_at_gateway(engine, wallet, proof)
    tied_to = caller.payment_id if link.ref else None
    await store_link(engine, wallet, link, linked_at=engine.now(), payment_id=tied_to)
    await refresh(engine, await LinkedWallet.get(id=wallet.id))
    return wallet_document(await LinkedWallet.get(id=wallet.id))


def linking_gateway(engine: Engine, name: str) -> Gateway:
    """The gateway whose wallet this is; raises Unsupported if it cannot link wallets."""
    gateway = engine.open_gateways.get(name)
    if gateway is None or not gateway.supports("link_start"):
        raise Unsupported(f"{name} wallets cannot be linked here")
    return gateway


async def _count_otp(engine: Engine, caller: Caller, link_input: LinkInput) -> None:
    """A consent on the provider's page counts too, but not for its address."""
    rates = engine.settings
    uses = {
        "payment": (caller.payment_id, rates.otps_per_payment),
        "customer": (":".join(caller.customer), rates.otps_per_customer),
        "phone": (link_input.phone, rates.otps_per_phone),
        "address": (_otp_address(link_input), rates.otps_per_address),
        "merchant": (caller.merchant_id, rates.otps_per_merchant),
    }
    by_whom = (Use(f"otp by {who}", value, rate) for who, (value, rate) in uses.items() if value)
    await count_uses(engine, *by_whom)


def _otp_address(link_input: LinkInput) -> str | None:
    """The network that has an OTP sent; None for a consent, which sends and costs nothing: many
    customers of a mobile operator share an address.
    """
    return network_of_address(link_input.client.ip) if link_input.phone else None


async def _link_request(engine: Engine, caller: Caller, link_input: LinkInput) -> LinkRequest:
    amount = 0
    if caller.payment_id:
        amount = (await visible_payment(engine, caller, caller.payment_id)).payment.amount
    checkout = f"{engine.settings.public_url}/checkout/{caller.payment_id}"
    return LinkRequest(
        ref=gateway_ref(engine.new_id("att")),
        amount=Paise(amount),
        customer=Customer(ref=caller.customer.ref, phone=link_input.phone),
        return_url=link_input.return_url or checkout,
        client=link_input.client,
    )


async def _finish_at_gateway(engine: Engine, wallet: LinkedWallet, proof: SecretStr) -> WalletLink:
    state = SecretStr(open_secrets(engine, wallet).state or "")
    try:
        return await linking_gateway(engine, wallet.wallet).link_finish(state, proof)
    except WrongProof as wrong:
        left = MAX_TRIES - wallet.tries - 1
        raise WrongLinkProof(f"wrong code; {left} tries are left", tries_left=left) from wrong
    except LinkEnded as ended:
        started = (WalletState.STARTED,)
        await end_link(engine, wallet, WalletState.EXPIRED, only_from=started)
        raise LinkNotStarted("linking has timed out: start again") from ended
    except GatewayFailure as failure:
        raise _unavailable(failure) from failure


async def _create(
    engine: Engine, customer: CustomerKey, name: str, secrets: WalletSecrets
) -> LinkedWallet:
    """Replaces the customer's current wallet of this name; of two at once the later one stays."""
    for _ in range(2):
        if earlier := await current_wallet(customer, name):
            await end_link(engine, earlier, WalletState.DELINKED)
        try:
            wallet_id = engine.new_id("wal")
            return await LinkedWallet.create(
                id=wallet_id,
                **owned_by(customer),
                gateway=name,
                wallet=name,
                state=WalletState.STARTED,
                sealed=seal_secrets(engine, wallet_id, secrets),
                created_at=engine.now(),
                using_db=engine.db.connection,
            )
        except IntegrityError:
            continue
    raise Unavailable("another request is linking this wallet", retry_after=_RETRY_AFTER)


async def _take_try(wallet: LinkedWallet) -> bool:
    """Whether a try is left; each of two guesses at once takes its own."""
    found = LinkedWallet.filter(id=wallet.id, state=WalletState.STARTED, tries__lt=MAX_TRIES)
    return bool(await found.update(tries=F("tries") + 1))


def _unavailable(failure: GatewayFailure) -> Unavailable:
    _log.warning("link_without_answer", cause=failure.cause.value)
    return Unavailable("the wallet's provider did not answer", retry_after=_RETRY_AFTER)
