"""The locks: complete, hashed, consistent, and silent about where packages come from."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.files import text

LOCKS = ["requirements.lock", "requirements-runtime.lock"]
PROJECT = tomllib.loads(text("pyproject.toml"))["project"]


def pins(lock: str) -> set[tuple[str, str]]:
    """Names and versions; a name has two where Python versions need different ones."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text(lock), re.MULTILINE)
    return {(canonicalize_name(name), version) for name, version in found}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    assert re.findall(r"\S*://\S*|--\S*index\S*=?\S*|\bfile:\S*", text(lock)) == [
        "--no-emit-index-url"
    ] * text(lock).count("--no-emit-index-url")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", text(lock), flags=re.MULTILINE)[1:]
    assert [entry.split("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert len(entries) == len(pins(lock))


def test_the_image_gets_the_versions_that_were_tested() -> None:
    assert pins("requirements-runtime.lock") <= pins("requirements.lock")


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        ("requirements-runtime.lock", PROJECT["dependencies"]),
        ("requirements.lock", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]),
    ],
)
def test_a_lock_answers_every_requirement(lock: str, requirements: list[str]) -> None:
    for requirement in map(Requirement, requirements):
        name = canonicalize_name(requirement.name)
        versions = [version for pinned, version in pins(lock) if pinned == name]
        assert versions, f"{requirement} is not locked: make lock"
        assert all(map(requirement.specifier.contains, versions)), f"{requirement}: make lock"


def test_the_image_gets_no_test_tools() -> None:
    runtime = {name for name, _ in pins("requirements-runtime.lock")}
    tools = {
        canonicalize_name(Requirement(r).name) for r in PROJECT["optional-dependencies"]["dev"]
    }
    assert tools & runtime == set()
