"""Writes the skeleton of a new gateway: adapter, imitation, and the case of the contract suite.

The templates are a complete gateway called Acme, which passes the contract suite as it stands; a
new gateway begins as a copy of it under another name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path

_TEMPLATES = Path(__file__).with_name("templates")
_SUFFIX = ".tmpl"
_NAME = re.compile(r"[a-z][a-z0-9]{1,15}")
_CLASS = re.compile(r"[A-Z][A-Za-z0-9]{1,15}")
_IMPORTS = re.compile(r"(?:^from payment_engine[.\w]* import (?:\([^)]*\)|[^\n(]*)\n)+", re.M)
_IMPORT = re.compile(r"from payment_engine[.\w]* import (?:\([^)]*\)|[^\n(]*)\n")


class CannotWrite(ValueError):
    """The skeleton cannot be written; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the parts of a skeleton go, and what its modules are called there."""

    folders: Mapping[str, str]
    modules: Mapping[str, str]


IN_REPOSITORY = Layout(
    folders={
        "gateway": "payment_engine/gateways/acme",
        "mock": "payment_engine/mock/acme",
        "contract.py": "tests/contract/acme.py",
    },
    modules={},
)
"""A gateway of this repository, found as a subpackage."""
PACKAGE = Layout(
    folders={
        "gateway": "acme_gateway/gateway",
        "mock": "acme_gateway/mock",
        "contract.py": "acme_gateway/contract.py",
        "package/__init__.py": "acme_gateway/__init__.py",
        "package/pyproject.toml": "pyproject.toml",
    },
    modules={
        "payment_engine.gateways.acme": "acme_gateway.gateway",
        "payment_engine.mock.acme": "acme_gateway.mock",
    },
)
"""A package of its own, found through its entry points."""


def write_gateway(
    name: str, folder: Path, layout: Layout = IN_REPOSITORY, class_name: str | None = None
) -> list[Path]:
    """Write the skeleton of the gateway ``name`` below ``folder``; the files that were written.

    ``class_name`` is the prefix of its classes: ``PhonePe``. Raises CannotWrite for names that do
    not fit and for files that are there already.
    """
    names = {"acme": name, "Acme": class_name or name.capitalize()}
    _check(names["acme"], names["Acme"])
    files = {
        folder / _renamed(target, names): _renamed(text, names, layout.modules)
        for target, text in _templates(layout)
    }
    if existing := sorted(str(path) for path in files if path.exists()):
        raise CannotWrite(f"already there: {', '.join(existing)}")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_with_sorted_imports(text))
    return list(files)


def _check(name: str, class_name: str) -> None:
    if not _NAME.fullmatch(name) or iskeyword(name):
        raise CannotWrite("a name is 2 to 16 lower-case letters and digits, a letter first")
    if not _CLASS.fullmatch(class_name):
        raise CannotWrite("a class name is 2 to 16 letters and digits, a capital first")


def _templates(layout: Layout) -> list[tuple[str, str]]:
    """Each file's path, as the layout has it, and its text."""
    found = []
    for part, target in layout.folders.items():
        source = _TEMPLATES / part
        sources = source.iterdir() if source.is_dir() else [source.with_name(source.name + _SUFFIX)]
        for each in sorted(sources):
            path = f"{target}/{each.name.removesuffix(_SUFFIX)}" if source.is_dir() else target
            found.append((path, each.read_text()))
    return found


def _renamed(text: str, names: Mapping[str, str], modules: Mapping[str, str] | None = None) -> str:
    for old, new in {**(modules or {}), **names}.items():
        text = text.replace(old, new)
    return text


def _with_sorted_imports(text: str) -> str:
    """The order of our own modules depends on the name."""
    return _IMPORTS.sub(lambda block: "".join(_sorted(block.group())), text)


def _sorted(block: str) -> list[str]:
    return sorted(_IMPORT.findall(block), key=lambda statement: statement.split(" import ")[0])
