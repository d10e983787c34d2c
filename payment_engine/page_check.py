"""Compares a checkout page as it is served with the one of this release (PCI DSS 6.4.3, 11.6.1).

It is run from outside, as a customer's browser reaches the page: what a proxy, a content network
or an intruder adds shows here.
"""

from collections.abc import Iterable, Iterator, Mapping
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from payment_engine.web.pages import checkout_page, page_headers, sdk_asset

_TIMEOUT = 20.0
_PATH = "/checkout/page-check"
SDK_PATH = "/checkout.js"
_BY_INSTALLATION = frozenset({"connect-src", "form-action"})
"""Directives that name the gateways of an installation."""


class NotReached(Exception):
    """The page could not be fetched; the message says why."""


def fetch_page(base_url: str, path: str = _PATH) -> tuple[Mapping[str, str], bytes]:
    """The headers, by lower-case names, and the body of a checkout page, or of another path.

    Raises NotReached.
    """
    if urlsplit(base_url).scheme not in ("http", "https"):
        raise NotReached("the address must begin with http:// or https://")
    url = base_url.rstrip("/") + path
    request = Request(url, headers={"Accept": "text/html", "Accept-Encoding": "identity"})  # noqa: S310
    try:
        with urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310
            headers = {name.lower(): value for name, value in response.headers.items()}
            return headers, response.read()
    except HTTPError as error:
        raise NotReached(f"{url} answers {error.code}") from None
    except (URLError, OSError) as error:
        raise NotReached(f"{url} cannot be fetched: {error}") from None


def all_differences(base_url: str, gateway_origins: Iterable[str]) -> list[str]:
    """What of the page and of ``checkout.js`` differs from this release's. Raises NotReached."""
    page = differences(*fetch_page(base_url), gateway_origins)
    _, script = fetch_page(base_url, SDK_PATH)
    return [*page, *script_differences(script)]


def differences(
    headers: Mapping[str, str], body: bytes, gateway_origins: Iterable[str] = ()
) -> Iterator[str]:
    """What of a served page differs from this release's; ``gateway_origins`` are the origins that
    the installation's gateways add to where the page may connect."""
    page = checkout_page()
    if body != page.asset.body:
        yield f"the document differs: {_first_difference(page.asset.body, body)}"
    origins = sorted(gateway_origins)
    expected = page_headers(page, connect=["'self'", *origins], form=["'self'", "https:", *origins])
    for name, value in expected.items():
        served = headers.get(name.lower())
        if name == "Content-Security-Policy":
            yield from _policy_differences(value, served or "")
        elif served != value:
            yield f"the header {name} is {served!r} instead of {value!r}"


def script_differences(body: bytes) -> Iterator[str]:
    """What of a served ``checkout.js``, which shops load, differs from this release's."""
    ours = sdk_asset().body
    if body != ours:
        yield f"checkout.js differs: {_first_difference(ours, body)}"


def _policy_differences(expected: str, served: str) -> Iterator[str]:
    ours, theirs = _policy(expected), _policy(served)
    for name in sorted({*ours, *theirs}):
        if ours.get(name) != theirs.get(name):
            hint = "; name the gateways' origins" if name in _BY_INSTALLATION else ""
            yield f"the policy's {name} is {theirs.get(name)!r} instead of {ours.get(name)!r}{hint}"


def _policy(header: str) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in header.split(";") if part.strip())
    return {name: value for name, _, value in parts}


def _first_difference(expected: bytes, served: bytes) -> str:
    same = next(
        (at for at, (a, b) in enumerate(zip(expected, served, strict=False)) if a != b),
        min(len(expected), len(served)),
    )
    return (
        f"from byte {same} of {len(expected)}, served {len(served)}: {served[same : same + 80]!r}"
    )
