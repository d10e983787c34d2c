"""httpx's API over aiohttp's connections: httpx's own pool collapses beyond a few dozen calls.

Money depends on the mapping of errors: only a connection that was never made may become an error
of connecting. After that, no failure tells whether the gateway has read the request.
"""

import ssl
from collections.abc import AsyncIterator
from functools import cache, lru_cache

import aiohttp
import httpx
from yarl import URL

MAX_BODY = 4 * 1024 * 1024
"""The largest answer that is read, in bytes."""
_SKIP = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends each request at most once; no redirects, no cookies, no proxies, no decoding."""

    def __init__(self) -> None:
        """Load at start what the first call would otherwise stop the loop for."""
        self._session: aiohttp.ClientSession | None = None
        _ssl_context()
        "localhost".encode("idna")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request``; raises httpx's errors by the mapping of this module."""
        target = _target(str(request.url))
        response = await self._open().request(
            request.method,
            target,
            headers=[(k.decode("ascii"), v.decode("latin-1")) for k, v in request.headers.raw],
            data=await request.aread() or None,
            skip_auto_headers=_SKIP,
            allow_redirects=False,
            timeout=_timeout(**request.extensions["timeout"]),
        )
        return httpx.Response(
            response.status, headers=response.raw_headers, stream=_Body(response), request=request
        )

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=10, ssl=_ssl_context()),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                middlewares=(_never_again,),
            )
        return self._session


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        try:
            async for chunk in self._response.content.iter_any():
                received += len(chunk)
                if received > MAX_BODY:
                    raise httpx.ReadError("the answer is too large")
                yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _after_connecting(error) from error

    async def aclose(self) -> None:
        self._response.close()


async def _never_again(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Translates errors before aiohttp sees them, which would repeat a GET, PUT or DELETE."""
    try:
        return await handler(request)
    except aiohttp.ConnectionTimeoutError as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx.ConnectError(str(error)) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise _after_connecting(error) from error


@cache
def _ssl_context() -> ssl.SSLContext:
    """Trusts certifi's authorities; made once, since reading them takes tens of milliseconds."""
    return httpx.create_ssl_context(trust_env=False)


@lru_cache(maxsize=256)
def _target(url: str) -> URL:
    try:
        target = URL(url, encoded=True)
        usable = target.scheme in ("http", "https") and target.host and target.port
    except ValueError:
        usable = False
    if not usable:
        raise httpx.UnsupportedProtocol("not an address")
    return target


def _after_connecting(error: Exception) -> httpx.TransportError:
    if isinstance(error, TimeoutError):
        return httpx.ReadTimeout(str(error))
    if isinstance(error, OSError):
        return httpx.ReadError(str(error))
    return httpx.RemoteProtocolError(str(error))


@lru_cache(maxsize=16)
def _timeout(*, connect: float, read: float, **_: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect, sock_read=read)
