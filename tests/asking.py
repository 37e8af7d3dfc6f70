"""The statements one request makes, to compare with those of another."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext


def statements_of(request: Callable[[], object]) -> list[str]:
    """What `request` asks, read at once: the next request outside of a capture empties the log it is read from.

    Drawing a block of a rate limit (`tenants_cache`) is left out: it comes once in several requests.
    """
    with CaptureQueriesContext(connection) as log:
        request()
    return [query["sql"] for query in log.captured_queries if "tenants_cache" not in query["sql"]]
