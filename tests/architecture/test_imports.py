"""The import contracts of pyproject.toml hold for modules that are added tomorrow."""

import asyncio
import shutil
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
CLIENTS = ("httpx", "aiohttp")


async def test_a_new_adapter_may_not_bring_its_own_http_client(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "payment_engine", tmp_path / "payment_engine")
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    adapter = tmp_path / "payment_engine" / "gateways" / "acme" / "adapter.py"
    adapter.parent.mkdir()
    (adapter.parent / "__init__.py").touch()
    adapter.write_text("".join(f"import {client}\n" for client in CLIENTS))

    status, verdict = await lint_imports(tmp_path, "http-client")

    assert status == 1
    for client in CLIENTS:
        assert f"payment_engine.gateways.acme.adapter -> {client}" in verdict


async def lint_imports(folder: Path, contract: str) -> tuple[int | None, str]:
    """The exit status and the verdict on one contract of the package in ``folder``."""
    process = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("lint-imports")), "--no-cache"),
        *("--contract", contract),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
    )
    verdict, _ = await process.communicate()
    return process.returncode, verdict.decode()
