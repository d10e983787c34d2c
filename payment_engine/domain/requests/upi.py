"""UPI IDs in requests."""

from payment_engine.domain.requests.payments import ClientIn, Request, SaveIn, VpaText


class ValidateVpaIn(Request):
    """A UPI ID to validate."""

    vpa: VpaText


class SaveVpaIn(Request):
    """A UPI ID to save, with the customer's consent."""

    vpa: VpaText
    save: SaveIn
    client: ClientIn = ClientIn()
