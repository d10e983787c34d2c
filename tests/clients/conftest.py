"""The clients, generated anew from the description of this source."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from payment_engine.blueprints.openapi import document

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "clients"
TYPESCRIPT = CLIENTS / "typescript"
BIN = Path(sys.executable).parent


def run(*command: str | Path, folder: Path | None = None) -> str:
    """Run a program to its end; its output. It must succeed."""
    path = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **path}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def models_options() -> list[str]:
    """How `make clients` generates the models of the Python client."""
    [text] = re.findall(
        r"^MODELS = ((?:.*\\\n)*.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE
    )
    return shlex.split(text.replace("\\\n", " "))


@pytest.fixture(scope="session")
def described(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the description of the API."""
    path = tmp_path_factory.mktemp("description") / "openapi.json"
    path.write_text(json.dumps(document()))
    return path


@pytest.fixture(scope="session")
def python_client(described: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the Python client's package, with its models."""
    folder = tmp_path_factory.mktemp("python")
    package = folder / "payment_engine_client"
    shutil.copytree(CLIENTS / "python" / "payment_engine_client", package)
    run(
        BIN / "datamodel-codegen",
        *models_options(),
        *("--input", described, "--output", package / "models.py"),
    )
    return folder


@pytest.fixture(scope="session")
def typescript_client(described: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the TypeScript client, generated and compiled."""
    if not shutil.which("node") or not (TYPESCRIPT / "node_modules").is_dir():
        pytest.skip("needs Node.js and: npm ci --ignore-scripts --prefix clients/typescript")
    folder = tmp_path_factory.mktemp("typescript")
    for name in ("package.json", "tsconfig.json", ".spectral.yaml"):
        shutil.copy(TYPESCRIPT / name, folder)
    for name in ("src", "example"):
        shutil.copytree(TYPESCRIPT / name, folder / name)
    (folder / "node_modules").symlink_to((TYPESCRIPT / "node_modules").resolve())
    shutil.copy(described, folder / "openapi.json")
    run("npm", "run", "--silent", "generate", folder=folder)
    run("npm", "run", "--silent", "build", folder=folder)
    return folder
