"""Settings about customers: a mistake is an error at start, not at the first login."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from payment_engine.settings import Settings

SECRET = "s" * 40
KEYS = '{"keys": []}'


def test_a_key_set_is_text_or_the_path_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    path.write_text(KEYS)
    for value in (KEYS, str(path)):
        settings = Settings(secret=SECRET, customer_jwks=value, customer_jwt_merchant="Shop")
        assert settings.customer_jwks == KEYS
    assert Settings(secret=SECRET).customer_jwks is None


@pytest.mark.parametrize("value", ["/nowhere/jwks.json", "{", "{}", '{"keys": 5}', ""])
def test_anything_else_is_refused_as_a_key_set(value: str) -> None:
    with pytest.raises(ValidationError, match="neither a JSON Web Key Set nor a file"):
        Settings(secret=SECRET, customer_jwks=value)


@pytest.mark.parametrize("value", ["often", "0/minute", "5/fortnight", "5/minute;", ""])
def test_anything_else_is_refused_as_a_rate(value: str) -> None:
    with pytest.raises(ValidationError):
        Settings(secret=SECRET, vpa_checks_per_customer=value)


@pytest.mark.parametrize("key", [{"customer_jwks": KEYS}, {"customer_jwt_key": "k" * 32}])
def test_a_key_of_customers_belongs_to_one_merchant(key: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="name the merchant"):
        Settings(secret=SECRET, **key)


def test_a_short_shared_key_is_refused() -> None:
    with pytest.raises(ValidationError):
        Settings(secret=SECRET, customer_jwt_key="short")


def test_a_closed_gateway_is_configured_as_well() -> None:
    with pytest.raises(ValidationError, match="paytm must be configured as well"):
        Settings(secret=SECRET, closed_gateways=("paytm",))
    settings = Settings(secret=SECRET, closed_gateways=("paytm",), gateways={"paytm": {}})
    assert settings.closed_gateways == ("paytm",)
