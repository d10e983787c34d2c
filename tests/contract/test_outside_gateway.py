"""A gateway from a package of its own passes this suite, without an edit anywhere else."""

import tomllib
from pathlib import Path

import pytest

from payment_engine.scaffold import PACKAGE, write_gateway
from tests.commands import run
from tests.installing import install

REPOSITORY = Path(__file__).parents[2]
SETTINGS = {
    "PE_GATEWAYS__ACME__BASE_URL": "http://127.0.0.1:1/acme",
    "PE_GATEWAYS__ACME__MERCHANT_ID": "merchant",
    "PE_GATEWAYS__ACME__KEY": "key",
    "PE_GATEWAYS__ACME__WEBHOOK_KEY": "webhook-key",
}
BUILD = """
from payment_engine.gateways import build_gateways
from payment_engine.environment import load

gateways = build_gateways(
    load(secret="-" * 32).gateways, record=lambda _: None, in_transaction=lambda: False
)
print(gateways["acme"].merchant_id)
"""


@pytest.fixture
def package(tmp_path):
    """The package, written and installed."""
    write_gateway("acme", tmp_path, PACKAGE)
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text())["project"]
    entry_points = {group: each["acme"] for group, each in project["entry-points"].items()}
    install(tmp_path, "acme", entry_points)
    return tmp_path


@pytest.mark.timeout(600)
async def test_the_suite_runs_over_a_gateway_from_outside(package):
    status, printed = await run(
        REPOSITORY,
        *("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/contract"),
        *("-k", "acme or has_an_imitation", "--confcutdir=tests/contract", "-p", "tests.serving"),
        PYTHONPATH=str(package),
    )

    assert status == 0, printed
    passed = int(printed.rpartition(" passed")[0].split()[-1])
    assert passed > 90


async def test_it_has_settings_and_its_row_in_the_docs(package, tmp_path_factory):
    docs = tmp_path_factory.mktemp("docs")
    for page in ("gateways.md", "settings.md"):
        (docs / page).write_text((REPOSITORY / "docs" / page).read_text())

    built = await run(REPOSITORY, "python", "-c", BUILD, PYTHONPATH=str(package), **SETTINGS)
    await run(
        REPOSITORY, "python", "-m", "payment_engine", "docs", str(docs), PYTHONPATH=str(package)
    )

    assert built == (0, "merchant\n")
    assert "`PE_GATEWAYS__ACME__WEBHOOK_KEY`" in (docs / "settings.md").read_text()
    assert "| acme |" in (docs / "gateways.md").read_text()
