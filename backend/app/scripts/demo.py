"""``python -m app.scripts.demo PORT [HOST]``: the services that the included workflows call; they keep no state."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

#: A response: its status and its JSON body.
Reply = tuple[int, dict[str, Any]]

CUSTOMERS = [{"id": "CUST-1", "name": "Ada"}, {"id": "CUST-2", "name": "Grace"}]
PRODUCTS = [{"id": "PROD-1", "price": 40.0}, {"id": "PROD-2", "price": 60.0}]
ORDERS = [{"id": "ORD-1", "customer": "CUST-1", "total": 80.0}, {"id": "ORD-2", "customer": "CUST-2", "total": 60.0}]


def main() -> None:
    port, host = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
    with server(host, port) as listener, suppress(KeyboardInterrupt):
        listener.serve_forever()


def server(host: str, port: int) -> ThreadingHTTPServer:
    return ThreadingHTTPServer((host, port), RequestHandler)


def respond(method: str, path: str, body: Mapping[str, Any], key: str) -> Reply:
    """The response of a service; the same ``key`` gives the same ids, so that a repeated request changes nothing."""
    service = SERVICES.get((method, path))
    if service is None:
        return 404, {"error": f"{method} {path} does not exist."}
    return service(body, str(uuid.uuid5(uuid.NAMESPACE_URL, f"{path} {key}"))[:8])


def list_of(things: list[dict[str, Any]]) -> Callable[[Mapping[str, Any], str], Reply]:
    return lambda body, id: (200, {"items": things, "count": len(things)})


def accept_as(word: str, prefix: str) -> Callable[[Mapping[str, Any], str], Reply]:
    """A service that accepts every request and gives it an id."""

    def accept(body: Mapping[str, Any], id: str) -> Reply:
        return 200, {"id": f"{prefix}-{id}", "status": word, "for": body.get("order_id") or body.get("id")}

    return accept


def validate_order(body: Mapping[str, Any], id: str) -> Reply:
    if not body.get("items"):
        return 422, {"valid": False, "error": "An order needs items."}
    return 200, {"valid": True, "order_id": body.get("order_id")}


def check_inventory(body: Mapping[str, Any], id: str) -> Reply:
    items = [item for item in body.get("items") or [] if isinstance(item, dict)]
    missing = [item.get("product_id") for item in items if str(item.get("product_id")).startswith("SOLD-OUT")]
    if missing:
        return 409, {"available": False, "missing": missing}
    return 200, {"available": True, "items": len(items)}


def check_payment(body: Mapping[str, Any], id: str) -> Reply:
    method = body.get("payment_method")
    declined = isinstance(method, dict) and method.get("last4") == "0000"
    return (402, {"accepted": False}) if declined else (200, {"accepted": True, "amount": body.get("amount")})


def validate_data(body: Mapping[str, Any], id: str) -> Reply:
    known = {customer.get("id") for customer in body.get("customers") or []}
    lost = [order.get("id") for order in body.get("orders") or [] if order.get("customer") not in known]
    return 200, {"valid": not lost, "orders_without_customer": lost}


SERVICES: Mapping[tuple[str, str], Callable[[Mapping[str, Any], str], Reply]] = {
    ("GET", "/"): lambda body, id: (200, {"name": "demo"}),
    ("GET", "/customers"): list_of(CUSTOMERS),
    ("GET", "/products"): list_of(PRODUCTS),
    ("GET", "/orders"): list_of(ORDERS),
    ("POST", "/data/validate"): validate_data,
    ("POST", "/orders/validate"): validate_order,
    ("POST", "/orders/complete"): accept_as("completed", "ORDER"),
    ("POST", "/inventory/check"): check_inventory,
    ("POST", "/inventory/reserve"): accept_as("reserved", "RES"),
    ("POST", "/inventory/release"): accept_as("released", "REL"),
    ("POST", "/payments/check"): check_payment,
    ("POST", "/payments/charge"): accept_as("charged", "PAY"),
    ("POST", "/payments/refund"): accept_as("refunded", "REF"),
    ("POST", "/emails"): accept_as("sent", "MAIL"),
    ("POST", "/sms"): accept_as("sent", "SMS"),
    ("POST", "/readings"): accept_as("recorded", "READ"),
}


class RequestHandler(BaseHTTPRequestHandler):
    """Reads a JSON body and answers with JSON."""

    def do_GET(self) -> None:
        status, body = respond(self.command, urlsplit(self.path).path, self._body(), self._key())
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_GET

    def log_message(self, *args: Any) -> None:
        """Log nothing: the steps that call this service are recorded."""

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
