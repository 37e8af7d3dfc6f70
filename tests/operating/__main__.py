"""`make restore-drill`: a backup under load, restored on an empty server and put to work; prints what came out.

ROWS=n events stored beforehand (100,000 unless told). The exit code is 1 when anything differs.
"""

from __future__ import annotations

import os
import sys


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "engagement.settings"
    from tests import database  # starts the server

    try:
        database.clone(database.DATABASE)
        import django

        django.setup()
        from tests.operating.drill import drilled

        with drilled(rows=int(os.environ.get("ROWS", "100000"))) as drill:
            print(drill.figures())
            return 0 if "0 differences" in drill.said else 1
    finally:
        database.pytest_unconfigure(None)


if __name__ == "__main__":
    sys.exit(main())
