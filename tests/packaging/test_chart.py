"""The Helm chart: linted, rendered by Helm's own code, valid for Kubernetes, safe as it is."""

from importlib import import_module
from types import ModuleType
from typing import Any

import helm_python
import pytest
import yaml

from payment_engine import __version__
from payment_engine.command_line import cli
from payment_engine.environment import load
from payment_engine.settings import PREFIX, Settings
from tests.packaging.charts import (
    CHART,
    EVERYTHING,
    NEEDED,
    Document,
    named,
    of_kind,
    pods,
    rendered,
)
from tests.packaging.files import ROOT, text
from tests.packaging.test_alerts import exported

OF_OPERATORS = {"ScaledObject", "ServiceMonitor", "PodMonitor"}
"""Kinds of KEDA and of the Prometheus operator, whose schemas no package has."""
KUBERNETES = ("1.30", "1.37")


@pytest.fixture(scope="module", params=[NEEDED, EVERYTHING], ids=["needed", "everything"])
def documents(request: pytest.FixtureRequest) -> list[Document]:
    return rendered(request.param)


@pytest.fixture(scope="module")
def kubernetes() -> ModuleType:
    """What validates documents; importing it takes as long as a hundred tests."""
    return import_module("kubernetes_validate")


@pytest.mark.parametrize("values", [NEEDED, EVERYTHING], ids=["needed", "everything"])
def test_helm_lint_has_nothing_to_say(values: Document) -> None:
    report = helm_python.lint(CHART, values, strict=True)
    assert report["errors"] == []
    serious = [each for each in report["messages"] if each["severity"] > 1]
    assert serious == []


@pytest.mark.parametrize("version", KUBERNETES)
def test_every_document_fits_the_schema_of_kubernetes(
    documents: list[Document], version: str, kubernetes: ModuleType
) -> None:
    unknown = set()
    for each in documents:
        try:
            kubernetes.validate(each, version, strict=True)
        except kubernetes.utils.SchemaNotFoundError:
            unknown.add(each["kind"])
    assert unknown <= OF_OPERATORS
    assert len(documents) > 10


def test_a_document_that_does_not_fit_is_found(kubernetes: ModuleType) -> None:
    wrong = named(rendered(NEEDED), "Deployment", "pay-api")
    wrong["spec"]["template"]["spec"]["containers"][0]["port"] = []
    with pytest.raises(kubernetes.ValidationError):
        kubernetes.validate(wrong, KUBERNETES[-1], strict=True)


def test_no_pod_may_more_than_it_needs(documents: list[Document]) -> None:
    for name, pod in pods(documents):
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"], name
        assert spec["securityContext"]["runAsUser"] == 10001
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not spec["automountServiceAccountToken"]
        assert not spec["enableServiceLinks"]
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
        assert [each for each in spec["volumes"] if "hostPath" in each] == []
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
            assert "memory" in container["resources"]["limits"]


def test_what_runs_on_has_probes_and_survives_a_drained_node(documents: list[Document]) -> None:
    budgets = {
        each["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"]
        for each in of_kind(documents, "PodDisruptionBudget")
    }
    assert budgets == {"api", "worker"}
    for part in budgets:
        pod = named(documents, "Deployment", f"pay-{part}")["spec"]["template"]
        [container] = pod["spec"]["containers"]
        paths = {
            probe: container[probe]["httpGet"]["path"]
            for probe in ("startupProbe", "livenessProbe", "readinessProbe")
        }
        assert paths == {
            "startupProbe": "/live",
            "livenessProbe": "/live",
            "readinessProbe": "/ready",
        }
        ports = {each["name"] for each in container["ports"]}
        assert {container[probe]["httpGet"]["port"] for probe in paths} <= ports


def test_secrets_are_files_of_a_secret_that_exists(documents: list[Document]) -> None:
    assert of_kind(documents, "Secret") == []
    for name, pod in pods(documents):
        [volume] = [each for each in pod["spec"]["volumes"] if each["name"] == "secrets"]
        assert volume["secret"]["secretName"] == "payment-engine"
        [container] = pod["spec"]["containers"]
        assert [each for each in container["envFrom"] if "secretRef" in each] == [], name
        assert [each for each in container.get("env", []) if "valueFrom" in each] == []


