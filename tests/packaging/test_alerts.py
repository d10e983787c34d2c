"""The alert rules: each is about metrics that are there, fires when it should, and leads on."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from payment_engine import metrics
from payment_engine.domain.requests import worklists
from payment_engine.signals import OWN_SIGNALS, SIGNALS
from tests.drills.prometheus import MISSING, ROOT, RULES, installed
from tests.packaging.alert_cases import CASES, Case
from tests.packaging.alert_series import Series

RUNBOOK = ROOT / "docs" / "runbook.md"
LISTS = {
    "attempts": worklists.AttemptsQuery,
    "conflicts": worklists.ConflictsQuery,
    "refunds": worklists.RefundsQuery,
    "messages": worklists.MessagesQuery,
    "notices": worklists.NoticesQuery,
    "quarantine": worklists.QuarantineQuery,
    "jobs": worklists.JobsQuery,
    "actions": worklists.ActionsQuery,
    "unmatched": worklists.UnmatchedQuery,
    "routes": None,
    "health": None,
}
"""The lists of the console, and what they can be filtered by."""
GROUPS = yaml.safe_load(RULES.read_text())["groups"]
ALERTS = [rule for group in GROUPS for rule in group["rules"] if "alert" in rule]
RECORDED = {rule["record"] for group in GROUPS for rule in group["rules"] if "record" in rule}
DASHBOARD = json.loads((ROOT / "deploy" / "dashboard.json").read_text())
DETAILS = {
    f"payment_engine_{name}"
    for name in (
        *("charges_without_answer_total", "worker_failures_total", "worker_round_seconds"),
        *("raw_log_queue", "reviews_total", "policy_violations_total", "refused_by_limits_total"),
    )
}
"""What is looked up while an incident is worked on, and is neither drawn nor alarmed on."""
SEVERITY = {rule["alert"]: rule["labels"]["severity"] for rule in ALERTS}

needs_promtool = pytest.mark.skipif(not installed("promtool"), reason=MISSING)


def exported() -> dict[str, set[str]]:
    """The names of all samples that a process shows, and their labels."""
    names = {f"payment_engine_{each.name}": set(each.labels) for each in (*SIGNALS, *OWN_SIGNALS)}
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            family, labels = next(iter(metric.describe())), set(metric._labelnames)
            endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
            for ending in endings.get(family.type, [""]):
                names[family.name + ending] = labels | ({"le"} if ending == "_bucket" else set())
    return names


def expressions(content: Any) -> list[str]:
    """Every ``expr`` in a document."""
    if isinstance(content, dict):
        inner = [each for value in content.values() for each in expressions(value)]
        own = content.get("expr")
        return [own, *inner] if isinstance(own, str) else inner
    items = content if isinstance(content, list) else []
    return [each for item in items for each in expressions(item)]


def run(*command: str | Path) -> str:
    """The output of a command that must succeed."""
    program = shutil.which(str(command[0]))
    assert program
    done = subprocess.run(  # noqa: S603
        [program, *command[1:]], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_promtool
def test_the_rules_are_valid() -> None:
    assert "SUCCESS" in run("promtool", "check", "rules", RULES)


@pytest.mark.parametrize("content", [GROUPS, DASHBOARD], ids=["alerts", "dashboard"])
def test_every_expression_is_about_metrics_and_labels_that_exist(content: Any) -> None:
    names = exported()
    found = expressions(content)
    assert len(found) > 40
    for expression in found:
        for metric in re.finditer(r"(payment_engine_[a-z_]+)(?:\{([^}]*)\})?", expression):
            assert metric[1] in names, metric[1]
            labels = set(re.findall(r"([a-z_]+)(?:=~|!=|=)", metric[2] or ""))
            assert labels <= names[metric[1]], metric[0]
        for recorded in re.findall(r"\b(?:route|gateway|engine):[a-z]+:[a-z0-9]+", expression):
            assert recorded in RECORDED


def test_every_metric_of_the_engine_is_on_the_dashboard_or_in_an_alert_or_known_not_to_be() -> None:
    text = " ".join(expressions(GROUPS) + expressions(DASHBOARD))
    missing = {name for name in exported() if name.removesuffix("_bucket") not in text}
    missing = {name for name in missing if not name.endswith(("_count", "_sum"))}
    assert missing == DETAILS


@needs_promtool
def test_the_expressions_of_the_dashboard_are_valid(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expression}
        for number, expression in enumerate(expressions(DASHBOARD))
    ]
    path = tmp_path / "panels.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    assert "SUCCESS" in run("promtool", "check", "rules", path)


def test_the_panels_of_the_dashboard_stand_side_by_side() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    positions = [tuple(panel["gridPos"].values()) for panel in panels]
    assert len(set(positions)) == len(positions)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_leads_to_its_section_and_to_a_list_that_shows_what_it_is_about(
    alert: dict[str, Any],
) -> None:
    assert alert["labels"]["severity"] in ("page", "ticket")
    notes = alert["annotations"]
    assert set(notes) == {"summary", "runbook", "console"}
    sections = {
        head.lower().replace(" ", "-")
        for head in re.findall(r"^## (.+)$", RUNBOOK.read_text(), re.MULTILINE)
    }
    where, _, section = notes["runbook"].partition("#")
    assert (where, section in sections) == ("{{ $externalLabels.runbook }}", True)
    address = notes["console"].replace("{{ $externalLabels.engine }}", "https://pay.example")
    for label, value in {"gateway": "juspay", "method": "card", "subject": "refund"}.items():
        address = address.replace(f"{{{{ $labels.{label} }}}}", value)
    name, _, query = urlsplit(address).fragment.partition("?")
    shape = LISTS[name]
    if shape:
        shape.model_validate(dict(parse_qsl(query)))


def test_every_alert_has_a_case_and_every_case_an_alert() -> None:
    assert {case.alert for case in CASES} == {alert["alert"] for alert in ALERTS}


def written(folder: Path, case: Case) -> Path:
    """A case for promtool: the series above the line of its alert, and those below."""
    rules, path = folder / "rules.yml", folder / "cases.yml"
    rules.write_text(yaml.safe_dump({"groups": [{"name": "one", "rules": needed_by(case.alert)}]}))
    content = {
        "rule_files": [str(rules)],
        "evaluation_interval": case.interval,
        "tests": [
            expected(case, case.series, fires=True),
            expected(case, case.harmless, fires=False),
        ],
    }
    path.write_text(yaml.safe_dump(content))
    return path


def expected(case: Case, series: Series, *, fires: bool) -> dict[str, Any]:
    """A test of promtool: whether these series make the alert fire."""
    labels = {"severity": SEVERITY[case.alert], **case.labels}
    text = ",".join(f'{name}="{value}"' for name, value in labels.items())
    firing = f'ALERTS{{alertname="{case.alert}",alertstate="firing",{text}}}'
    check = {
        "expr": f'ALERTS{{alertname="{case.alert}",alertstate="firing"}}',
        "eval_time": case.at,
        "exp_samples": [{"labels": firing, "value": 1}] if fires else [],
    }
    return {
        "interval": case.interval,
        "input_series": [{"series": key, "values": values} for key, values in series.items()],
        "promql_expr_test": [check],
    }


def needed_by(alert: str) -> list[dict[str, Any]]:
    """The rule of an alert, after those that record what it is about: all take too long."""
    own = next(rule for rule in ALERTS if rule["alert"] == alert)
    needed, text = [own], own["expr"]
    for rule in reversed([r for group in GROUPS for r in group["rules"] if "record" in r]):
        if rule["record"] in text:
            needed.insert(0, rule)
            text += rule["expr"]
    return needed


@needs_promtool
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.alert)
def test_an_alert_fires_above_its_line_and_not_below(tmp_path: Path, case: Case) -> None:
    run("promtool", "test", "rules", written(tmp_path, case))
