"""`make bench`: what a run, a preview and the rows cost, beside others who compute the same, with the yardsticks.

No time is asserted; it fails when answers differ. See README.md in this folder.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.sizes import ArgumentError, Size, read_size


def main() -> int:
    """0 when every answer agreed, 1 when one did not, 2 for arguments that cannot be used."""
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
        from engagement.celery import settle

        settle()  # as in a worker
        return _benchmark(size, database.admin_url(database.DATABASE))
    finally:
        database.pytest_unconfigure(None)


def _benchmark(size: Size, admin_url: str) -> int:
    import psycopg

    from tests.benchmarks.answers import DifferentAnswersError
    from tests.benchmarks.figures import measure
    from tests.benchmarks.report import FOLDER, heading, save, table
    from tests.benchmarks.world import World

    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        psycopg.connect(admin_url, autocommit=True) as admin,
        tempfile.TemporaryDirectory(prefix="files-", dir=FOLDER) as folder,
    ):
        try:
            lines = measure(World(size=size, admin=admin, folder=Path(folder)))
        except DifferentAnswersError as error:
            print(f"The answers differ, so no time counts. {error}", file=sys.stderr)
            return 1
        path = save(size=size, lines=lines, admin=admin)
    print(f"{heading(size)}\n\n{table(lines)}\n\n{path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
