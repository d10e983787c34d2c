"""Names use the words of the payments field, and a rule is told in words, not by a code.

The glossary in docs has the field's words. What is banned here says what somebody did with a
value (asked, came, told); a name says what the value is (request, call, response).
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
BANNED = {
    "asked": "request, or the name of its type",
    "came": "call, event, received",
    "told": "response, reported",
    "said": "body, response, outcome, text",
    "word": "outcome, text, status",
    "words": "outcomes, fields, texts",
    "heard": "notifications, recorded",
    "held": "authorized, stored, locked",
    "kept": "stored, saved",
    "seen": "previous, known, version",
    "deed": "action",
    "trying": "context, attempt",
    "place": "path, pointer, position",
    "places": "paths, pointers, positions",
    "lane": "route (gateway x method), queue (of a worker)",
    "lanes": "routes, queues",
    "wanted": "requested, expected",
    "shown": "document, rendered, expected",
    "presented": "rendered, input",
    "hold": "authorize",
    "vault": "sealer",
    "lever": "action",
    "levers": "actions",
    "strand": "random",
    "purse": "wallet",
    "purses": "wallets",
    "garden": "faults",
    "postman": "webhook_sender",
    "news": "outcome, change",
    "doubt": "unknown",
    "doubts": "unknown",
}
NOT_YET: set[str] = set()
"""Folders and files that are still being renamed; what leaves this set never returns."""

_PREFIXES = "CHK|CRD|IDM|MNY|MOD|OPS|PCI|PHR|REC|RFD|RTE|SIM|TOK|UPI|WAL|WHK"
_CODE = re.compile(rf"\b(?:{_PREFIXES})-\d+\b")
_CODE_IN_NAME = re.compile(rf"_(?:{_PREFIXES.lower()})_\d+(?=_|$)")

_NAME_FIELDS = ("name", "id", "attr", "arg", "asname", "module", "rest")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_JS_NO_CODE = re.compile(
    r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`", re.DOTALL
)
_JS_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_SKIPPED = {"node_modules", "__pycache__", ".venv", ".git", "migrations"}


def banned_parts(text: str) -> set[str]:
    """The banned words among the parts of a name in snake_case or CamelCase, or of a text."""
    return BANNED.keys() & {part.lower() for part in set(_PARTS.findall(text))}


@cache
def name_fields(kind: type[ast.AST]) -> list[str]:
    """Most kinds of nodes have none."""
    return [field for field in _NAME_FIELDS if field in kind._fields]


def python_names(source: str) -> Iterator[tuple[int, str]]:
    """Each name of a module with its line; names of test functions are sentences, so not they."""
    for node in ast.walk(ast.parse(source)):
        names = [getattr(node, field, None) for field in name_fields(type(node))]
        names += getattr(node, "names", []) if isinstance(node, ast.Global | ast.Nonlocal) else []
        for name in names:
            if isinstance(name, str) and not name.startswith("test_"):
                yield getattr(node, "lineno", 1), name


def script_names(source: str) -> Iterator[tuple[int, str]]:
    """Each name in a piece of JavaScript with its line."""
    code = _JS_NO_CODE.sub(lambda match: "\n" * match[0].count("\n"), source)
    for number, line in enumerate(code.split("\n"), start=1):
        yield from ((number, name) for name in _JS_NAME.findall(line))


def files(folders: set[str], *endings: str) -> Iterator[Path]:
    """The files of these folders with one of these endings."""
    for folder in sorted(folders):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in endings and not _SKIPPED & set(path.parts):
                yield path


def unfit(names: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The names with a banned word in them, and what to write instead."""
    for line, name in names:
        for part in banned_parts(name):
            yield line, f"{name}: not «{part}» but for example {BANNED[part]}"


def not_yet(path: Path) -> bool:
    """Whether a file lies in one of the folders that are still being renamed."""
    return any(path.is_relative_to(ROOT / folder) for folder in NOT_YET)


def test_names_are_made_of_the_words_of_the_field() -> None:
    found = []
    for path in files({"payment_engine", "tests", "bench"}, ".py", ".js"):
        source = path.read_text()
        at = path.relative_to(ROOT)
        if not not_yet(path) and banned_parts(f"{at} {source}"):
            read = python_names if path.suffix == ".py" else script_names
            names = [(1, part) for part in at.with_suffix("").parts if not part.startswith("test_")]
            found += [f"{at}:{line} {hint}" for line, hint in unfit([*names, *read(source)])]
    assert not found, "\n".join(found)


def test_the_rule_of_words_would_catch_each_kind_of_name() -> None:
    planted = (
        "import a.lanes\nfrom a import b as told\n"
        "class Deed: pass\n"
        "async def keeps_seen(asked, *, came=1, **kept): x.heldBack = wordOf(said=1)\n"
        "try: pass\nexcept E as shown: pass\n"
        "def test_what_was_told_is_kept(): pass\n"
    )
    assert {hint.partition(":")[0] for _, hint in unfit(python_names(planted))} == {
        *("a.lanes", "told", "Deed", "keeps_seen", "asked", "came", "kept", "heldBack"),
        *("wordOf", "said", "shown"),
    }


def test_the_rule_of_words_would_catch_a_name_in_a_script() -> None:
    planted = "/* told\n */ let lastSeen = 'asked' + `${1} held`; // kept\npage.replaceWith(Deed)"
    assert [(line, hint.partition(":")[0]) for line, hint in unfit(script_names(planted))] == [
        (2, "lastSeen"),
        (3, "Deed"),
    ]


def test_longer_words_that_contain_a_banned_one_are_free() -> None:
    assert list(unfit([(1, "replace_password"), (1, "Threshold"), (1, "keywordOf")])) == []


def codes(text: str) -> Iterator[tuple[int, str]]:
    """Each code of a rule in a text, and in the names of its test functions, with its line."""
    for number, line in enumerate(text.split("\n"), start=1):
        yield from ((number, code) for code in _CODE.findall(line))
        for name in re.findall(r"def (test_\w+)", line):
            yield from ((number, code.strip("_")) for code in _CODE_IN_NAME.findall(name))


def test_no_rule_is_told_by_a_code() -> None:
    folders = {"payment_engine", "tests", "bench", "docs", "deploy", ".ci"}
    texts = files(
        folders, ".py", ".js", ".md", ".html", ".css", ".sh", ".toml", ".yml", ".yaml", ".json"
    )
    top = [*ROOT.glob("*.md"), *ROOT.glob("*.toml"), *ROOT.glob("*.yml"), ROOT / "Makefile"]
    found = [
        f"{path.relative_to(ROOT)}:{line} {code}: say what the rule says, with its public source"
        for path in [*texts, *top]
        if not not_yet(path)
        for line, code in codes(path.read_text())
    ]
    assert not found, "\n".join(found)


def test_the_rule_of_codes_would_catch_one_in_a_text_or_a_test_name() -> None:
    text_code, other_code = "-".join(("MOD", "5")), "-".join(("UPI", "12"))
    name_code = "_".join(("mny", "3"))
    planted = f"# as {text_code} and {other_code} say, not UTF-8\ndef test_late_{name_code}():"
    assert list(codes(planted)) == [(1, text_code), (1, other_code), (2, name_code)]
