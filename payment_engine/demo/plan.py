"""What the demo is going to run: addresses, secrets and the environment of its programs."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from payment_engine.demo.data_dirs import NotOurs
from payment_engine.demo.files import load_or_create
from payment_engine.demo.ports import HOST
from payment_engine.environment import load
from payment_engine.settings import Settings

_CHECKS = [10, 30, 60, 300, 1800, 3600, 21600, 86400, 259200]
"""A person is watching: ask about a pending attempt sooner than production would (seconds)."""


@dataclass(frozen=True)
class Plan:
    """Everything that is known before anything has started."""

    settings: Settings
    environ: Mapping[str, str]
    secrets: Mapping[str, str]

    @property
    def run_dir(self) -> Path:
        """Where this demo keeps data, logs and keys."""
        return self.settings.run_dir.absolute()

    @property
    def api(self) -> str:
        """The address of the API."""
        return f"http://{HOST}:{self.settings.api_port}"

    @property
    def mock(self) -> str:
        """The address of the mock gateways, the customer's page and the mock shop."""
        return f"http://{HOST}:{self.settings.mock_port}"

    @property
    def metrics(self) -> list[str]:
        """What Prometheus scrapes: the API, and the worker if it serves its metrics."""
        port = self.settings.worker_port
        worker = [f"http://{HOST}:{port}/metrics"] if port else []
        return [f"{self.api}/metrics", *worker]

    @property
    def own_postgres(self) -> bool:
        """Whether we start PostgreSQL, as the user names none."""
        return "PE_DATABASE_URL" not in self.environ

    @property
    def own_mongo(self) -> bool:
        """Whether we start MongoDB, as the user names none."""
        return "PE_MONGO_URL" not in self.environ

    @property
    def spool(self) -> Path:
        """Where raw exchanges wait while there is no MongoDB."""
        return self.run_dir / "spool"

    def log(self, name: str) -> Path:
        """Where a program's output goes."""
        return self.run_dir / "logs" / f"{name}.log"

    def ports(self) -> dict[str, int]:
        """Every port we will listen on, by the setting that changes it."""
        settings = self.settings
        ports = {"PE_API_PORT": settings.api_port, "PE_MOCK_PORT": settings.mock_port}
        if settings.worker_port:
            ports["PE_WORKER_PORT"] = settings.worker_port
        if self.own_postgres:
            ports["PE_POSTGRES_PORT"] = settings.postgres_port
        if self.own_mongo:
            ports["PE_MONGO_PORT"] = settings.mongo_port
        return ports

    def program_environ(self, database_url: str, mongo_url: str | None) -> dict[str, str]:
        """The environment of API, worker and mock but for the accounts at gateways, which the mock
        names; what the user has set stays as it is.
        """
        ours = {
            "PE_SECRET": self.secrets["secret"],
            "PE_PUBLIC_URL": self.api,
            "PE_MOCK_URL": self.mock,
            "PE_TEST_MODE": "true",
            "PE_CARD_FIELDS_SAQ_A_EP": "true",
            "PE_DRAIN_SECONDS": "0",
            "PE_SPOOL_DIR": str(self.spool),
            "PE_CHECK_SCHEDULE": json.dumps(_CHECKS),
            "PYTHONUNBUFFERED": "1",
        }
        fixed = {
            "PE_DATABASE_URL": database_url,
            "PE_API_PORT": str(self.settings.api_port),
            "PE_MOCK_PORT": str(self.settings.mock_port),
            "PE_WORKER_PORT": str(self.settings.worker_port),
            **({"PE_MONGO_URL": mongo_url} if mongo_url else {}),
        }
        return {**ours, **self.environ, **fixed}


def make_plan(environ: Mapping[str, str]) -> Plan:
    """The plan for this environment, its folders made and its secrets kept for the next run.

    PE_SECRET need not be set. Raises BadSettings, or NotOurs for somebody else's run folder.
    """
    given = {} if "PE_SECRET" in environ else {"secret": secrets.token_urlsafe(32)}
    settings = load(environ, **given)
    folder = settings.run_dir
    try:
        for each in (folder / "logs", folder / "spool"):
            each.mkdir(parents=True, exist_ok=True)
        return Plan(settings, environ, load_or_create(folder / "secrets.json", _new_secrets))
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}"
        raise NotOurs(f"{reason}: set PE_RUN_DIR to another folder.") from None


def _new_secrets() -> dict[str, Any]:
    return {"secret": secrets.token_urlsafe(32)}
