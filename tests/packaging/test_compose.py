"""The compose file, resolved by compose itself."""

import json
from typing import Any

import pytest

from payment_engine.settings import PREFIX, Settings
from tests.packaging.files import SECRETS, check


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    done = check("docker-compose", "config", "--format", "json", **SECRETS)
    assert done.returncode == 0, done.stderr
    resolved: dict[str, Any] = json.loads(done.stdout)["services"]
    return resolved


def ours(services: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in services.items() if one["image"] == "payment-engine"}


def test_it_fits_the_compose_schema() -> None:
    done = check(
        "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"
    )
    assert done.returncode == 0, done.stdout


def test_it_holds_the_six_parts(services: dict[str, Any]) -> None:
    assert set(services) == {"postgres", "mongo", "migrate", "api", "worker", "mock"}
    assert {name: one["command"] for name, one in ours(services).items()} == {
        name: [name] for name in ("migrate", "api", "worker", "mock")
    }


@pytest.mark.parametrize("secret", SECRETS)
def test_it_does_not_start_without(secret: str) -> None:
    given = {name: value for name, value in SECRETS.items() if name != secret}
    done = check("docker-compose", "config", "--quiet", **given)
    assert done.returncode != 0
    assert secret in done.stderr


def test_the_environment_it_gives_makes_settings(
    services: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, one in ours(services).items():
        names = {key.split("__")[0].removeprefix(PREFIX).lower() for key in one["environment"]}
        assert names <= set(Settings.model_fields), name
        for key, value in one["environment"].items():
            monkeypatch.setenv(key, value)
        assert Settings().gateways["juspay"]["base_url"] == "http://mock:8090/juspay"


def test_it_listens_to_this_machine_alone(services: dict[str, Any]) -> None:
    published = [port for one in services.values() for port in one.get("ports", [])]
    assert {port["host_ip"] for port in published} == {"127.0.0.1"}


def test_nothing_of_ours_runs_before_the_migrations(services: dict[str, Any]) -> None:
    for name in ("api", "worker"):
        conditions = {k: v["condition"] for k, v in services[name]["depends_on"].items()}
        assert conditions["migrate"] == "service_completed_successfully", name
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_ours_may_write_nowhere_but_the_spool(services: dict[str, Any]) -> None:
    for name, one in ours(services).items():
        assert one["read_only"], name
        assert one["cap_drop"] == ["ALL"], name
        assert [volume["target"] for volume in one["volumes"]] == ["/var/spool/payment-engine"], (
            name
        )
