"""How Juspay is called: its settings, headers and forms, and both generations of its errors."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from payment_engine.domain.gateway import Refused, Unconfirmed, Unknown
from payment_engine.gateways.http import Answer, Wire, cause_of_error
from payment_engine.gateways.juspay.messages import Failure
from payment_engine.gateways.juspay.tables import WRONG_KEY
from payment_engine.gateways.reading import Message, impersonal

Form = Mapping[str, str | None]
M = TypeVar("M", bound=Message)

_REFUSALS = (400, 401, 403, 404)
"""The statuses that Juspay documents for a request which it refuses."""


class JuspayConfig(BaseModel):
    """What Juspay's dashboard gives a merchant; ``*_previous`` serve the rotation of a secret."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: str = Field(pattern=r"^https?://[^/?#]+[^?#]*$")
    """Address of the API: https://sandbox.juspay.in for testing, or https://api.juspay.in."""
    merchant_id: str = Field(min_length=1)
    """Sent with every call; the browser's card form names it too."""
    api_key: SecretStr = Field(min_length=1)
    """Authenticates our calls, as the user name of HTTP Basic."""
    webhook_username: str = Field(min_length=1)
    """Authenticates Juspay's webhooks, by HTTP Basic."""
    webhook_password: SecretStr = Field(min_length=1)
    """The password of Juspay's webhooks."""
    webhook_username_previous: str | None = None
    """The previous user name, accepted until webhooks come with the new one."""
    webhook_password_previous: SecretStr | None = None
    """The previous password, accepted as long as the previous user name."""
    confirm_webhooks: bool = True
    """Whether a webhook's news of money counts only after one status call, since whoever has the
    password of webhooks can send any."""
    response_key: SecretStr | None = None
    """Verifies browser returns, if the dashboard has them signed."""
    version: str = "2023-06-30"
    """The ``version`` header, which decides the format of answers."""
    payment_page_client_id: str | None = None
    """The client id of Juspay's payment page, on which cards are entered unless the checkout has
    fields of its own. If unset, it is the merchant id."""
    order_with_payment: bool = True
    """Create the order in the call that starts its payment, ``POST /txns`` with ``order.`` members,
    which halves the customer's wait. False makes two calls. A charge that is captured later takes
    two in any case: how to ask for that in one call is not documented."""

    @property
    def webhook_secrets(self) -> dict[str, tuple[str, str]]:
        """User name and password of webhooks: the ``current`` pair, and the ``previous`` one."""
        pairs = {
            "current": (self.webhook_username, self.webhook_password),
            "previous": (self.webhook_username_previous, self.webhook_password_previous),
        }
        return {
            name: (user, password.get_secret_value())
            for name, (user, password) in pairs.items()
            if user and password
        }


@dataclass(frozen=True, kw_only=True)
class JuspayRequest:
    """One call. ``allow`` names the fields that may be recorded; ``form`` leaves out None.

    ``customer_ref`` is empty where a call is about no customer. ``refusals``: the codes with which
    Juspay says that it did nothing (tables.py).
    """

    operation: str
    method: Literal["GET", "POST"]
    path: str
    allow: frozenset[str]
    customer_ref: str = ""
    form: Form | None = None
    json: Mapping[str, object] | None = None
    refusals: Mapping[str, str] = field(default_factory=dict)


class JuspayWire:
    """One merchant's connection to Juspay."""

    def __init__(self, config: JuspayConfig, wire: Wire) -> None:
        self.config = config
        self.base = config.base_url.rstrip("/")
        self._wire = wire
        key = f"{config.api_key.get_secret_value()}:".encode()
        self._headers = {
            "authorization": f"Basic {base64.b64encode(key).decode()}",
            "x-merchantid": config.merchant_id,
            "version": config.version,
        }

    async def call(self, request: JuspayRequest, kind: type[M]) -> M:
        """The message of a success; raises Refused or Unknown for any other answer."""
        return accepted(await self.send(request), kind, request.refusals)

    async def send(self, request: JuspayRequest) -> Answer:
        """Whatever Juspay answers."""
        form = request.form
        return await self._wire.send(
            request.operation,
            request.method,
            self.base + request.path,
            headers={**self._headers, **_routing(request.customer_ref)},
            allow=request.allow,
            form=None if form is None else {k: v for k, v in form.items() if v is not None},
            json=request.json,
        )


def _routing(customer_ref: str) -> Mapping[str, str]:
    """Juspay routes all calls of a customer by one id, and takes none rather than an empty one."""
    return {"x-routing-id": customer_ref} if customer_ref else {}


def accepted(answer: Answer, kind: type[M], refusals: Mapping[str, str]) -> M:
    """The message of a success.

    Raises Refused for an error with a code of ``refusals``, Unconfirmed for any other error.
    """
    if answer.status < 300:
        return kind.read(answer.json())
    if answer.status < 400:
        raise Unknown(f"a redirect: status {answer.status}")
    raise _refusal(answer, refusals)


def failure_codes(answer: Answer) -> set[str | None]:
    """Every code that an error names; none where it is not one of Juspay's."""
    return _failure(answer).codes


def _refusal(answer: Answer, refusals: Mapping[str, str]) -> Refused | Unconfirmed:
    failure = _failure(answer)
    info = failure.error_info
    code = failure.error_code or info.code or failure.status or f"http_{answer.status}"
    message = failure.error_message or info.developer_message or info.code or ""
    cause = cause_of_error(answer)
    code, message = impersonal(code), impersonal(message)
    if answer.status in _REFUSALS and failure.codes & refusals.keys():
        certain = bool(failure.codes & WRONG_KEY)
        return Refused(code, message, certain=certain).because(cause)
    return Unconfirmed(code, message).because(cause)


def _failure(answer: Answer) -> Failure:
    body = answer.json() if answer.is_json else None
    return Failure.read(body) if isinstance(body, dict) else Failure()
