"""Where the API's time goes under load: the share of each layer, and the costliest lines.

    python -m bench.profile [--seconds N] [--connections N] [--workloads ...]

py-spy samples the API from outside while wrk loads it; only the thread that has the GIL counts.
A sample belongs to the innermost function of Python code: work of a C extension, to its caller;
that of a dataclass's generated methods, to decisions and documents.
"""

import argparse
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.engine import Server, gateway, prepare, stage
from bench.workloads import Load, measure

WORKLOADS = "init,read,methods,attempt"
TOP = 12
"""Lines printed of each workload."""
_WARM = Load(connections=64, seconds=2)
_RATE = 400
"""Samples a second."""
_LAYERS = {
    "HTTP server": ("sanic/", "httptools/", "payment_engine/app.py", "payment_engine/timed_"),
    "routes": ("payment_engine/blueprints/",),
    "decisions and documents": ("payment_engine/domain/", "payment_engine/services/", "<string>"),
    "statements and pool": ("payment_engine/db/", "asyncpg/", "tortoise/"),
    "gateway and wire": ("payment_engine/gateways/", "aiohttp/", "httpx/", "yarl/", "multidict/"),
    "raw log and masking": ("payment_engine/store/", "motor/", "pymongo/", "bson/"),
    "logs and metrics": ("structlog/", "logging/", "prometheus_client/", "payment_engine/logs",
                         "payment_engine/metrics"),
    "validation": ("pydantic/", "pydantic_core/"),
    "event loop": ("asyncio/", "uvloop/", "selectors.py", "sanic/server/runners.py"),
}  # fmt: skip


def main() -> None:
    """Print a table of layers for each workload, and the costliest lines of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--workloads", default=WORKLOADS)
    options = parser.parse_args()
    load = Load(options.connections, options.seconds)
    with stage() as made:
        server = prepare(made, "profiled", gateway(made)).serve()
        for name in options.workloads.split(","):
            _print(name, _sampled(name, server, made.folder, load))


def _sampled(name: str, server: Server, folder: Path, load: Load) -> Counter[str]:
    """How often each stack was found while a burst of the workload ran, after one to warm up."""
    file = folder / f"{name}.stacks"
    servers = {"engine": server}
    measure(name, servers, folder, _WARM)("engine")
    measure(name, servers, folder, load, lambda: _recorded(server.pid, load.seconds, file))(
        "engine"
    )
    stacks: Counter[str] = Counter()
    for line in file.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        stacks[stack] += int(count)
    return stacks


@contextmanager
def _recorded(pid: int, seconds: int, file: Path) -> Iterator[None]:
    spy = shutil.which("py-spy", path=str(Path(sys.executable).parent))
    if spy is None:
        sys.exit("py-spy is missing: it is part of requirements-bench.lock")
    options = ["--duration", str(seconds), "--rate", str(_RATE), "--gil", "--format", "raw"]
    command = [spy, "record", *options, "--output", str(file), "--pid", str(pid)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        yield


def _print(name: str, stacks: Counter[str]) -> None:
    total = sum(stacks.values())
    layers: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for stack, count in stacks.items():
        innermost = stack.rpartition(";")[2]
        layers[layer_of(innermost)] += count
        lines[innermost] += count
    print(f"\n{name}: {total} samples\n\n| Layer | Share |\n| --- | --- |")
    for layer, count in layers.most_common():
        print(f"| {layer} | {100 * count / total:.0f} % |")
    print()
    for line, count in lines.most_common(TOP):
        print(f"{100 * count / total:5.1f} %  {line}")


def layer_of(frame: str) -> str:
    """The layer of a frame, as py-spy writes it: ``function (file:line)``.

    Sanic compiles some of its methods anew, under their own names instead of a file's.
    """
    file, _, _ = frame.rpartition("(")[2].partition(":")
    if "." not in file and file != "<string>":
        return "HTTP server"
    return next(
        (name for name, parts in _LAYERS.items() if any(part in file for part in parts)),
        "other files of payment_engine" if "payment_engine/" in file else "standard library",
    )


if __name__ == "__main__":
    main()
