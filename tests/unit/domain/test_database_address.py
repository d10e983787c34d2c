"""Addresses of PostgreSQL: a wrong one is explained before anything connects."""

import pytest

from payment_engine.domain.database_address import check_address, database_name


@pytest.mark.parametrize(
    "url",
    [
        "postgres://postgres@127.0.0.1:5432/payment_engine",
        "postgresql://u:p%40ss@db.example/engine?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        "postgres://a,b/engine?target_session_attrs=read-write",
        "postgres:///?host=/run/postgresql&dbname=engine",
    ],
)
def test_an_address_that_the_driver_understands_is_taken_as_it_is(url: str) -> None:
    assert check_address(url) == url


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        ("db.example:5432/engine", "must begin with postgres://"),
        ("mysql://db.example/engine", "must begin with postgres://"),
        ("postgres://db.example/engine?ssl=disable", "sslmode=verify-full"),
        ("postgres://db.example/engine?sslmod=require", "sslmod is no option"),
        ("postgres://db.example/engine?sslmode=on", "sslmode must be one of disable"),
        ("postgres://db.example", "must name a database"),
    ],
)
def test_a_wrong_address_says_what_would_be_right(url: str, mend: str) -> None:
    with pytest.raises(ValueError, match=mend):
        check_address(url)


def test_the_database_is_named_by_the_path_or_by_an_option() -> None:
    assert database_name("postgres://h/my%20engine?sslmode=require") == "my engine"
    assert database_name("postgres:///?host=/run&dbname=engine") == "engine"


@pytest.mark.parametrize("attribute", ["read-write", "primary"])
def test_several_servers_are_named_with_which_of_them_is_meant(attribute: str) -> None:
    url = f"postgres://user:p@a:1,b:2/engine?target_session_attrs={attribute}"
    assert check_address(url) == url
    assert database_name(url) == "engine"


@pytest.mark.parametrize(
    "url",
    [
        "postgres://a,b/engine",
        "postgres:///engine?host=a,b",
        "postgres://a,b/engine?target_session_attrs=any",
        "postgres://a,b/engine?target_session_attrs=standby",
    ],
)
def test_several_servers_of_which_a_standby_may_be_taken_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="target_session_attrs=read-write"):
        check_address(url)
