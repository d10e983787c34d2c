"""The skeleton of a new gateway passes every check of the repository, whatever it is called."""

import shutil
from pathlib import Path

import pytest

from payment_engine.scaffold import IN_REPOSITORY, PACKAGE, CannotWrite, write_gateway
from tests.commands import run

REPOSITORY = Path(__file__).parents[2]
CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy", "payment_engine/gateways/{0}", "payment_engine/mock/{0}"),
    ("lint-imports", "--no-cache"),
)


@pytest.fixture
def repository(tmp_path):
    """A copy of this repository."""
    for folder in ("payment_engine", "tests"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / folder, tmp_path / folder, ignore=ignored)
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.timeout(300)
async def test_the_skeleton_passes_every_check_and_is_found_by_everything(repository):
    status, written = await run(
        repository,
        *("python", "-m", "payment_engine", "new-gateway", "phonepe", "--class-name", "PhonePe"),
    )

    assert (status, "payment_engine/gateways/phonepe/adapter.py" in written) == (0, True)
    for check in CHECKS:
        status, verdict = await run(repository, *(part.format("phonepe") for part in check))
        assert status == 0, verdict
    suite = ("tests/contract", "-k", "phonepe", "--confcutdir=tests/contract")
    _, collected = await run(repository, "python", "-m", "pytest", "-q", "--collect-only", *suite)
    assert collected.count("[phonepe") > 80
    _, environment = await run(
        repository, "python", "-m", "payment_engine", "mock", "--environment"
    )
    assert "PE_GATEWAYS__PHONEPE__WEBHOOK_KEY=mock-phonepe-webhook-key" in environment


async def test_the_skeleton_is_well_formed_under_any_name(repository):
    written = [
        path for name in ("ab", "juspay2", "z" * 16) for path in write_gateway(name, repository)
    ]

    for check in CHECKS[:2]:
        status, verdict = await run(repository, *check)
        assert status == 0, verdict
    assert not [path for path in written if "acme" in path.read_text().lower()]


@pytest.mark.parametrize("name", ["", "a", "Acme", "acme-pay", "2pay", "class", "z" * 17])
def test_a_name_that_cannot_be_one_writes_nothing(tmp_path, name):
    with pytest.raises(CannotWrite):
        write_gateway(name, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_class_name_that_cannot_be_one_writes_nothing(tmp_path):
    with pytest.raises(CannotWrite):
        write_gateway("acme", tmp_path, class_name="acme")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("layout", [IN_REPOSITORY, PACKAGE])
def test_nothing_is_overwritten(tmp_path, layout):
    first, *_ = write_gateway("acme", tmp_path, layout)
    first.write_text("mine")

    with pytest.raises(CannotWrite, match="already there"):
        write_gateway("acme", tmp_path, layout)

    assert first.read_text() == "mine"


async def test_the_command_says_why_it_wrote_nothing(tmp_path):
    new_gateway = ("python", "-m", "payment_engine", "new-gateway")

    outside = await run(tmp_path, *new_gateway, "acme", PYTHONPATH=str(REPOSITORY))
    unfit = await run(tmp_path, *new_gateway, "A", "--package", "acme", PYTHONPATH=str(REPOSITORY))

    assert outside[0] == unfit[0] == 1
    assert "not the root of the repository" in outside[1]
    assert "Nothing was written" in unfit[1]
