"""Pages in one piece: modules are joined in the order of use, each in a scope of its own."""

import json
import re
from pathlib import Path

import pytest

from payment_engine.blueprints import ALL
from payment_engine.blueprints.operation import OPERATIONS
from payment_engine.domain import errors
from payment_engine.domain.cards import NETWORKS
from payment_engine.web import bundle

STATIC = bundle.STATIC
ENGLISH, HINDI = (json.loads((STATIC / f"texts.{each}.json").read_text()) for each in ("en", "hi"))
TOO_NEW = (
    r"\?\.[a-zA-Z(\[]|\?\?|\|\|=|&&=|\.at\(|findLast|replaceChildren|replaceAll|randomUUID"
    r"|structuredClone|<dialog|Object\.hasOwn|AbortSignal\.timeout"
)
"""What Chrome 80 or Safari 13 do not know."""
TOO_NEW_STYLE = (
    r":is\(|:where\(|[^-]gap:|inset:|padding-inline|aspect-ratio|dvh|@container|rgb\([^,)]* "
)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of static files."""
    monkeypatch.setattr(bundle, "STATIC", tmp_path)
    return tmp_path


def test_modules_are_joined_in_the_order_of_use(written: Path) -> None:
    (written / "a.js").write_text('import { b, c } from "./b.js";\n\n// why\n  b(c);\n')
    (written / "b.js").write_text("export const c = 1;\nexport async function b() {}\nlet own;\n")
    assert bundle.script("a.js") == (
        '"use strict";\nconst c = 1;\nasync function b() {}\nlet own;\nb(c);\n'
    )


def test_modules_that_declare_the_same_name_are_refused(written: Path) -> None:
    (written / "a.js").write_text('import { b } from "./b.js";\nconst own = b;\n')
    (written / "b.js").write_text("export const b = 1;\nlet own;\n")
    with pytest.raises(ValueError, match="declared in two modules: own"):
        bundle.script("a.js")


def test_modules_that_import_each_other_are_refused(written: Path) -> None:
    (written / "a.js").write_text('import { b } from "./b.js";\nexport const a = 1;\n')
    (written / "b.js").write_text('import { a } from "./a.js";\nexport const b = 1;\n')
    with pytest.raises(ValueError, match=r"a\.js imports itself by way of b\.js"):
        bundle.script("a.js")


def test_a_text_that_would_end_its_element_is_refused(written: Path) -> None:
    (written / "a.js").write_text('const a = "</script>";\n')
    with pytest.raises(ValueError, match="would end its own element"):
        bundle.script("a.js")


def test_every_import_and_export_is_of_a_form_that_can_be_joined() -> None:
    for page in ("checkout.js", "console.js"):
        assert not re.findall(r"^\s*(?:import|export)\b.*", bundle.script(page), re.MULTILINE)


def test_scripts_and_styles_use_only_what_old_phones_know() -> None:
    found = re.findall(TOO_NEW, bundle.script("checkout.js"))
    assert not found
    assert not re.findall(TOO_NEW_STYLE, bundle.style(["base.css", "checkout.css"]))


def test_each_text_exists_in_both_languages_with_the_same_values() -> None:
    assert ENGLISH.keys() == HINDI.keys()
    for key, english in ENGLISH.items():
        values = [set(re.findall(r"\{\d\}", text)) for text in (english, HINDI[key])]
        assert values[0] == values[1], key
    same = {key for key in ENGLISH if ENGLISH[key] == HINDI[key]}
    assert same == {
        "cvv",
        "group.upi",
        "method.upi_intent",
        "method.upi_qr",
        "method.upi_collect",
    } | {key for key in same if key in ("vpa", "otp")}


def test_each_text_that_a_script_names_exists() -> None:
    named = set(re.findall(r'\bt\("([^"]+)"', bundle.script("checkout.js")))
    assert named
    assert named <= ENGLISH.keys()


def test_each_refusal_of_an_attempt_has_a_text_or_an_answer_of_its_own() -> None:
    assert ALL
    [start] = (each for each in OPERATIONS if each.summary == "Start a payment attempt")
    own = {errors.NotFound, errors.AttemptInProgress, errors.PaymentNotOpen}
    refusals = {*start.errors, errors.TooManyRequests} - own
    assert len(refusals) > 5
    for refusal in refusals:
        assert f"refused.{refusal.code}" in ENGLISH
    for limit in ("per_payment", "per_day", "attempts_per_day"):
        assert f"refused.{limit}" in ENGLISH


def test_the_card_form_knows_the_networks_of_the_service() -> None:
    script = (STATIC / "card.js").read_text()
    ranges = [json.loads(each) for each in re.findall(r"ranges: (\[\[.*?\]\])", script, re.DOTALL)]
    lengths = [json.loads(each) for each in re.findall(r"lengths: (\[.*?\])", script)]
    assert ranges == [[list(each) for each in network.prefixes] for network in NETWORKS]
    assert lengths == [list(network.lengths) for network in NETWORKS]


def test_each_script_says_at_its_top_why_it_is_there(written: Path) -> None:
    (written / "a.js").write_text('// Pays.\n// Twice.\nimport { b } from "./b.js";\n')
    (written / "b.js").write_text("export const b = 1;\n")
    with pytest.raises(ValueError, match=r"no reason at the top of: b\.js"):
        bundle.script_reasons("a.js")
    (written / "b.js").write_text("// Counts.\n\n// Not this.\nexport const b = 1;\n")
    assert bundle.script_reasons("a.js") == {"b.js": "Counts.", "a.js": "Pays. Twice."}
