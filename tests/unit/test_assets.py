"""Which form of a document a client gets, by the headers that it sends."""

import gzip
import random

import pytest

from payment_engine.assets import Asset

PAGE = Asset(b"<p>paid</p>" * 100, "text/html")


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("GZIP;q=0.5", True),
        ("br;q=1.0, gzip;q=0.001", True),
        ("deflate, x-gzip", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, identity", False),
        ("br", False),
    ],
)
def test_it_is_compressed_for_a_client_that_takes_gzip(accepted: str, *, compressed: bool) -> None:
    reply = PAGE.reply(accept_encoding=accepted, if_none_match="")
    assert reply.headers.get("Content-Encoding") == ("gzip" if compressed else None)
    assert (gzip.decompress(reply.body) if compressed else reply.body) == PAGE.body
    assert reply.headers["Vary"] == "Accept-Encoding"


def test_it_is_compressed_once() -> None:
    first, second = (PAGE.reply(accept_encoding="gzip", if_none_match="") for _ in range(2))
    assert first.body is second.body


def test_what_compression_does_not_shorten_is_sent_as_it_is() -> None:
    noise = Asset(random.Random(1).randbytes(1000), "image/png")
    assert noise.reply(accept_encoding="gzip", if_none_match="").body == noise.body


def test_a_client_that_has_it_gets_nothing() -> None:
    tag = PAGE.reply(accept_encoding="gzip", if_none_match="").headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        reply = PAGE.reply(accept_encoding="gzip", if_none_match=known)
        assert (reply.status, reply.body, reply.headers["ETag"]) == (304, b"", tag)
    assert PAGE.reply(accept_encoding="gzip", if_none_match='"other"').status == 200
    assert PAGE.reply(accept_encoding="", if_none_match=tag).status == 200
