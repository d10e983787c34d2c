"""The compose file, resolved by compose itself."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from payment_engine.settings import PREFIX, Settings
from tests.packaging.files import check, text


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    done = check("docker-compose", "config", "--format", "json")
    assert done.returncode == 0, done.stderr
    resolved: dict[str, Any] = json.loads(done.stdout)["services"]
    return resolved


def ours(services: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in services.items() if "build" in one}


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


def test_every_secret_is_a_file_that_the_script_writes(tmp_path: Path) -> None:
    done = check("sh", "deploy/secrets.sh", str(tmp_path / "new"))
    assert done.returncode == 0, done.stderr
    config = json.loads(check("docker-compose", "config", "--format", "json").stdout)
    written = {path.name: path.read_text() for path in (tmp_path / "new").iterdir()}
    assert set(written) == set(config["secrets"])
    assert all(len(value) >= 40 for value in written.values())
    assert len({*written.values()}) == len(written)
    check("sh", "deploy/secrets.sh", str(tmp_path / "new"))
    assert {p.name: p.read_text() for p in (tmp_path / "new").iterdir()} == written


def test_no_service_has_a_secret_in_its_environment(services: dict[str, Any]) -> None:
    for name, one in services.items():
        values = {key for key in one["environment"] if re.search("SECRET|PASSWORD|KEY", key)}
        assert {key for key in values if not key.endswith(("_FILE", "_DIR"))} == set(), name


def test_a_service_gets_no_secret_but_those_it_needs(services: dict[str, Any]) -> None:
    given = {
        name: {Path(each.get("target", each["source"])).name for each in one["secrets"]}
        for name, one in services.items()
    }
    assert given["postgres"] == {"postgres_password"}
    assert given["mongo"] == {"mongo_password"}
    assert "pe_secret" not in given["mock"]
    assert given["api"] == given["worker"]
    assert given["migrate"] - given["api"] == {
        "pe_bootstrap_service_key",
        "pe_bootstrap_admin_key",
    }


def test_each_part_but_the_mock_is_of_the_production_image(services: dict[str, Any]) -> None:
    targets = {name: one["build"]["target"] for name, one in ours(services).items()}
    assert targets == {
        **dict.fromkeys(("migrate", "api", "worker"), "production"),
        "mock": "mock",
    }
    assert len(re.findall("^FROM", text("Dockerfile"), re.MULTILINE)) == 5
    assert text("Dockerfile").rstrip().splitlines()[-2].endswith("AS production")


def test_every_part_has_a_health_check(services: dict[str, Any]) -> None:
    assert "HEALTHCHECK" in text("Dockerfile")
    own = {name for name, one in services.items() if "test" in one.get("healthcheck", {})}
    assert own == set(services) - {"api", "migrate"}


def test_the_settings_it_names_exist(services: dict[str, Any]) -> None:
    for name, one in ours(services).items():
        secrets = [Path(each["target"]).name.upper() for each in one["secrets"]]
        keys = [*one["environment"], *secrets]
        names = {key.split("__")[0].removeprefix(PREFIX).lower() for key in keys}
        assert names <= set(Settings.model_fields), name


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
