"""The corpus: odd inputs on file, and an index that says for each what must come of it."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.fuzz.asking import Request

FOLDER: Final = Path(__file__).parent / "corpus"
_KEY: Final = b"@KEY@"


@dataclass(frozen=True, slots=True)
class Entry:
    """One odd input. `kind` names the door it is meant for; what it must come to holds there, and only there.

    `rejected` is how many messages are kept as rejected, by code.
    """

    name: str
    says: str
    file: str
    kind: str
    key: str
    status: int
    code: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    stored: int = 0
    duplicates: int = 0
    rejected: dict[str, int] = field(default_factory=dict)

    def request(self, path: str, *, key: str) -> Request:
        """To this address, with a key that is in force where the entry wants it."""
        return Request(
            path=path,
            body=self.body().replace(_KEY, key.encode()),
            query=f"writeKey={key}" if self.key == "query" else "",
            headers={**_with_key(self.key, key), **self.headers},
        )

    def body(self) -> bytes:
        """As sent. A file that ends in .gz is packed on the disk only."""
        raw = (FOLDER / self.file).read_bytes()
        return gzip.decompress(raw) if self.file.endswith(".gz") else raw


def _with_key(place: str, key: str) -> dict[str, str]:
    if place == "bearer":
        return {"Authorization": f"Bearer {key}"}
    if place == "basic":
        return {"Authorization": f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"}
    return {"Cookie": f"writeKey={key}"} if place == "cookie" else {}


def corpus() -> list[Entry]:
    """Every entry, in the order of the index."""
    index: list[dict[str, Any]] = json.loads((FOLDER / "index.json").read_text())
    return [Entry(**entry) for entry in index]


def anywhere() -> list[Entry]:
    """Those that every door answers by itself: neither refused for their size nor for their host."""
    return [entry for entry in corpus() if entry.status != 413 and "Host" not in entry.headers]
