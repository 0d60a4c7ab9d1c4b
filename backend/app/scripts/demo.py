"""``python -m app.scripts.demo PORT [HOST]``: the services that the shipped definitions ask; they remember nothing."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

#: An answer: a status, and what is said.
Answer = tuple[int, dict[str, Any]]

CUSTOMERS = [{"id": "CUST-1", "name": "Ada"}, {"id": "CUST-2", "name": "Grace"}]
PRODUCTS = [{"id": "PROD-1", "price": 40.0}, {"id": "PROD-2", "price": 60.0}]
ORDERS = [{"id": "ORD-1", "customer": "CUST-1", "total": 80.0}, {"id": "ORD-2", "customer": "CUST-2", "total": 60.0}]


def main() -> None:
    port, host = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
    with server(host, port) as listening, suppress(KeyboardInterrupt):
        listening.serve_forever()


def server(host: str, port: int) -> ThreadingHTTPServer:
    return ThreadingHTTPServer((host, port), Answerer)


def respond(method: str, path: str, body: Mapping[str, Any], key: str) -> Answer:
    """What a service says; ``key`` is the same when the same request is sent again, and so are the ids that it gets."""
    said = SERVICES.get((method, path))
    if said is None:
        return 404, {"error": f"There is no {method} {path} here."}
    return said(body, str(uuid.uuid5(uuid.NAMESPACE_URL, f"{path} {key}"))[:8])


def listing(things: list[dict[str, Any]]) -> Callable[[Mapping[str, Any], str], Answer]:
    return lambda body, id: (200, {"items": things, "count": len(things)})


def accepting(word: str, prefix: str) -> Callable[[Mapping[str, Any], str], Answer]:
    """A service that does what it is asked, and gives that an id."""

    def accept(body: Mapping[str, Any], id: str) -> Answer:
        return 200, {"id": f"{prefix}-{id}", "status": word, "for": body.get("order_id") or body.get("id")}

    return accept


def validate_order(body: Mapping[str, Any], id: str) -> Answer:
    if not body.get("items"):
        return 422, {"valid": False, "error": "An order needs items."}
    return 200, {"valid": True, "order_id": body.get("order_id")}


def check_inventory(body: Mapping[str, Any], id: str) -> Answer:
    items = [item for item in body.get("items") or [] if isinstance(item, dict)]
    missing = [item.get("product_id") for item in items if str(item.get("product_id")).startswith("SOLD-OUT")]
    if missing:
        return 409, {"available": False, "missing": missing}
    return 200, {"available": True, "items": len(items)}


def check_payment(body: Mapping[str, Any], id: str) -> Answer:
    method = body.get("payment_method")
    declined = isinstance(method, dict) and method.get("last4") == "0000"
    return (402, {"accepted": False}) if declined else (200, {"accepted": True, "amount": body.get("amount")})


def validate_data(body: Mapping[str, Any], id: str) -> Answer:
    known = {customer.get("id") for customer in body.get("customers") or []}
    lost = [order.get("id") for order in body.get("orders") or [] if order.get("customer") not in known]
    return 200, {"valid": not lost, "orders_without_customer": lost}


SERVICES: Mapping[tuple[str, str], Callable[[Mapping[str, Any], str], Answer]] = {
    ("GET", "/"): lambda body, id: (200, {"name": "demo"}),
    ("GET", "/customers"): listing(CUSTOMERS),
    ("GET", "/products"): listing(PRODUCTS),
    ("GET", "/orders"): listing(ORDERS),
    ("POST", "/data/validate"): validate_data,
    ("POST", "/orders/validate"): validate_order,
    ("POST", "/orders/complete"): accepting("completed", "ORDER"),
    ("POST", "/inventory/check"): check_inventory,
    ("POST", "/inventory/reserve"): accepting("reserved", "RES"),
    ("POST", "/inventory/release"): accepting("released", "REL"),
    ("POST", "/payments/check"): check_payment,
    ("POST", "/payments/charge"): accepting("charged", "PAY"),
    ("POST", "/payments/refund"): accepting("refunded", "REF"),
    ("POST", "/emails"): accepting("sent", "MAIL"),
    ("POST", "/sms"): accepting("sent", "SMS"),
}


class Answerer(BaseHTTPRequestHandler):
    """JSON in, JSON out."""

    def do_GET(self) -> None:
        status, said = respond(self.command, urlsplit(self.path).path, self._body(), self._key())
        text = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_GET

    def log_message(self, *args: Any) -> None:
        """Who asks has a record of it."""

    def _body(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length") or ""
        try:
            body = json.loads(self.rfile.read(int(length))) if length.isdecimal() else {}
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    def _key(self) -> str:
        return self.headers.get("Idempotency-Key") or str(uuid.uuid4())


if __name__ == "__main__":
    main()
