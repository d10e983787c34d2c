"""How Juspay is spoken to: its headers, its forms, and both generations of its errors."""

import base64
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from payment_engine.domain.gateway import Refused, Unknown
from payment_engine.gateways.http import Answer, Wire
from payment_engine.gateways.reading import impersonal, object_of, part, text

Form = Mapping[str, str | None]

_STRANGER = (401, 403)
"""A wrong key or address of ours: refused at the door, whoever phrased the answer."""


class JuspayConfig(BaseModel):
    """What Juspay's dashboard gives a merchant; ``*_previous`` serve a rotation (WHK-6)."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )

    base_url: str = Field(pattern=r"^https?://[^/?#]+[^?#]*$")
    """Its API: https://sandbox.juspay.in or https://api.juspay.in."""
    merchant_id: str = Field(min_length=1)
    """Sent with every call; a card's form at the browser names it too."""
    api_key: SecretStr = Field(min_length=1)
    """Opens the API, as the user name of HTTP Basic."""
    webhook_username: str = Field(min_length=1)
    """What its webhooks sign in with."""
    webhook_password: SecretStr = Field(min_length=1)
    """The password beside it."""
    webhook_username_previous: str | None = None
    """The name before, accepted until webhooks come with the new one."""
    webhook_password_previous: SecretStr | None = None
    """The password before, likewise."""
    response_key: SecretStr | None = None
    """Verifies what a browser brings back, where the dashboard signs that."""
    version: str = "2023-06-30"
    """The ``version`` header: which shape its answers have."""


class JuspayWire:
    """One merchant's connection to Juspay."""

    def __init__(self, config: JuspayConfig, wire: Wire) -> None:
        self.config = config
        self.base = config.base_url.rstrip("/")
        self._wire = wire

    async def ask(
        self,
        operation: str,
        method: str,
        path: str,
        customer_ref: str,
        allow: frozenset[str],
        form: Form | None = None,
    ) -> dict[str, Any]:
        """The object that Juspay answers with; raises Refused or Unknown for any other answer."""
        return accepted(await self.send(operation, method, path, customer_ref, allow, form))

    async def send(
        self,
        operation: str,
        method: str,
        path: str,
        customer_ref: str,
        allow: frozenset[str],
        form: Form | None = None,
    ) -> Answer:
        """Whatever Juspay answers; ``allow`` names the fields that may be written down."""
        key = f"{self.config.api_key.get_secret_value()}:".encode()
        headers = {
            "authorization": f"Basic {base64.b64encode(key).decode()}",
            "x-merchantid": self.config.merchant_id,
            "x-routing-id": customer_ref,
            "version": self.config.version,
        }
        given = None if form is None else {k: v for k, v in form.items() if v is not None}
        return await self._wire.send(
            operation, method, self.base + path, headers=headers, allow=allow, form=given
        )


def accepted(answer: Answer) -> dict[str, Any]:
    """The object of a success; raises Refused with Juspay's own code, else Unknown."""
    if answer.status < 300:
        return object_of(answer.json())
    if answer.status < 400:
        raise Unknown(f"a redirect: status {answer.status}")
    body = object_of(answer.json()) if answer.is_json or answer.status not in _STRANGER else {}
    info = part(body, "error_info")
    code = text(body, "error_code") or text(info, "code") or text(body, "status")
    if code is None and answer.status not in _STRANGER:
        raise Unknown(f"status {answer.status} without a word of Juspay's own")
    words = text(body, "error_message") or text(info, "developer_message") or text(info, "code")
    raise Refused(impersonal(code or f"http_{answer.status}"), impersonal(words or ""))


def codes(answer: Answer) -> set[str | None]:
    """Every place where one of the two generations of errors puts its code."""
    body = answer.json() if answer.is_json else {}
    body = body if isinstance(body, dict) else {}
    info = part(body, "error_info")
    return {text(body, "status"), text(body, "error_code"), text(info, "code")}
