"""What callers send about UPI IDs."""

from payment_engine.domain.requests.attempts import SaveIn
from payment_engine.domain.requests.client import ClientIn
from payment_engine.domain.requests.fields import Request, VpaText


class ValidateVpaIn(Request):
    """A UPI ID that somebody typed."""

    vpa: VpaText


class SaveVpaIn(Request):
    """A UPI ID to save, with the customer's consent."""

    vpa: VpaText
    save: SaveIn
    client: ClientIn = ClientIn()
