"""What an attempt pays with: a new card, a saved one, a UPI ID, a linked wallet."""

from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import SecretStr

from payment_engine.domain.cards import CardState, check_card, parse_expiry, pays_without_cvv
from payment_engine.domain.commit import ConsentRecord
from payment_engine.domain.consents import Purpose
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.errors import (
    CardDataNotAccepted,
    InstrumentNotUsable,
    InvalidRequest,
    TooManySaved,
)
from payment_engine.domain.gateway import Client
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Attempt, Payment
from payment_engine.domain.payment_methods import (
    CardNumber,
    CardOnFile,
    CardPage,
    CardToken,
    ChargeSource,
    LinkedWallet,
    NetBanking,
    UpiCollect,
    UpiIntent,
    UpiQr,
    Wallet,
)
from payment_engine.domain.requests.attempts import (
    AttemptIn,
    CardIn,
    CardNumberIn,
    NetbankingIn,
    UpiCollectIn,
    UpiIntentIn,
    UpiQrIn,
    WalletIn,
)
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.instruments import cards, vpas, wallets
from payment_engine.services.instruments.consents import new_consent

_FIRST_LOOK = timedelta(seconds=10)


@dataclass(frozen=True, kw_only=True)
class PaymentSource:
    """What the customer pays with; secrets are in memory only.

    ``homes``: the gateways that can charge a saved instrument, each with its token.
    """

    instrument_id: str | None = None
    homes: dict[str, SecretStr] | None = None
    ref: str | None = None
    """The only reference that a wallet's link pays, if its provider ties it to one."""
    cvv: SecretStr | None = None
    card: CardNumber | None = None
    vpa: str | None = field(default=None, repr=False)
    """The UPI ID that the collect request goes to."""
    save: bool = False

    def token_at(self, gateway: str) -> SecretStr | None:
        """This gateway's token; a token is never used at another gateway."""
        return (self.homes or {}).get(gateway)


NO_INSTRUMENT = PaymentSource()


def charge_source(request: AttemptIn, source: PaymentSource, gateway: Gateway) -> ChargeSource:
    """What ``gateway`` charges: a token only if this gateway issued it."""
    match request:
        case UpiIntentIn(app=app):
            return UpiIntent(app=app)
        case UpiQrIn():
            return UpiQr()
        case UpiCollectIn():
            return UpiCollect(vpa=str(source.vpa))
        case NetbankingIn(bank=bank):
            return NetBanking(bank=bank)
        case WalletIn(wallet=wallet):
            token = source.token_at(gateway.name)
            return LinkedWallet(token=token) if token else Wallet(wallet=wallet)
        case CardIn():
            return _card_source(request, source, gateway)


def _card_source(request: CardIn, source: PaymentSource, gateway: Gateway) -> ChargeSource:
    if token := source.token_at(gateway.name):
        return CardOnFile(token=token, cvv=source.cvv)
    if source.card:
        return source.card
    if request.card_token and gateway.card_entry():
        return CardToken(token=request.card_token, save=source.save)
    return CardPage(save=source.save)


async def resolve_source(engine: Engine, payment: Payment, request: AttemptIn) -> PaymentSource:
    """Find what the request names among the instruments of the payment's customer.

    Raises NotFound for an instrument of another customer, InstrumentNotUsable, InvalidVpa,
    TooManySaved, CardDataNotAccepted if cards are not passed through, InvalidRequest for a
    typed card that cannot be one.
    """
    if isinstance(request, WalletIn) and request.instrument_id:
        wallet_id = request.instrument_id
        tokens = await wallets.tokens_of(engine, payment.customer_key, wallet_id, payment.id)
        return PaymentSource(instrument_id=wallet_id, homes=tokens.by_gateway, ref=tokens.ref)
    if isinstance(request, UpiCollectIn):
        vpa = await vpas.resolve_vpa(engine, payment.customer_key, request)
        return PaymentSource(instrument_id=request.instrument_id, vpa=vpa)
    if not isinstance(request, CardIn):
        return NO_INSTRUMENT
    if request.instrument_id:
        return await _saved_card(engine, payment.customer_key, request)
    save = request.consent_to_save is not None
    if save:
        await _check_room(engine, payment.customer_key)
    return PaymentSource(card=_typed_card(engine, request.card, save=save), save=save)


def consent_to_save(
    engine: Engine, change: PaymentChange, attempt: Attempt, request: AttemptIn, client: Client
) -> ConsentRecord | None:
    """The customer's consent to saving, if they gave it; a job saves once the attempt is paid."""
    save = request.consent_to_save
    if save is None:
        return None
    is_card = isinstance(request, CardIn)
    job = JobKind.SAVE_CARD if is_card else JobKind.SAVE_VPA
    change.request_job(job, attempt.id, change.now + _FIRST_LOOK, attempt.gateway)
    return new_consent(
        engine,
        change.payment.customer_key,
        purpose=Purpose.SAVE_CARD if is_card else Purpose.SAVE_VPA,
        given=True,
        text_version=save.text_version,
        subject=attempt.id,
        client=client,
    )


async def _saved_card(engine: Engine, customer: CustomerKey, request: CardIn) -> PaymentSource:
    card = await cards.find_card(customer, str(request.instrument_id))
    homes = await cards.tokens_of(engine, card)
    if card.state is not CardState.ACTIVE or not homes:
        raise InstrumentNotUsable("this card cannot be used right now", state=card.state)
    if request.cvv is None and not pays_without_cvv(card.network, reported=card.cvv_less):
        errors = [{"pointer": "/cvv", "message": "is required for this card"}]
        raise InvalidRequest("/cvv: is required for this card", errors=errors)
    return PaymentSource(instrument_id=card.id, homes=homes, cvv=request.cvv)


async def _check_room(engine: Engine, customer: CustomerKey) -> None:
    most = engine.settings.saved_cards_most
    if await cards.count_cards(customer) >= most:
        raise TooManySaved(
            f"the limit of {most} saved cards is reached: delete one, or pay without saving"
        )


def _typed_card(engine: Engine, typed: CardNumberIn | None, *, save: bool) -> CardNumber | None:
    """A card number passed through, which is never stored: only for PCI DSS certified merchants."""
    if typed is None:
        return None
    if not engine.settings.card_pass_through:
        errors = [{"pointer": "/card", "message": "send card_token, from the browser's entry"}]
        raise CardDataNotAccepted(
            "card numbers are not accepted here: send card_token", errors=errors
        )
    number, expiry, cvv = (
        each.get_secret_value() for each in (typed.number, typed.expiry, typed.cvv)
    )
    name = typed.name.get_secret_value() if typed.name else None
    wrong = check_card(number=number, expiry=expiry, cvv=cvv, name=name, now=engine.now())
    month_year = parse_expiry(expiry)
    if wrong or month_year is None:
        errors = [{"pointer": f"/card/{each.field}", "message": each.message} for each in wrong]
        raise InvalidRequest("the card is not valid", errors=errors)
    digits = SecretStr(number.replace(" ", "").replace("-", ""))
    month, year = month_year
    return CardNumber(number=digits, month=month, year=year, cvv=typed.cvv, name=name, save=save)
