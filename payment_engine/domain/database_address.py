"""The address of PostgreSQL, checked before anything connects; asyncpg is what reads it."""

from urllib.parse import parse_qs, unquote, urlsplit

_SCHEMES = ("postgres", "postgresql")
_OPTIONS = frozenset(
    {
        *("sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslcrl"),
        *("ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs"),
        *("host", "port", "user", "password", "passfile", "dbname", "application_name", "options"),
    }
)
_PRIMARY = ("read-write", "primary")
_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def check_address(url: str, *, primary: bool = True) -> str:
    """The address; raises ValueError that says what is wrong with it. ``primary``: of several
    servers it must find the one that takes writes."""
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES:
        raise ValueError("must begin with postgres:// or postgresql://")
    options = parse_qs(parts.query, keep_blank_values=True)
    if unknown := sorted(options.keys() - _OPTIONS):
        hint = ": TLS is sslmode=verify-full and sslrootcert=..." if "ssl" in unknown else ""
        raise ValueError(f"{unknown[0]} is no option of an address{hint}")
    mode = options.get("sslmode", ["prefer"])[-1]
    if mode not in _MODES:
        raise ValueError(f"sslmode must be one of {', '.join(_MODES)}")
    servers = parts.netloc.rpartition("@")[2] or options.get("host", [""])[-1]
    if primary and "," in servers and options.get("target_session_attrs", [""])[-1] not in _PRIMARY:
        raise ValueError("names several servers: add target_session_attrs=read-write")
    if not database_name(url):
        raise ValueError("must name a database, as in postgres://host/payment_engine")
    return url


def database_name(url: str) -> str:
    """The database that an address names."""
    parts = urlsplit(url)
    named = parse_qs(parts.query).get("dbname", [""])[-1]
    return unquote(parts.path.lstrip("/")) or named
