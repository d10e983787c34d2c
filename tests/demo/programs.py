"""Stand-ins for the engine's commands: as little as the demo needs to see of each."""

import json
import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

RUN_DIR = Path(os.environ["PE_RUN_DIR"])
KEYS = {"merchant_id": "mer_1", "service_key": "pk_s", "admin_key": "pk_a", "notify_secret": "w"}


def note(line: str) -> None:
    with (RUN_DIR / "notes").open("a") as file:
        file.write(line + "\n")


def database_answers() -> bool:
    database = urlsplit(os.environ["PE_DATABASE_URL"])
    with socket.socket() as probe:
        return probe.connect_ex((database.hostname or "", database.port or 0)) == 0


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.answer(200, {})

    def do_POST(self) -> None:
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        note(f"order {order['order_id']} {order['return_url']}")
        paid = (RUN_DIR / "paid").exists() and order["order_id"] == "PO24068"
        checkout = {"url": "http://127.0.0.1/checkout/pay_1", "token": "t"}
        answer = {"id": "pay_1", "order_id": order["order_id"], "checkout": checkout}
        self.answer(409 if paid else 201, answer)

    def answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def serve(name: str, port: str | None) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if port:
        server = ThreadingHTTPServer(("127.0.0.1", int(port)), Answers)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"{name} is up", flush=True)  # noqa: T201
    stop.wait()
    note(f"{name} stops, database answers: {database_answers()}")


def main(name: str) -> None:
    if os.environ.get("FAILS") == name:
        sys.exit(f"{name} has a reason to fail")
    if name == "migrate":
        note(f"migrate, database answers: {database_answers()}")
    elif "--environment" in sys.argv:
        print("PE_GATEWAYS__JUSPAY__MERCHANT_ID=mockmerchant")  # noqa: T201
    elif name == "merchant":
        note("merchant " + " ".join(sys.argv[2:]))
        print(json.dumps(KEYS))  # noqa: T201
    elif name == "keys":
        print(json.dumps({"id": "key_1", "key": "ak_" + sys.argv[5].partition("@")[0]}))  # noqa: T201
    else:
        serve(name, os.environ.get(f"PE_{name.upper()}_PORT"))


main(sys.argv[1])
