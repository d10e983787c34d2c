"""The Dockerfile, as far as it can be held without a container engine."""

import re

from payment_engine.settings import PREFIX, Settings
from tests.packaging.files import ROOT, check, text

DOCKERFILE = text("Dockerfile")


def copied() -> list[str]:
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


def test_hadolint_has_nothing_to_say() -> None:
    done = check("hadolint", "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


def test_what_it_copies_exists_and_is_sent_to_the_builder() -> None:
    sent = text(".dockerignore").splitlines()
    assert copied()
    for source in copied():
        assert (ROOT / source).exists(), source
        assert f"!{source}" in sent, source


def test_nothing_else_is_sent_to_the_builder() -> None:
    sent = {line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")}
    assert sent == set(copied())


def test_it_does_not_run_as_root() -> None:
    user = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)
    assert user
    assert "0" not in user[-1]


def test_it_names_settings_that_exist() -> None:
    names = {name.lower() for name in re.findall(rf"\b{PREFIX}([A-Z_]+)", DOCKERFILE)}
    assert names
    assert names <= set(Settings.model_fields)


def test_its_health_check_is_a_program_that_compiles() -> None:
    program = re.search(r'HEALTHCHECK.*?"-c", "(.+?)"\]', DOCKERFILE, re.DOTALL)
    assert program is not None
    compile(program.group(1), "HEALTHCHECK", "exec")