def test_the_settings_it_gives_are_those_of_this_release(
    documents: list[Document], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = named(documents, "ConfigMap", "pay")["data"]
    (tmp_path / "PE_SECRET").write_text("a-root-secret-for-tests-only-0123456789")
    environ = {**settings, "PE_SECRETS_DIR": str(tmp_path)}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    made = load(environ)
    assert made.public_url == "https://pay.shop.example"
    for _, pod in pods(documents):
        grace = pod["spec"].get("terminationGracePeriodSeconds")
        assert grace is None or grace >= made.drain_seconds + made.shutdown_grace + 5
    ports = {made.api_port, made.admin_port, made.worker_port, made.mock_port}
    for _, pod in pods(documents):
        for port in pod["spec"]["containers"][0].get("ports", []):
            assert port["containerPort"] in ports


def test_each_pod_runs_a_command_of_this_release(documents: list[Document]) -> None:
    for name, pod in pods(documents):
        [argument] = pod["spec"]["containers"][0]["args"]
        assert name.endswith(argument)
        assert cli[argument]


def test_the_image_is_that_of_the_release_unless_a_digest_is_given() -> None:
    images = {
        pod["spec"]["containers"][0]["image"]
        for values in (NEEDED, EVERYTHING)
        for _, pod in pods(rendered(values))
    }
    assert images == {
        f"payment-engine:{__version__}",
        f"payment-engine@sha256:{'a' * 64}",
        f"payment-engine-mock:{__version__}",
    }


def test_services_and_budgets_select_pods(documents: list[Document]) -> None:
    labels = [pod["metadata"]["labels"] for _, pod in pods(documents)]
    for each in of_kind(documents, "Service", "PodDisruptionBudget", "NetworkPolicy"):
        spec = each["spec"]
        selector = spec.get("podSelector") or spec["selector"]
        labels_of_pods = selector.get("matchLabels", selector)
        assert any(labels_of_pods.items() <= found.items() for found in labels), each["metadata"]


def test_the_ingress_leads_to_no_admin_route(documents: list[Document]) -> None:
    [ingress] = of_kind(documents, "Ingress")
    [rule] = ingress["spec"]["rules"]
    backends = [path["backend"]["service"] for path in rule["http"]["paths"]]
    assert backends == [{"name": "pay-api", "port": {"name": "http"}}]
    assert [each["name"] for each in named(documents, "Service", "pay-api")["spec"]["ports"]] == [
        "http"
    ]
    [policy] = of_kind(documents, "NetworkPolicy")
    outside = policy["spec"]["ingress"][0]
    assert 8002 not in [each["port"] for each in outside["ports"]]
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_migrations_are_applied_before_pods_change(documents: list[Document]) -> None:
    job = named(documents, "Job", "pay-migrate")
    hooks = {
        each["metadata"]["name"]: int(each["metadata"]["annotations"]["helm.sh/hook-weight"])
        for each in (job, *of_kind(documents, "ConfigMap", "ServiceAccount"))
        if "helm.sh/hook" in each["metadata"].get("annotations", {})
    }
    assert hooks == {"pay-migrate": 0, "pay": -10}
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"postgres": {"maxConnections": 100}}, "all pods could take 139 connections"),
        ({"postgres": {"pool": 20}}, "lower postgres.pool or the replicas"),
        ({"api": {"autoscaling": {"maxReplicas": 9}}}, "there is room for 180"),
        ({"proxiesCount": 0}, "all customers would have one address"),
        ({"publicUrl": "pay.shop.example"}, "publicUrl"),
        ({"existingSecret": ""}, "existingSecret"),
        ({"settings": {"JUSPAY": "x"}}, "invalid propertyName"),
        ({"image": {"digest": "sha256:1"}}, "digest"),
        ({"worker": {"keda": {"enabled": True}}}, "the address of Prometheus"),
        ({"ingress": {"host": ""}}, "ingress.host is needed"),
    ],
)
def test_values_that_would_fail_later_fail_when_they_are_rendered(
    change: Document, reason: str
) -> None:
    with pytest.raises(helm_python.HelmError, match=reason):
        rendered({**NEEDED, **change})


def test_alert_rules_and_dashboard_are_those_of_the_repository(documents: list[Document]) -> None:
    alerts = named(documents, "ConfigMap", "pay-alerts")["data"]["payment-engine.yml"]
    dashboard = named(documents, "ConfigMap", "pay-dashboard")["data"]["payment-engine.json"]
    assert alerts == text("deploy/alerts.yml")
    assert dashboard == text("deploy/dashboard.json")


def queries() -> list[str]:
    """What scales workers, in the chart and for Devtron."""
    scaled = named(rendered(EVERYTHING), "ScaledObject", "pay-worker")["spec"]
    devtron = yaml.safe_load(text("deploy/devtron/worker.yaml"))["kedaAutoscaling"]
    return [each["metadata"]["query"] for one in (scaled, devtron) for each in one["triggers"]]


def test_workers_are_scaled_by_metrics_that_exist() -> None:
    assert len(queries()) == 4
    for query in queries():
        assert any(name in query for name in exported())


@pytest.mark.parametrize("part", ["api", "worker"])
def test_the_values_for_devtron_say_what_the_chart_says(part: str) -> None:
    values = yaml.safe_load((ROOT / "deploy" / "devtron" / f"{part}.yaml").read_text())
    pod = named(rendered(NEEDED), "Deployment", f"pay-{part}")["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert values["args"] == {"enabled": True, "value": container["args"]}
    assert values["GracePeriod"] == pod["terminationGracePeriodSeconds"]
    assert values["podSecurityContext"] == pod["securityContext"]
    assert values["containerSecurityContext"] == container["securityContext"]
    assert values["resources"] == container["resources"]
    named_ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    assert {each["name"]: each["port"] for each in values["ContainerPort"]} == named_ports
    for probe in ("StartupProbe", "LivenessProbe", "ReadinessProbe"):
        get = container[probe[0].lower() + probe[1:]]["httpGet"]
        assert (values[probe]["Path"], values[probe]["port"]) == (
            get["path"],
            named_ports[get["port"]],
        )
    names = {each["name"].removeprefix(PREFIX).lower() for each in values["EnvVariables"]}
    assert names <= set(Settings.model_fields)
