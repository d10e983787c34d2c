"""Paytm's wallet, linked by OTP inside one order, and what may be asked before there is one."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from payment_engine.domain.cards import network_named
from payment_engine.domain.gateway import (
    CardFacts,
    LinkEnded,
    LinkStart,
    Refused,
    Unknown,
    VpaFacts,
    WalletLink,
    WrongProof,
)
from payment_engine.domain.money import Paise
from payment_engine.gateways.paytm.tables import NETWORKS, SESSION_OVER, WRONG_OTP
from payment_engine.gateways.paytm.wire import PaytmWire, Reply
from payment_engine.gateways.reading import paise, part, text

TOKEN_LIFE = timedelta(minutes=15)
OTP_LIFE = timedelta(minutes=2)
_OTP_OVER = frozenset({"434", "708", "1107", *SESSION_OVER})
_YES = "true"


@dataclass(frozen=True)
class Session:
    """An order that a customer logs in to: its reference, its amount in paise, its token."""

    ref: str
    amount: int
    token: str
    until: str

    def sealed(self) -> SecretStr:
        """As the engine keeps it."""
        return SecretStr(json.dumps(asdict(self)))

    def link(self) -> WalletLink:
        """The wallet, once its customer has logged in."""
        until = datetime.fromisoformat(self.until)
        return WalletLink(token=self.sealed(), expires_at=until, ref=self.ref)


def new_session(ref: str, amount: Paise, token: str) -> Session:
    """The session of an order that was just opened."""
    return Session(ref, amount, token, (datetime.now(UTC) + TOKEN_LIFE).isoformat())


def session_of(kept: SecretStr) -> Session:
    """What ``sealed`` made; raises LinkEnded for anything else."""
    try:
        return Session(**json.loads(kept.get_secret_value()))
    except (ValueError, TypeError) as error:
        raise LinkEnded("not_a_link", "no link of ours") from error


async def send_otp(api: PaytmWire, session: Session, phone: str) -> LinkStart:
    """An OTP to the customer's phone; raises Refused with Paytm's reason."""
    body = {"mobileNumber": phone}
    (await api.in_order("send_otp", "/login/sendOtp", session.ref, session.token, body)).object()
    return LinkStart(state=session.sealed(), expires_at=datetime.now(UTC) + OTP_LIFE)


async def log_in(api: PaytmWire, session: Session, otp: SecretStr) -> WalletLink:
    """The order's token stands for a logged-in customer from now on."""
    body = {"otp": otp.get_secret_value()}
    path = "/login/validateOtp"
    reply = await api.in_order("validate_otp", path, session.ref, session.token, body)
    if reply.code in WRONG_OTP:
        raise WrongProof(reply.code, reply.words)
    _check_open(reply, _OTP_OVER)
    if (text(reply.object(), "authenticated") or "").lower() != _YES:
        raise Unknown("an OTP that was taken and authenticated nobody")
    return session.link()


async def balance(api: PaytmWire, session: Session) -> Paise:
    """Paise in the wallet of a logged-in customer."""
    body = {"paymentMode": "BALANCE"}
    path = "/userAsset/fetchBalanceInfo"
    reply = await api.in_order("balance", path, session.ref, session.token, body)
    _check_open(reply, SESSION_OVER)
    amount = paise(part(reply.object(), "balanceInfo").get("value"))
    if amount is None:
        raise Unknown("a balance without an amount")
    return amount


async def verify_vpa(api: PaytmWire, vpa: SecretStr) -> VpaFacts:
    """An id that does not exist may be a success with ``valid`` false, or a refusal."""
    body = {"vpa": vpa.get_secret_value()}
    reply = await api.before_order("verify_vpa", "/theia/api/v1/vpa/validate", body)
    told = reply.object()
    valid = (text(told, "valid") or "").lower()
    if valid not in (_YES, "false"):
        raise Unknown("neither valid nor not")
    return VpaFacts(valid=valid == _YES, name=text(told, "name") or text(told, "payerName"))


async def card_facts(api: PaytmWire, digits: str) -> CardFacts | None:
    """What the first digits tell; None for some that Paytm does not know."""
    reply = await api.before_order("card_facts", _BIN_PATH, {"bin": digits})
    if reply.code == "1001":
        return None
    found = part(reply.object(), "binDetail")
    scheme = text(found, "channelCode") or ""
    network = network_named(NETWORKS.get(scheme, scheme))
    indian = text(found, "isIndian")
    return CardFacts(
        network=network.name if network else None,
        kind=(text(found, "paymentMode") or "").partition("_")[0].lower() or None,
        issuer=text(found, "issuingBank"),
        country="IN" if indian == _YES else None,
    )


async def card_mode(api: PaytmWire, ref: str, token: str, digits: str) -> str:
    """The payment mode of a card that passes us; raises Refused for one not taken."""
    reply = await api.in_order("card_facts", _BIN_PATH, ref, token, {"bin": digits})
    mode = text(part(reply.object(), "binDetail"), "paymentMode")
    if mode is None:
        raise Refused("no_payment_mode", "a card of no kind")
    return mode


_BIN_PATH = "/theia/api/v1/fetchBinDetail"


def _check_open(reply: Reply, over: frozenset[str]) -> None:
    if reply.code in over and not reply.accepted:
        raise LinkEnded(reply.code, reply.words)
