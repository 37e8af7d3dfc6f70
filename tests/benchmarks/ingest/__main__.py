"""`make bench-ingest`: events from a request to stored, once each, and counted, beside COPY of the same events.

No time is asserted; it fails when an event is missing or stored twice. See README.md in the folder above.
"""

from __future__ import annotations

import os
import signal
import sys

from tests.benchmarks.ingest.sizes import read_size
from tests.benchmarks.sizes import ArgumentError


def main() -> int:
    """0 when every event was stored once, 2 for arguments that cannot be used."""
    try:
        size = read_size(arguments=sys.argv[1:], environment=os.environ)
    except ArgumentError as error:
        print(error, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the database goes, as after Ctrl-C
    os.environ["DJANGO_SETTINGS_MODULE"] = "engagement.settings"
    from tests import database  # starts the server

    try:
        database.clone(database.DATABASE)
        import django

        django.setup()
        import psycopg

        from engagement.celery import settle
        from tests.benchmarks.ingest.measuring import measure
        from tests.benchmarks.ingest.report import save, tables

        settle()  # as in a worker
        with psycopg.connect(database.admin_url(database.DATABASE), autocommit=True) as admin:
            found = measure(size, admin)
        print(f"{tables(size, found)}\n\n{save(size, found)}")
    finally:
        database.pytest_unconfigure(None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
