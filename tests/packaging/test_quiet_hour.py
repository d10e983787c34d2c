"""An hour of a quiet service, recorded once and replayed: it pages nobody."""

from pathlib import Path

import pytest
import yaml

from tests.drills.prometheus import MISSING, RULES, installed
from tests.packaging.test_alerts import run

RECORDED = Path(__file__).with_name("quiet_hour.txt")
_STEP = 30
"""Seconds between two values of the recording."""


def series() -> list[dict[str, str]]:
    """What was recorded, as promtool takes it."""
    lines = (line for line in RECORDED.read_text().splitlines() if not line.startswith("#"))
    split = (line.rpartition("} ") for line in lines)
    return [{"series": name + "}", "values": values} for name, _, values in split]


@pytest.mark.skipif(not installed("promtool"), reason=MISSING)
def test_an_hour_of_a_quiet_service_pages_nobody(tmp_path: Path) -> None:
    recorded = series()
    assert len(recorded) > 300
    pages = 'ALERTS{alertstate="firing",severity="page"}'
    paid = "sum(payment_engine_attempt_results_total) > bool 1000"
    checks = [
        {"expr": pages, "eval_time": f"{minute}m", "exp_samples": []} for minute in range(1, 60)
    ]
    checks.append({"expr": paid, "eval_time": "59m", "exp_samples": [{"labels": "{}", "value": 1}]})
    test = {"interval": f"{_STEP}s", "input_series": recorded, "promql_expr_test": checks}
    path = tmp_path / "quiet.yml"
    content = {"rule_files": [str(RULES)], "evaluation_interval": f"{_STEP}s", "tests": [test]}
    path.write_text(yaml.safe_dump(content))
    run("promtool", "test", "rules", path)
