"""The address of the broker that messages are handed to, checked before anything connects."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

Kind = Literal["nats", "redis"]

_KINDS: dict[str, Kind] = {"nats": "nats", "tls": "nats", "redis": "redis", "rediss": "redis"}
_ENCRYPTED = frozenset({"tls", "rediss"})
_CA = "tls_ca"
_SERVER = r"(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?"


@dataclass(frozen=True, kw_only=True)
class BrokerAddress:
    """Where a broker is. ``servers``: one URL each, without options; Redis has one.

    ``encrypted``: by TLS. ``ca``: the file of the certificate that signed the server's; None for
    those that the system trusts.
    """

    kind: Kind
    servers: tuple[str, ...]
    encrypted: bool
    ca: str | None = None


def broker_address(url: str) -> BrokerAddress:
    """What an address says; raises ValueError that says what is wrong with it."""
    parts = urlsplit(url)
    if parts.scheme not in _KINDS:
        raise ValueError("must begin with nats://, tls://, redis:// or rediss://")
    kind, encrypted = _KINDS[parts.scheme], parts.scheme in _ENCRYPTED
    user, _, hosts = parts.netloc.rpartition("@")
    names = hosts.split(",")
    if not all(re.fullmatch(_SERVER, name) for name in names):
        raise ValueError("must name a server, as in nats://host:4222")
    if kind == "redis" and len(names) > 1:
        raise ValueError("names several servers, and Redis has one address")
    _check_path(kind, unquote(parts.path).strip("/"))
    account = f"{user}@" if user else ""
    servers = (f"{parts.scheme}://{account}{name}{parts.path}" for name in names)
    return BrokerAddress(
        kind=kind,
        servers=tuple(servers),
        encrypted=encrypted,
        ca=_ca(parts.query, encrypted=encrypted),
    )


def _check_path(kind: Kind, path: str) -> None:
    if kind == "nats" and path:
        raise ValueError("must end with the server: an account of NATS separates installations")
    if path and not path.isdecimal():
        raise ValueError("must end with the number of a database, as in redis://host:6379/0")


def _ca(query: str, *, encrypted: bool) -> str | None:
    options = parse_qs(query, keep_blank_values=True)
    if unknown := sorted(options.keys() - {_CA}):
        raise ValueError(f"{unknown[0]} is no option of an address")
    if _CA in options and not encrypted:
        raise ValueError(f"{_CA} needs tls:// or rediss://")
    return options[_CA][-1] if _CA in options else None
