"""A gateway that answers after 50 ms in all and costs next to no CPU: bare asyncio, fixed JSON.

Peers make one call of 50 ms, as the engine does: Juspay's order with its transaction. It is a shop
as well, which takes messages. With ``--late`` a part of the answers takes ``--late-seconds``.

    python -m bench.gateway PORT [--seconds N] [--late SHARE] [--late-seconds N]
"""

import argparse
import asyncio
import json
import random
import re
from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import parse_qs

Fields = Mapping[str, list[str]]


Answer = dict[str, object]


def _charge(_: str, __: Fields) -> Answer:
    return {"txn_id": "txn-1", "url": "https://bank.example/3ds?txn=1"}


def _txn(_: str, fields: Fields) -> Answer:
    order_id = fields.get("order.order_id", [""])[0]
    sdk_params = {"tr": order_id, "tid": f"T{order_id}", "merchant_vpa": "acme@upi",
                  "merchant_name": "Acme", "amount": "1164.00", "mcc": "5912"}  # fmt: skip
    return {"order_id": order_id, "txn_id": f"acme-{order_id}-1", "txn_uuid": f"moz{order_id}",
            "status": "PENDING_VBV",
            "payment": {"sdk_params": sdk_params, "authentication": {"method": "GET",
                        "url": "https://juspay.example/pay"}}}  # fmt: skip


def _order(path: str, _: Fields) -> Answer:
    """Every order that is looked up is paid."""
    order_id = path.split("/")[3]
    return {"order_id": order_id, "merchant_id": "acme", "status": "CHARGED", "amount": 1164.00,
            "currency": "INR", "txn_uuid": f"moz{order_id}", "refunds": []}  # fmt: skip


def _refund(path: str, fields: Fields) -> Answer:
    refund = {"unique_request_id": fields["unique_request_id"][0], "status": "SUCCESS",
              "amount": float(fields["amount"][0]), "id": "rfd-1"}  # fmt: skip
    return {**_order(path, fields), "refunds": [refund]}


def _message(_: str, __: Fields) -> Answer:
    return {}


_ANSWERS: list[tuple[str, Callable[[str, Fields], Answer]]] = [
    (r"/charge", _charge),
    (r"/shop", _message),
    (r"/juspay/txns", _txn),
    (r"/juspay/orders/[^/]+", _order),
    (r"/juspay/orders/[^/]+/refunds", _refund),
]


def _answer(path: str, fields: Fields) -> Answer:
    return next(answer for form, answer in _ANSWERS if re.fullmatch(form, path))(path, fields)


async def serve(
    delay: Callable[[], float], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer requests on one connection until it closes, each after ``delay()`` seconds."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split(" ", 2)[1]
            fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
            body = await reader.readexactly(int(fields.get("content-length", 0)))
            await asyncio.sleep(delay())
            given = parse_qs(body.decode())
            content = json.dumps(_answer(path.partition("?")[0], given)).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(content), content)
            )
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(port: int, delay: Callable[[], float]) -> None:
    """Serve for ever."""
    server = await asyncio.start_server(partial(serve, delay), "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("--seconds", type=float, default=0.050)
    parser.add_argument("--late", type=float, default=0.0)
    parser.add_argument("--late-seconds", type=float, default=14.0)
    return parser.parse_args()


if __name__ == "__main__":
    options = _options()
    drawn = random.Random(1)
    asyncio.run(
        main(
            options.port,
            lambda: options.late_seconds if drawn.random() < options.late else options.seconds,
        )
    )
