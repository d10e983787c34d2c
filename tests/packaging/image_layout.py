"""The folders of the image's code, laid out by the steps of the Dockerfile without an engine."""

import re
import shutil
import subprocess
from pathlib import Path

from tests.packaging.files import ROOT, text

_FOLDERS = re.compile(r"(?<![\w/])/(app|production)(?=/|\s|$)")


def lay_out(folder: Path) -> None:
    """Do what the stage ``code`` does; its ``/app`` and ``/production`` are then in ``folder``."""
    stage = text("Dockerfile").split(" AS code\n")[1].split("\nFROM ")[0]
    for step in stage.replace("\\\n", "").strip().splitlines():
        kind, rest = step.split(maxsplit=1)
        inside = _FOLDERS.sub(rf"{folder}/\1", rest)
        if kind == "COPY":
            _copy(*inside.split())
        else:
            assert kind == "RUN"
            shell = shutil.which("sh")
            assert shell
            subprocess.run([shell, "-euc", inside], check=True)  # noqa: S603


def _copy(source: str, target: str) -> None:
    """As a builder, which is sent no demo and no bytecode."""
    if source.endswith("/"):
        leave_out = shutil.ignore_patterns("__pycache__", "demo")
        shutil.copytree(ROOT / source, target, dirs_exist_ok=True, ignore=leave_out)
    else:
        shutil.copy(ROOT / source, target)
