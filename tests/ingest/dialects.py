"""Requests of PostHog's, Mixpanel's and Amplitude's libraries, as they were recorded and as they are sent again."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.test import Client

CAPTURES = Path(__file__).parent / "captures" / "dialects"
RECORDED_KEY = "wk_test_123"


def requests_of(library: str) -> list[dict[str, Any]]:
    """What the library sent, in order."""
    found: list[dict[str, Any]] = json.loads((CAPTURES / f"{library}.json").read_text())["requests"]
    return found


def libraries() -> list[str]:
    """Every library whose requests are on file."""
    return sorted(path.stem for path in CAPTURES.glob("*.json"))


def play(client: Client, request: dict[str, Any], *, key: str, **more: Any) -> Any:
    """One recorded request sent to the application, wrapped as it was, with another key."""
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in _sent(request, key).items()} | more
    path, _, query = request["path"].partition("?")
    text = json.dumps(request["json"]).replace(RECORDED_KEY, key)
    encoding = request.get("data_encoding", "")
    packed = base64.b64encode(text.encode()).decode()
    if encoding.endswith("in query"):
        fields = {**dict(parse_qsl(query)), "data": packed}
        return client.get(f"{path}?{urlencode(fields)}", **headers)
    if encoding.startswith("base64"):
        body = f"data={packed}".encode()  # a plus sign is not escaped by the library
    elif encoding:
        fields = {name: text if name == "data" else values[0] for name, values in request["form"].items()}
        body = urlencode(fields).encode()
    else:
        body = text.encode()
    if headers.get("HTTP_CONTENT_ENCODING") == "gzip":
        body = gzip.compress(body)
    return client.post(f"{path}?{query}" if query else path, data=body, content_type="text/plain", **headers)


def _sent(request: dict[str, Any], key: str) -> dict[str, str]:
    wanted = {"authorization", "content-encoding"}
    return {
        name: value.replace(RECORDED_KEY, key) for name, value in request["headers"].items() if name.lower() in wanted
    }
