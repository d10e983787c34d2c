"""A Prometheus of one's own: it scrapes a demo and evaluates the alert rules."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from payment_engine.demo.ports import HOST, free_port
from payment_engine.demo.process import wait_until

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "alerts.yml"
MISSING = "install it with: apt-get install prometheus"


def installed(program: str = "prometheus") -> bool:
    """Whether this machine has Prometheus, or its ``promtool``."""
    return shutil.which(program) is not None


@dataclass(frozen=True)
class Prometheus:
    """A running one."""

    url: str

    def firing(self) -> dict[str, list[dict[str, str]]]:
        """The alerts that fire now: their labels, by the name of the rule."""
        found: dict[str, list[dict[str, str]]] = {}
        for alert in self._get("alerts")["alerts"]:
            if alert["state"] == "firing":
                found.setdefault(alert["labels"]["alertname"], []).append(alert["labels"])
        return found

    def annotations(self, name: str) -> dict[str, str]:
        """What an alert says to whoever is called."""
        alerts = self._get("alerts")["alerts"]
        return next(dict(a["annotations"]) for a in alerts if a["labels"]["alertname"] == name)

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The result of an expression now; raises where it is not valid."""
        result: list[dict[str, Any]] = self._get("query", query=expression)["result"]
        return result

    def history(self, expression: str, start: float, end: float, step: float) -> list[Any]:
        """The samples of an expression between two Unix times, every ``step`` seconds."""
        window = {"start": str(start), "end": str(end), "step": str(step)}
        result: list[Any] = self._get("query_range", query=expression, **window)["result"]
        return result

    def _get(self, path: str, **query: str) -> dict[str, Any]:
        with httpx.Client(trust_env=False, timeout=30) as client:
            answer = client.get(f"{self.url}/api/v1/{path}", params=query).json()
        assert answer["status"] == "success", answer
        return dict(answer["data"])


@contextmanager
def running(
    targets: Sequence[str], folder: Path, *, engine: str, interval: float = 2
) -> Iterator[Prometheus]:
    """Prometheus with our rules, which it evaluates as often as it scrapes the ``targets``."""
    port = free_port()
    url = f"http://{HOST}:{port}"
    config = folder / "prometheus.yml"
    config.write_text(_config(targets, engine, interval))
    command = [
        shutil.which("prometheus") or "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address={HOST}:{port}",
        "--log.level=warn",
    ]
    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603
    try:
        wait_until(lambda: _ready(url), 30)
        yield Prometheus(url)
    finally:
        process.terminate()
        process.wait(30)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _config(targets: Sequence[str], engine: str, interval: float) -> str:
    hosts = ", ".join(f'"{each.split("/")[2]}"' for each in targets)
    return f"""
global:
  scrape_interval: {interval:g}s
  evaluation_interval: {interval:g}s
  external_labels: {{engine: "{engine}", runbook: "https://docs.example/runbook.md"}}
rule_files: ["{RULES}"]
scrape_configs:
  - job_name: payment-engine
    static_configs: [{{targets: [{hosts}]}}]
"""
