"""``python -m app.scripts.openapi``: print the OpenAPI document of the API; connects to no server."""

from __future__ import annotations

import json

from app.main import app


def main() -> None:
    print(json.dumps(app.openapi(), indent=1, ensure_ascii=True))


if __name__ == "__main__":
    main()
