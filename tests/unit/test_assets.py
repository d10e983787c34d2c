"""Which form of a document a client gets, by the headers that it sends."""

import gzip
import random

import brotli
import pytest

from payment_engine.assets import Asset

PAGE = Asset(b"<p>paid</p>" * 100, "text/html")


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.1, gzip", "br"),
        ("gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip;q=0.001", "gzip"),
        ("deflate, x-gzip", "gzip"),
        ("", None),
        ("identity, *", None),
        ("gzip;q=0", None),
        ("gzip; q=0.000, br;q=0, identity", None),
    ],
)
def test_it_is_compressed_as_the_client_takes_it(accepted: str, encoding: str | None) -> None:
    reply = PAGE.reply(accept_encoding=accepted, if_none_match="")
    assert reply.headers.get("Content-Encoding") == encoding
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert unpack(reply.body) == PAGE.body
    assert reply.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["gzip", "br"])
def test_it_is_compressed_once(accepted: str) -> None:
    PAGE.prepare()
    first, second = (PAGE.reply(accept_encoding=accepted, if_none_match="") for _ in range(2))
    assert first.body is second.body


def test_what_goes_to_everybody_is_made_as_small_as_it_gets() -> None:
    body = random.Random(1).randbytes(3000).hex().encode()
    quick, smallest = (Asset(body, "text/html", smallest=each) for each in (False, True))
    sizes = [
        len(each.reply(accept_encoding="br", if_none_match="").body) for each in (smallest, quick)
    ]
    assert sizes == sorted(set(sizes))


def test_what_compression_does_not_shorten_is_sent_as_it_is() -> None:
    noise = Asset(random.Random(1).randbytes(1000), "image/png")
    reply = noise.reply(accept_encoding="gzip, br", if_none_match="")
    assert (reply.body, "Content-Encoding" in reply.headers) == (noise.body, False)


def test_a_client_that_has_it_gets_nothing() -> None:
    tag = PAGE.reply(accept_encoding="gzip", if_none_match="").headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        reply = PAGE.reply(accept_encoding="gzip", if_none_match=known)
        assert (reply.status, reply.body, reply.headers["ETag"]) == (304, b"", tag)
    assert PAGE.reply(accept_encoding="gzip", if_none_match='"other"').status == 200
    for other in ("", "br"):
        assert PAGE.reply(accept_encoding=other, if_none_match=tag).status == 200
