"""A gateway that answers after 50 ms in all and costs next to no CPU: bare asyncio, fixed JSON.

Peers make one call of 50 ms, as the engine does: Juspay's order with its transaction.

    python -m bench.gateway PORT
"""

import asyncio
import json
import sys
from urllib.parse import parse_qs

_SECONDS = 0.050


def _charge(_: str) -> dict[str, object]:
    return {"txn_id": "txn-1", "url": "https://bank.example/3ds?txn=1"}


def _txn(order_id: str) -> dict[str, object]:
    sdk_params = {"tr": order_id, "tid": f"T{order_id}", "merchant_vpa": "acme@upi",
                  "merchant_name": "Acme", "amount": "1164.00", "mcc": "5912"}  # fmt: skip
    return {"order_id": order_id, "txn_id": f"acme-{order_id}-1", "txn_uuid": f"moz{order_id}",
            "status": "PENDING_VBV",
            "payment": {"sdk_params": sdk_params, "authentication": {"method": "GET",
                        "url": "https://juspay.example/pay"}}}  # fmt: skip


_ANSWERS = {"/charge": _charge, "/juspay/txns": _txn}


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer requests on one connection until it closes."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split(" ", 2)[1]
            fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
            body = await reader.readexactly(int(fields.get("content-length", 0)))
            await asyncio.sleep(_SECONDS)
            order_id = parse_qs(body.decode()).get("order.order_id", [""])[0]
            content = json.dumps(_ANSWERS[path](order_id)).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(content), content)
            )
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(port: int) -> None:
    """Serve for ever."""
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
