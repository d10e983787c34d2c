"""What a checkout sends about the customer's device."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from payment_engine.domain.gateway import Client, Platform
from payment_engine.domain.requests.fields import MAX_TEXT, Request, Text, cleaned, printable

_MAX_APPS = 30
_LONGEST_USER_AGENT = 1000


def _user_agent(text: str) -> str:
    return cleaned(text, _LONGEST_USER_AGENT)


class ClientIn(Request):
    """The customer's device; decides which UPI flows and apps are useful there."""

    platform: Platform | None = None
    user_agent: Annotated[str, AfterValidator(_user_agent)] | None = None
    """Cut after 1,000 characters."""
    installed_upi_apps: list[Text] = Field([], max_length=_MAX_APPS)

    def at(self, ip: str | None) -> Client:
        """The device as it is reported to gateways, with the address that it called from."""
        return Client(
            platform=self.platform,
            ip=ip,
            user_agent=self.user_agent,
            upi_apps=tuple(self.installed_upi_apps),
        )


def _app_names(text: str) -> list[str]:
    return [app.strip() for app in text.split(",") if app.strip()]


def _check_app_names(text: str) -> str:
    apps = _app_names(printable(text))
    if len(apps) > _MAX_APPS or any(len(app) > MAX_TEXT for app in apps):
        raise PydanticCustomError("apps", "must be a short, comma-separated list of app names")
    return text


class MethodsQuery(Request):
    """The customer's device, as far as a query string can describe it."""

    platform: Platform | None = None
    upi_apps: Annotated[str, Field(max_length=400), AfterValidator(_check_app_names)] = ""

    def client(self) -> ClientIn:
        """The same in the shape of a body."""
        return ClientIn(platform=self.platform, installed_upi_apps=_app_names(self.upi_apps))
