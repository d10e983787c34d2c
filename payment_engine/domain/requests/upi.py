"""What callers may send about UPI ids."""

from payment_engine.domain.requests.payments import ClientIn, Request, SaveIn, VpaText


class ValidateVpaIn(Request):
    """A UPI ID that somebody typed."""

    vpa: VpaText


class SaveVpaIn(Request):
    """A UPI ID to keep, with the customer's word on it (UPI-9)."""

    vpa: VpaText
    save: SaveIn
    client: ClientIn = ClientIn()
