"""`python -m tests.operating.release TAG "What it brought"`: put the release at hand on file, before it is tagged.

Writes its last migrations into engagement/operating/releases.toml and a sample database, as the release's own code left
it, into releases/: every later version is tried on both.
"""

from __future__ import annotations

import lzma
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

SAMPLES = Path(__file__).with_name("releases")


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    os.environ["DJANGO_SETTINGS_MODULE"] = "engagement.settings"
    from tests import database  # starts the server

    try:
        database.clone(database.DATABASE)
        import django

        django.setup()
        put_on_file(*sys.argv[1:])
    finally:
        database.pytest_unconfigure(None)
    return 0


def put_on_file(tag: str, what: str) -> None:
    import psycopg

    from engagement.operating.backup import take_backup
    from engagement.operating.releases import FILE, read_releases
    from tests import database
    from tests.operating.places import programs
    from tests.operating.sample_world import build_sample

    assert tag not in {release.tag for release in read_releases(FILE.read_text())}, f"{tag} is on file already"
    build_sample()
    with tempfile.TemporaryDirectory() as folder, psycopg.connect(database.admin_url(database.DATABASE)) as admin:
        backup = take_backup(
            url=database.admin_url(database.DATABASE), folder=Path(folder), at=datetime.now(UTC), programs=programs()
        )
        (SAMPLES / f"{tag}.dump.xz").write_bytes(lzma.compress(backup.dump.read_bytes(), preset=9))
        rows = admin.execute("SELECT app, max(name) FROM django_migrations GROUP BY app ORDER BY app").fetchall()
    lines = [f'tag = "{tag}"', f"date = {datetime.now(UTC).date()}", f'what = "{what}"', "", "[release.migrations]"]
    lines += [f'{app} = "{name}"' for app, name in rows]
    FILE.write_text(FILE.read_text() + "\n[[release]]\n" + "\n".join(lines) + "\n")
    print(f"{tag}: {sum(backup.facts.rows.values())} rows in the sample. Commit both, then: git tag v{tag}")


if __name__ == "__main__":
    sys.exit(main())
