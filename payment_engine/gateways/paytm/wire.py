"""How Paytm is spoken to: signed calls, calls by an order's token, and whom to believe."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from payment_engine.domain.gateway import Refused, Unknown
from payment_engine.gateways.http import Answer, Wire
from payment_engine.gateways.paytm.checksum import KEY_SIZES, text_is_signed
from payment_engine.gateways.paytm.envelope import Envelope, disclose, enclose, enclose_signed
from payment_engine.gateways.paytm.tables import FIELDS
from payment_engine.gateways.reading import impersonal, part, text

_GOOD = frozenset({"S", "SUCCESS", "PENDING", "TXN_SUCCESS"})
"""Words that are believed only with a signature, where the call is a signed one."""
_API = "/theia/api/v1"
_REDIRECT = range(300, 400)


class PaytmConfig(BaseModel):
    """What Paytm's dashboard gives a merchant; ``*_previous`` serves a rotation (WHK-6)."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )

    base_url: str = Field(pattern=r"^https?://[^/?#]+[^?#]*$")
    """Its API: https://securestage.paytmpayments.com or https://secure.paytmpayments.com."""
    merchant_id: str = Field(pattern=r"^[A-Za-z0-9]{1,20}$")
    """The MID."""
    merchant_key: SecretStr
    """Signs calls and verifies answers, webhooks and returns; 16, 24 or 32 bytes."""
    merchant_key_previous: SecretStr | None = None
    """The key before the last rotation: still verifies, never signs."""
    website: str = Field("DEFAULT", min_length=1)
    """The ``websiteName`` of the dashboard; WEBSTAGING on its stage."""
    client_id: str | None = None
    """Sent in the head of every call where Paytm gave one with the key."""
    channel: Literal["WEB", "WAP", "APP"] = "WEB"
    """The ``channelId`` of calls."""
    wallet: bool = False
    """Whether this merchant may be paid from Paytm wallets (WAL-3)."""

    @field_validator("merchant_key", "merchant_key_previous")
    @classmethod
    def _fits(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value().encode()) not in KEY_SIZES:
            raise ValueError("a merchant key is 16, 24 or 32 bytes long")
        return key

    @property
    def keys(self) -> tuple[str, ...]:
        """What a signature of Paytm's may have been made with."""
        keys = (self.merchant_key, self.merchant_key_previous)
        return tuple(key.get_secret_value() for key in keys if key is not None)


@dataclass(frozen=True)
class Reply:
    """The body of an answer, and its ``resultInfo``."""

    body: dict[str, Any]
    status: str
    code: str

    @property
    def accepted(self) -> bool:
        """Whether Paytm did what it was asked to, which is never that money moved."""
        return self.status in ("S", "SUCCESS")

    @property
    def words(self) -> str:
        """What it said to people, fit to be kept."""
        return impersonal(text(part(self.body, "resultInfo"), "resultMsg") or "")

    def object(self) -> dict[str, Any]:
        """The body of a success; raises Refused with Paytm's code, else Unknown."""
        if self.accepted:
            return self.body
        if self.status == "F":
            raise Refused(impersonal(self.code), self.words)
        raise Unknown(f"{self.status} {self.code}")


class PaytmWire:
    """One merchant's connection to Paytm."""

    def __init__(self, config: PaytmConfig, wire: Wire) -> None:
        self.config = config
        self.base = config.base_url.rstrip("/")
        self._wire = wire

    async def signed(
        self, operation: str, path: str, body: Mapping[str, Any], query: Mapping[str, str]
    ) -> Reply:
        """A call whose head signs its body; a good answer must be signed as well."""
        head = {"version": "v1", "channelId": self.config.channel}
        if self.config.client_id:
            head["clientId"] = self.config.client_id
        content = enclose_signed(head, self._ours(body), self.config.keys[0], "signature")
        answer = self._heard(await self._send(operation, path, content, query))
        reply = _reply(answer)
        if reply.status in _GOOD and "signature" not in answer.head:
            raise Unknown("good news without a signature")
        return reply

    async def in_order(
        self, operation: str, path: str, ref: str, token: str, body: Mapping[str, Any]
    ) -> Reply:
        """A call by the token of one order."""
        content = enclose({"version": "v1", "txnToken": token}, self._ours(body))
        query = {"mid": self.config.merchant_id, "orderId": ref}
        return _reply(self._heard(await self._send(operation, path, content, query)))

    async def before_order(self, operation: str, path: str, body: Mapping[str, Any]) -> Reply:
        """A question that belongs to no order, by a token made for it alone."""
        reference = secrets.token_hex(10)
        query = {"mid": self.config.merchant_id, "referenceId": reference}
        asked = self._ours({"referenceId": reference})
        key = self.config.keys[0]
        content = enclose_signed({"tokenType": "CHECKSUM"}, asked, key, "token")
        made = await self._send("access_token", f"{_API}/token/create", content, query)
        token = text(_reply(self._heard(made)).object(), "accessToken")
        if token is None:
            raise Unknown("no access token")
        content = enclose({"tokenType": "ACCESS", "token": token}, self._ours(body))
        return _reply(self._heard(await self._send(operation, path, content, query)))

    def _ours(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {"mid": self.config.merchant_id, **body}

    async def _send(
        self, operation: str, path: str, content: bytes, query: Mapping[str, str]
    ) -> Answer:
        return await self._wire.send(
            operation,
            "POST",
            self.base + path,
            headers={"content-type": "application/json"},
            allow=FIELDS,
            content=content,
            query=query,
        )

    def _heard(self, answer: Answer) -> Envelope:
        """Head and body, whatever the HTTP status; a signature must fit where there is one."""
        if answer.status in _REDIRECT:
            raise Unknown(f"a redirect: status {answer.status}")
        try:
            heard = disclose(answer.body)
        except ValueError as error:
            raise Unknown(f"status {answer.status} without head and body") from error
        given = heard.head.get("signature")
        if given is not None and not text_is_signed(heard.text, self.config.keys, given):
            raise Unknown("an answer with a wrong signature")
        return heard


def _reply(answer: Envelope) -> Reply:
    info = part(answer.body, "resultInfo")
    status, code = text(info, "resultStatus"), text(info, "resultCode")
    if status is None or code is None:
        raise Unknown("an answer without a result")
    return Reply(answer.body, status, code)
