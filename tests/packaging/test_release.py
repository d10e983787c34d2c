"""What a release is made by: bill of materials, licenses, advisories, tag and deployment hook."""

import json
import os
import shutil
import sys
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from subprocess import CompletedProcess
from threading import Thread
from typing import Any

import pytest
import yaml
from packaging.utils import canonicalize_name

from payment_engine import __version__
from tests.packaging.files import ROOT, check, text
from tests.packaging.test_locks import pins

VERSION = tomllib.loads(text("pyproject.toml"))["project"]["version"]
NEEDS = ("PATH", "HOME", "PIP_INDEX_URL", "UV_INDEX_URL")


def made(*targets: str) -> CompletedProcess[str]:
    """Make targets without installing the lock again: it is what this test runs in."""
    make = shutil.which("make")
    assert make
    return check(make, "--old-file", ".venv/.locked", *targets, **environment())


def environment() -> dict[str, str]:
    """What reaches the package index here."""
    return {name: os.environ[name] for name in (*NEEDS, "UV_CACHE_DIR") if name in os.environ}


@pytest.mark.timeout(180)
def test_the_bill_of_materials_and_the_licenses_name_what_the_image_installs() -> None:
    done = made("sbom", "licenses")
    assert done.returncode == 0, done.stdout + done.stderr
    bill = json.loads((ROOT / "build" / "sbom.json").read_text())
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "payment-engine"
    named = {(canonicalize_name(each["name"]), each["version"]) for each in bill["components"]}
    assert len(named) > 50
    assert named <= pins("requirements-runtime.lock")
    listed = (ROOT / "build" / "licenses.csv").read_text().splitlines()[1:]
    assert {canonicalize_name(line.split('"')[1]) for line in listed} == {n for n, _ in named}


def test_a_license_that_is_not_allowed_fails(tmp_path: Path) -> None:
    for name, terms in {"fine": "MIT", "viral": "GPL-3.0-only"}.items():
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        folder.joinpath("METADATA").write_text(
            f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\nLicense-Expression: {terms}\n"
        )
    for name, code in {"fine": 0, "viral": 1}.items():
        done = check("pip-licenses", "--packages", name, PYTHONPATH=str(tmp_path))
        assert done.returncode == code, done.stdout + done.stderr


def audited(folder: Path, *packages: dict[str, Any], **environ: str) -> CompletedProcess[str]:
    """The audit of a report by pip-audit."""
    path = folder / "report.json"
    path.write_text(json.dumps({"dependencies": packages}))
    return check(sys.executable, ".ci/audit", str(path), **environ)


SOUND = {"name": "sound", "version": "1", "vulns": []}
FAULTY = {
    "name": "faulty",
    "version": "2",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}],
}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}


def test_a_known_vulnerability_fails_and_says_which_version_has_none(tmp_path: Path) -> None:
    done = audited(tmp_path, SOUND, FAULTY)
    assert done.returncode == 1
    assert "faulty 2: PYSEC-1, fixed in 3" in done.stdout
    assert audited(tmp_path, SOUND).returncode == 0


def test_advisories_that_were_not_reached_are_not_taken_for_none(tmp_path: Path) -> None:
    for packages in ((UNKNOWN,), (SOUND, UNKNOWN), ()):
        done = audited(tmp_path, *packages)
        assert (done.returncode, "no advisories were reached" in done.stdout) == (0, True)
        assert audited(tmp_path, *packages, AUDIT_REQUIRED="1").returncode == 1


def test_the_version_is_one_everywhere() -> None:
    assert __version__ == VERSION


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with a remote and what the tag needs."""
    git = shutil.which("git")
    assert git
    check(git, "init", "--quiet", "--bare", str(tmp_path / "remote"))
    folder = tmp_path / "clone"
    for name in ("pyproject.toml", "payment_engine/__init__.py", "CHANGELOG.md", ".ci/tag"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for command in (
        ("init", "--quiet"),
        ("remote", "add", "origin", str(tmp_path / "remote")),
        ("add", "."),
        ("-c", "user.name=x", "-c", "user.email=x@x.example", "commit", "-qm", "x"),
    ):
        assert check(git, "-C", str(folder), *command).returncode == 0
    return folder


def tagged(clone: Path) -> CompletedProcess[str]:
    person = {"GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x@x.example"}
    return check("bash", str(clone / ".ci" / "tag"), **person)


def test_a_release_is_tagged_once_and_only_with_its_changes(clone: Path) -> None:
    changes = (clone / "CHANGELOG.md").read_text().replace(f"## {VERSION}", "## 0")
    (clone / "CHANGELOG.md").write_text(changes)
    assert "has no section" in tagged(clone).stdout
    (clone / "CHANGELOG.md").write_text(f"## {VERSION}\n")
    assert tagged(clone).stdout.strip() == f"v{VERSION}"
    remote = check("git", "-C", str(clone.parent / "remote"), "tag").stdout.split()
    assert remote == [f"v{VERSION}"]
    again = tagged(clone)
    assert (again.returncode, "is tagged already" in again.stdout) == (1, True)


class Hook(BaseHTTPRequestHandler):
    """Devtron's end."""

    calls: list[tuple[str | None, dict[str, Any]]]
    status = 200

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.calls.append((self.headers["api-token"], body))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[tuple[str, type[Hook]]]:
    kind = type("OneHook", (Hook,), {"calls": []})
    server = HTTPServer(("127.0.0.1", 0), kind)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", kind
    server.shutdown()
    server.server_close()


def test_the_deployment_is_told_the_image_with_its_token(hook: tuple[str, type[Hook]]) -> None:
    url, calls = hook
    given = {"DEPLOY_URL": url, "DEPLOY_TOKEN": "token-of-devtron"}
    done = check("bash", ".ci/deploy-hook", "registry.example/payment-engine@sha256:1", **given)
    assert done.returncode == 0, done.stderr
    expected = {"dockerImage": "registry.example/payment-engine@sha256:1"}
    assert calls.calls == [("token-of-devtron", expected)]
    calls.status = 403
    assert check("bash", ".ci/deploy-hook", "image", **given).returncode != 0


@pytest.mark.parametrize("missing", ["DEPLOY_URL", "DEPLOY_TOKEN"])
def test_without_an_address_or_a_token_nothing_is_deployed(missing: str) -> None:
    given = {"DEPLOY_URL": "http://127.0.0.1:9/", "DEPLOY_TOKEN": "t"}
    done = check("bash", ".ci/deploy-hook", "image", **{**given, missing: ""})
    assert (done.returncode != 0, missing in done.stderr) == (True, True)


def test_nothing_is_built_or_deployed_before_all_checks() -> None:
    pipelines = yaml.safe_load(text("bitbucket-pipelines.yml"))["pipelines"]
    gates = {"make check, Python 3.11", "Python 3.12", "Python 3.13"}
    for kind in (pipelines["branches"]["main"], pipelines["tags"]["v*"]):
        first, *later = kind
        assert gates < {each["step"]["name"] for each in first["parallel"]}
        assert later[0]["step"]["name"] == "Image"


def test_the_previous_release_is_a_commit_that_the_pipeline_has() -> None:
    assert yaml.safe_load(text("bitbucket-pipelines.yml"))["clone"] == {"depth": "full"}
    commit = text(".ci/previous-release").strip()
    assert check("git", "cat-file", "-t", commit).stdout.strip() == "commit"
