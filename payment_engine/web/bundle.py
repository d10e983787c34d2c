"""Pages in one piece: styles and scripts are part of the document.

Nothing of such a page can be lost on its way, or come from another release, and the policy sent
with it names each part by its hash, so that a browser runs nothing else. The modules stay plain
files; they are joined when the service starts.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from payment_engine.assets import Asset

STATIC = Path(__file__).parent / "static"

_PART = re.compile(r"@([\w./ -]+\.(?:js|json|css))@")
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function |const |let )", re.MULTILINE)
_DECLARED = re.compile(r"^(?:export )?(?:async )?(?:function|const|let) (\w+)", re.MULTILINE)
_TOP_COMMENT = re.compile(r"(?://.*\n)+")
_SPACE = re.compile(r"^ *//.*\n|^\n|^ +", re.MULTILINE)
_INDENT = re.compile(r"\n\s+")
_CSS_SPACE = re.compile(r"\s*([{};,>])\s*|(?<=[:]) (?=\S)|\n\s*")
_ENDS_PART = ("</script", "</style", "<!--")


@dataclass(frozen=True)
class Page:
    """A document, and the hashes of its parts as sources of a content security policy."""

    asset: Asset
    scripts: tuple[str, ...]
    styles: tuple[str, ...]


def read_page(name: str, **texts: str) -> Page:
    """The page with each ``@file@`` replaced by what it names, and each ``@NAME@`` by its text."""
    page = _INDENT.sub("\n", (STATIC / name).read_text())
    for placeholder, text in texts.items():
        page = page.replace(f"@{placeholder}@", text)
    found: dict[str, list[str]] = {"js": [], "css": []}

    def part(match: re.Match[str]) -> str:
        kind = match[1].rpartition(".")[2]
        if kind == "json":
            return data(match[1])
        content = script(match[1]) if kind == "js" else style(match[1].split())
        found[kind].append(_hash(content))
        return content

    body = _PART.sub(part, page)
    asset = Asset(body.encode(), "text/html; charset=utf-8", smallest=True)
    return Page(asset, tuple(found["js"]), tuple(found["css"]))


def data(name: str) -> str:
    """A JSON document, which no policy needs to name: browsers run nothing of it."""
    document = json.loads((STATIC / name).read_text())
    return _whole(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


def style(names: list[str]) -> str:
    """Style sheets, one after the other, without the space that only people need."""
    sheets = "".join((STATIC / name).read_text() for name in names)
    return _whole(_CSS_SPACE.sub(lambda match: match[1] or "", sheets))


def script(entry: str) -> str:
    """A module with all that it imports, in the order of use, in one scope.

    Raises ValueError for modules that import each other or declare the same name.
    """
    modules = _modules(entry)
    names = [name for source in modules.values() for name in _DECLARED.findall(source)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"declared in two modules: {', '.join(sorted(twice))}")
    return _whole('"use strict";\n' + "".join(map(_plain, modules.values())))


def script_reasons(entry: str) -> dict[str, str]:
    """Each module that a page's script is made of, with the comment at its top: why it is there.

    Raises ValueError for one without.
    """
    found = {name: _TOP_COMMENT.match(source) for name, source in _modules(entry).items()}
    if silent := [name for name, comment in found.items() if comment is None]:
        raise ValueError(f"no reason at the top of: {', '.join(silent)}")
    return {name: _reason(comment[0]) for name, comment in found.items() if comment}


def _reason(comment: str) -> str:
    return " ".join(line.removeprefix("//").strip() for line in comment.splitlines())


def _modules(entry: str) -> dict[str, str]:
    """The sources by name, each after what it imports."""
    modules: dict[str, str] = {}
    _add(entry, modules, ())
    return modules


def _add(name: str, modules: dict[str, str], importers: tuple[str, ...]) -> None:
    if name in importers:
        raise ValueError(f"{name} imports itself by way of {importers[-1]}")
    source = (STATIC / name).read_text()
    for imported in _IMPORT.findall(source):
        if imported not in modules:
            _add(imported, modules, (*importers, name))
    modules[name] = source


def _plain(source: str) -> str:
    """A module's code without its imports, exports, comments and indentation."""
    return _SPACE.sub("", _EXPORT.sub("", _IMPORT.sub("", source)))


def _whole(content: str) -> str:
    """The content, which must not end the element that it is in."""
    if any(end in content for end in _ENDS_PART):
        raise ValueError("the text would end its own element")
    return content


def _hash(content: str) -> str:
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"
