"""How Paytm is called: signed calls, calls with an order's token, and which answers to believe."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from payment_engine.domain.gateway import Unknown
from payment_engine.gateways.http import Answer as HttpAnswer
from payment_engine.gateways.http import Wire, status_refuses_us
from payment_engine.gateways.paytm.envelope import (
    Envelope,
    decode_envelope,
    encode_envelope,
    encode_signed_envelope,
)
from payment_engine.gateways.paytm.messages import AccessTokenAnswer, Answer
from payment_engine.gateways.paytm.signature import KEY_SIZES, text_is_signed
from payment_engine.gateways.paytm.tables import LOGGED_FIELDS, WRONG_CREDENTIALS

Body = Mapping[str, object]
A = TypeVar("A", bound=Answer)

_SIGNED_STATUSES = frozenset({"S", "SUCCESS", "PENDING", "TXN_SUCCESS"})
"""Statuses that the answer to a signed call must be signed for."""
_REDIRECT = range(300, 400)


class PaytmConfig(BaseModel):
    """What Paytm's dashboard gives a merchant; set ``*_previous`` while a key is replaced."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: str = Field(pattern=r"^https?://[^/?#]+[^?#]*$")
    """Address of the API: https://securestage.paytmpayments.com for testing, or
    https://secure.paytmpayments.com."""
    merchant_id: str = Field(pattern=r"^[A-Za-z0-9]{1,20}$")
    """The MID."""
    merchant_key: SecretStr
    """Signs calls and verifies answers, webhooks and returns; 16, 24 or 32 bytes."""
    merchant_key_previous: SecretStr | None = None
    """The key before the last rotation: it still verifies, but no longer signs."""
    website: str = Field("DEFAULT", min_length=1)
    """The dashboard's ``websiteName``; WEBSTAGING for testing."""
    client_id: str | None = None
    """Sent with every call, if Paytm issued one with the key."""
    channel: Literal["WEB", "WAP", "APP"] = "WEB"
    """The ``channelId`` of calls."""
    wallet: bool = False
    """Whether Paytm enabled its wallet for this merchant."""

    @field_validator("merchant_key", "merchant_key_previous")
    @classmethod
    def _check_key_size(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value().encode()) not in KEY_SIZES:
            raise ValueError("a merchant key is 16, 24 or 32 bytes long")
        return key

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that a signature of Paytm's may have been made with; ours is the first."""
        keys = (self.merchant_key, self.merchant_key_previous)
        return tuple(key.get_secret_value() for key in keys if key is not None)


@dataclass(frozen=True, kw_only=True)
class PaytmRequest:
    """One call; ``order_id`` is named in its query as well, where Paytm wants that."""

    operation: str
    path: str
    body: Body
    order_id: str | None = None


class PaytmWire:
    """One merchant's connection to Paytm.

    Each way to authorize a call gives whatever Paytm answers, as a message of class ``kind``, and
    raises NotSent, or Unknown for an answer that cannot be believed or has no result.
    """

    def __init__(self, config: PaytmConfig, wire: Wire) -> None:
        self.config = config
        self.base = config.base_url.rstrip("/")
        self._wire = wire

    async def send_signed(self, request: PaytmRequest, kind: type[A]) -> A:
        """A call whose head signs its body; a good answer must be signed as well."""
        head = {"version": "v1", "channelId": self.config.channel}
        if self.config.client_id:
            head["clientId"] = self.config.client_id
        body = self._with_mid(request.body)
        content = encode_signed_envelope(head, body, self.config.keys[0], "signature")
        envelope = await self._send(request, content)
        message = _message(envelope, kind)
        if message.status in _SIGNED_STATUSES and not envelope.is_signed:
            raise Unknown("a success without a signature")
        return message

    async def send_in_order(self, request: PaytmRequest, token: str, kind: type[A]) -> A:
        """A call authorized by the token of its order."""
        head = {"version": "v1", "txnToken": token}
        content = encode_envelope(head, self._with_mid(request.body))
        return _message(await self._send(request, content), kind)

    async def send_without_order(self, request: PaytmRequest, kind: type[A]) -> A:
        """A call that belongs to no order, authorized by a token made for it alone."""
        reference = secrets.token_hex(10)
        head = {"tokenType": "ACCESS", "token": await self._access_token(reference)}
        content = encode_envelope(head, self._with_mid(request.body))
        return _message(await self._send(request, content, reference), kind)

    async def _access_token(self, reference: str) -> str:
        body = {"referenceId": reference}
        path = "/theia/api/v1/token/create"
        request = PaytmRequest(operation="access_token", path=path, body=body)
        content = encode_signed_envelope(
            {"tokenType": "CHECKSUM"}, self._with_mid(body), self.config.keys[0], "token"
        )
        envelope = await self._send(request, content, reference)
        token = _message(envelope, AccessTokenAnswer).require_accepted().access_token
        if token is None:
            raise Unknown("no access token")
        return token.get_secret_value()

    def _with_mid(self, body: Body) -> Body:
        return {"mid": self.config.merchant_id, **body}

    async def _send(
        self, request: PaytmRequest, content: bytes, reference: str | None = None
    ) -> Envelope:
        """Head and body of the answer, whatever its HTTP status."""
        answer = await self._wire.send(
            request.operation,
            "POST",
            self.base + request.path,
            headers={"content-type": "application/json"},
            allow=LOGGED_FIELDS,
            content=content,
            query=self._query(request.order_id, reference),
            refuses_us=_refuses_us,
        )
        return self._verified(answer)

    def _query(self, order_id: str | None, reference: str | None) -> dict[str, str]:
        about = {"orderId": order_id, "referenceId": reference}
        named = {name: value for name, value in about.items() if value}
        return {"mid": self.config.merchant_id, **named} if named else {}

    def _verified(self, answer: HttpAnswer) -> Envelope:
        """The envelope of an answer; raises Unknown for a signature that does not fit."""
        if answer.status in _REDIRECT:
            raise Unknown(f"a redirect: status {answer.status}")
        try:
            envelope = decode_envelope(answer.body)
        except ValueError as error:
            raise Unknown(f"status {answer.status} without head and body") from error
        if envelope.is_signed and not text_is_signed(
            envelope.text, self.config.keys, envelope.head["signature"]
        ):
            raise Unknown("an answer with a wrong signature")
        return envelope


def _refuses_us(answer: HttpAnswer) -> bool:
    """Whether Paytm refuses our checksum or merchant id, which it does in answers of HTTP 200."""
    body = answer.readable.get("body") if isinstance(answer.readable, dict) else None
    named = isinstance(body, dict) and Answer.read(body).code in WRONG_CREDENTIALS
    return named or status_refuses_us(answer)


def _message(envelope: Envelope, kind: type[A]) -> A:
    message = kind.read(envelope.body)
    if not message.status or not message.code:
        raise Unknown("an answer without a result")
    return message
