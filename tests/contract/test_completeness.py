"""Adding a gateway means an adapter, an imitation and a file of this suite: none is forgotten."""

from payment_engine.domain.payment_methods import Method
from payment_engine.gateways import find_gateways
from payment_engine.mock.cli import service_environment
from payment_engine.mock.discovery import find_imitations


def test_every_gateway_has_an_imitation_and_no_imitation_lacks_a_gateway():
    assert set(find_gateways()) == set(find_imitations())


def test_the_settings_that_the_imitation_names_are_those_of_its_gateway(case):
    environment = service_environment({}, "http://127.0.0.1:1")
    prefix = f"PE_GATEWAYS__{case.NAME.upper()}__"
    account = {n.removeprefix(prefix).lower(): v for n, v in environment.items() if prefix in n}

    assert find_gateways()[case.NAME].Config.model_validate(account)


def test_a_gateway_says_who_it_is_what_it_offers_and_what_may_be_written_down(case):
    found = find_gateways()[case.NAME]

    assert found.name == found.name.lower()
    assert found.methods
    assert found.methods <= set(Method)
    assert found.webhook_fields
    assert found.Config.model_config["extra"] == "forbid"


def test_a_gateway_never_prints_its_secrets(case):
    config = find_gateways()[case.NAME].Config.model_validate(case.config("http://127.0.0.1:1"))

    assert [secret for secret in case.SECRETS if secret in repr(config)] == []
