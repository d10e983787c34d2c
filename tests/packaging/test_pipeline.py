"""One gate for everybody: the pipeline, CI's script and a developer run the same check."""

import re
import shutil
import tomllib
from importlib.metadata import EntryPoint

import yaml

from payment_engine.__main__ import cli
from tests.packaging.files import TOOLS, check, text


def test_the_pipeline_fits_its_schema() -> None:
    schema = ("--builtin-schema", "vendor.bitbucket-pipelines")
    done = check("check-jsonschema", *schema, "bitbucket-pipelines.yml")
    assert done.returncode == 0, done.stdout


def test_the_pipeline_runs_the_script_that_runs_make_check() -> None:
    assert "- bash .ci/run" in text("bitbucket-pipelines.yml")
    assert text(".ci/run").rstrip().endswith("exec make check")


def test_make_check_leaves_no_gate_out() -> None:
    make = shutil.which("make")
    assert make is not None
    planned = check(make, "--dry-run", "check").stdout
    gates = ("ruff format --check", "ruff check", "mypy", "lint-imports", "migrate --check")
    for gate in gates:
        assert gate in planned, gate


def test_make_check_runs_the_tests_of_every_folder() -> None:
    make = shutil.which("make")
    assert make is not None
    runs = re.findall(r"-m pytest.*", check(make, "--dry-run", "check").stdout)
    [suite] = [run for run in runs if "--cov-fail-under=100" in run]
    apart = re.findall(r"--ignore=(\S+)", suite)
    assert apart
    for folder in apart:
        assert any(run.endswith(f" {folder}") for run in runs), folder


def test_make_fast_runs_the_checks_that_need_no_server() -> None:
    make = shutil.which("make")
    assert make is not None
    planned = check(make, "--dry-run", "fast").stdout
    for gate in ("ruff format --check", "ruff check", "mypy", "lint-imports", "tests/unit"):
        assert gate in planned, gate


def test_ci_installs_what_tests_would_skip_without() -> None:
    packages = " ".join(re.findall(r"packages\+?=\((.*?)\)", text(".ci/run"))).split()
    assert {"libcurl4", "chromium-headless-shell", "wrk", "prometheus"} <= set(packages)
    assert {"pgbouncer", "nats-server", "redis-server", "nodejs"} <= set(packages)


def test_the_hooks_before_a_commit_run_tools_of_the_lock() -> None:
    repos = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    assert [repo["repo"] for repo in repos] == ["local"]
    for hook in repos[0]["hooks"]:
        assert hook.keys() >= {"id", "name", "entry", "language"}
        tool = hook["entry"].split()[0]
        assert tool.startswith(".venv/bin/")
        assert (TOOLS / tool.removeprefix(".venv/bin/")).exists(), tool


def test_the_installed_command_is_the_one_of_python_m() -> None:
    scripts = tomllib.loads(text("pyproject.toml"))["project"]["scripts"]
    assert EntryPoint("payment-engine", scripts["payment-engine"], "console_scripts").load() is cli
