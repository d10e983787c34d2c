"""The chart, rendered by Helm's own code without a cluster."""

from collections.abc import Iterator
from typing import Any

import helm_python
import yaml

from tests.packaging.files import ROOT

CHART = ROOT / "deploy" / "chart"
NEEDED = {
    "publicUrl": "https://pay.shop.example",
    "existingSecret": "payment-engine",
    "ingress": {"host": "pay.shop.example", "tlsSecret": "pay-tls"},
}
EVERYTHING = {
    **NEEDED,
    "image": {"digest": f"sha256:{'a' * 64}"},
    "worker": {"keda": {"enabled": True, "prometheus": "http://prometheus:9090"}},
    "serviceMonitor": {"enabled": True},
    "mock": {"enabled": True},
    "settings": {"PE_GATEWAYS__JUSPAY__BASE_URL": "http://pay-mock:8090/juspay"},
    "postgres": {"pooler": "prepared"},
}
Document = dict[str, Any]


def rendered(values: Document) -> list[Document]:
    """Every document of the chart with these values."""
    with helm_python.Chart.load(CHART) as chart:
        files = chart.render(values, name="pay", namespace="payments")
    texts = [text for name, text in files.items() if not name.endswith(".txt")]
    return [each for text in texts for each in yaml.safe_load_all(text) if each]


def of_kind(documents: list[Document], *kinds: str) -> list[Document]:
    """Those of these kinds."""
    return [each for each in documents if each["kind"] in kinds]


def pods(documents: list[Document]) -> Iterator[tuple[str, Document]]:
    """The name and the template of each kind of pod."""
    for each in of_kind(documents, "Deployment", "Job"):
        yield each["metadata"]["name"], each["spec"]["template"]


def named(documents: list[Document], kind: str, name: str) -> Document:
    """The one document of this kind and name."""
    [found] = [each for each in of_kind(documents, kind) if each["metadata"]["name"] == name]
    return found
