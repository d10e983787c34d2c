"""Messages from the service: verified before they are believed."""

from collections.abc import Mapping
from typing import cast

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from payment_engine_client.models import MessageOut

MessageNotVerified = WebhookVerificationError


def verified(secret: str, headers: Mapping[str, str], body: bytes) -> MessageOut:
    """The message in a request's body, as its bytes arrived; ``secret`` begins with ``whsec_``.

    Raises MessageNotVerified for another signature, or one that is older than five minutes.
    """
    given = {name.lower(): value for name, value in headers.items()}
    return cast(MessageOut, Webhook(secret).verify(body, given))
