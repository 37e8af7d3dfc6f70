"""`make bench-import`: files taken in through the product: what a worker's memory and time come to, form by form.

It fails when a row is missing or taken otherwise than it should be, and when reading needs more than 100 MB above what
the worker held before; never because of time. See README.md in the folder above.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping

from tests.benchmarks.imports.sizes import read_sizes
from tests.benchmarks.sizes import ArgumentError


def main() -> int:
    """0 when every row was counted and the memory kept, 1 when not, 2 for arguments that cannot be used."""
    try:
        sizes = read_sizes(arguments=sys.argv[1:], environment=os.environ)
    except ArgumentError as error:
        print(error, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the database goes, as after Ctrl-C
    os.environ["DJANGO_SETTINGS_MODULE"] = "engagement.settings"
    from tests import database  # starts the server

    try:
        database.clone(database.DATABASE)
        return _measured(sizes)
    finally:
        database.pytest_unconfigure(None)


def _measured(sizes: Mapping[str, int]) -> int:
    import django

    django.setup()
    from engagement.celery import settle
    from tests.benchmarks.imports.measuring import MiscountedError, take_in
    from tests.benchmarks.imports.report import HEAD, line
    from tests.conftest import build_world, make_client

    settle()
    firm, is_well = build_world().firm, True
    print(HEAD, flush=True)
    for form, megabytes in sizes.items():
        organisation = make_client(firm, f"File {form}")
        try:
            found = take_in(form, megabytes=megabytes, organisation=organisation)
        except MiscountedError as error:
            print(error, file=sys.stderr)
            return 1
        print(line(found), flush=True)
        is_well = is_well and found.is_well
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
