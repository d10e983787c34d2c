"""The command that serves an agent on call."""

import os
import sys
from importlib.util import find_spec

KEY = "PAYMENT_ENGINE_ADMIN_KEY"


async def mcp(url: str) -> None:
    """Serve the routes of people on call to an agent, as tools of MCP over stdin and stdout.

    Needs no settings, but a person's admin key in PAYMENT_ENGINE_ADMIN_KEY; the agent may do what
    that person's roles allow, reads only and dry runs. Needs the package mcp, which the extra of
    that name installs.

    Parameters
    ----------
    url
        The address of the API, such as https://pay.example.
    """
    if not find_spec("mcp"):
        sys.exit('Install the extra: pip install "payment-engine[mcp]"')
    key = os.environ.get(KEY, "")
    if not key or not key.isascii():
        sys.exit(f"Set {KEY} to your admin key.")
    if not url.startswith(("http://", "https://")):
        sys.exit("The address must begin with http:// or https://, such as https://pay.example.")
    from payment_engine.agent.server import NotSignedIn, serve

    try:
        await serve(url, key)
    except NotSignedIn as error:
        sys.exit(f"{url} refuses this key, or is not there: {error}")
