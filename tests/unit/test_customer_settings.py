"""What a deployment says of its customers: a mistake is told at start, not at the first login."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from payment_engine.settings import Settings

SECRET = "s" * 40
KEYS = '{"keys": []}'


def test_a_key_set_is_given_or_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    path.write_text(KEYS)
    for given in (KEYS, str(path)):
        assert Settings(secret=SECRET, customer_jwks=given).customer_jwks == KEYS
    assert Settings(secret=SECRET).customer_jwks is None


@pytest.mark.parametrize("given", ["/nowhere/jwks.json", "{", "{}", '{"keys": 5}', ""])
def test_what_is_no_key_set_is_refused(given: str) -> None:
    with pytest.raises(ValidationError, match="neither a JSON Web Key Set nor a file"):
        Settings(secret=SECRET, customer_jwks=given)


@pytest.mark.parametrize("given", ["often", "0/minute", "5/fortnight", "5/minute;", ""])
def test_what_is_no_rate_is_refused(given: str) -> None:
    with pytest.raises(ValidationError):
        Settings(secret=SECRET, vpa_checks_per_customer=given)


def test_a_shared_key_is_long_enough_to_be_one() -> None:
    with pytest.raises(ValidationError):
        Settings(secret=SECRET, customer_jwt_key="short")
