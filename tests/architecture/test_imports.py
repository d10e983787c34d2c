"""The import contracts of pyproject.toml hold for modules that are added tomorrow."""

import shutil
from pathlib import Path

from tests.commands import run

REPOSITORY = Path(__file__).parents[2]
CLIENTS = ("httpx", "aiohttp")


async def test_a_new_adapter_may_not_bring_its_own_http_client(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "payment_engine", tmp_path / "payment_engine")
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    adapter = tmp_path / "payment_engine" / "gateways" / "acme" / "adapter.py"
    adapter.parent.mkdir()
    (adapter.parent / "__init__.py").touch()
    adapter.write_text("".join(f"import {client}\n" for client in CLIENTS))

    status, verdict = await run(tmp_path, "lint-imports", "--no-cache", "--contract", "http-client")

    assert status == 1
    for client in CLIENTS:
        assert f"payment_engine.gateways.acme.adapter -> {client}" in verdict
