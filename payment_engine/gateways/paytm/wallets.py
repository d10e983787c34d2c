"""Paytm's wallet: linked by an OTP inside one order, which is the only one it then pays."""

from collections.abc import Container
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from payment_engine.domain.gateway import LinkEnded, LinkStart, Unknown, WalletLink, WrongProof
from payment_engine.domain.money import Paise
from payment_engine.gateways.paytm.messages import Answer, BalanceAnswer, OtpAnswer
from payment_engine.gateways.paytm.tables import OTP_ENDED, SESSION_EXPIRED, WRONG_OTP
from payment_engine.gateways.paytm.wire import A, Body, PaytmRequest, PaytmWire

TOKEN_LIFE = timedelta(minutes=15)
OTP_LIFE = timedelta(minutes=2)
_BALANCE_PATH = "/userAsset/fetchBalanceInfo"


class OrderSession(BaseModel):
    """An order that a customer logs in to: its reference, its amount in paise, its token."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    ref: str
    amount: int
    token: str = Field(repr=False)
    until: datetime

    def serialized(self) -> SecretStr:
        """The session as one text, which the engine encrypts and stores."""
        return SecretStr(self.model_dump_json())

    def link(self) -> WalletLink:
        """The linked wallet, once the customer has logged in."""
        return WalletLink(token=self.serialized(), expires_at=self.until, ref=self.ref)


def new_session(ref: str, amount: Paise, token: str) -> OrderSession:
    """The session of an order that was just opened."""
    until = datetime.now(UTC) + TOKEN_LIFE
    return OrderSession(ref=ref, amount=amount, token=token, until=until)


def read_session(token: SecretStr) -> OrderSession:
    """What ``serialized`` made; raises LinkEnded for anything else."""
    try:
        return OrderSession.model_validate_json(token.get_secret_value())
    except ValidationError as error:
        raise LinkEnded("not_a_link", "not a link of this wallet") from error


async def send_otp(api: PaytmWire, session: OrderSession, phone: str) -> LinkStart:
    """Have an OTP sent to the customer's phone; raises Refused with Paytm's reason."""
    body = {"mobileNumber": phone}
    answer = await _send(api, session, OtpAnswer, "send_otp", "/login/sendOtp", body)
    answer.require_accepted()
    return LinkStart(state=session.serialized(), expires_at=datetime.now(UTC) + OTP_LIFE)


async def validate_otp(api: PaytmWire, session: OrderSession, otp: SecretStr) -> WalletLink:
    """Log the customer in: from now on the order's token stands for their wallet.

    Raises WrongProof for a wrong OTP, LinkEnded where no other may be tried.
    """
    body = {"otp": otp.get_secret_value()}
    answer = await _send(api, session, OtpAnswer, "validate_otp", "/login/validateOtp", body)
    if answer.code in WRONG_OTP:
        raise WrongProof(answer.code, answer.message)
    _check_not_ended(answer, OTP_ENDED.keys())
    if not answer.require_accepted().authenticated:
        raise Unknown("an OTP was accepted, but nobody is logged in")
    return session.link()


async def balance(api: PaytmWire, session: OrderSession) -> Paise:
    """What the wallet of a logged-in customer holds, in paise; raises LinkEnded."""
    body = {"paymentMode": "BALANCE"}
    answer = await _send(api, session, BalanceAnswer, "balance", _BALANCE_PATH, body)
    _check_not_ended(answer, SESSION_EXPIRED.keys())
    amount = answer.require_accepted().balance_info.value.paise
    if amount is None:
        raise Unknown("a balance without an amount")
    return amount


async def _send(
    api: PaytmWire, session: OrderSession, kind: type[A], operation: str, path: str, body: Body
) -> A:
    request = PaytmRequest(operation=operation, path=path, body=body, order_id=session.ref)
    return await api.send_in_order(request, session.token, kind)


def _check_not_ended(answer: Answer, codes: Container[str]) -> None:
    if answer.code in codes and not answer.accepted:
        raise LinkEnded(answer.code, answer.message)
