"""One gate for everybody: the pipeline, CI's script and a developer run the same check."""

import shutil

from tests.packaging.files import check, text


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
    for gate in (*gates, "-m pytest"):
        assert gate in planned, gate
