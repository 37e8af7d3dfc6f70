"""`python -m tests.drills.world NAME…`: a firm, and for each name a client with a write key; prints JSON.

In a process of its own, because settings name one database.
"""

from __future__ import annotations

import json
import os
import sys
from io import StringIO


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "engagement.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("create_organisation", "Firm", "--kind", "firm", stdout=StringIO())
    made = {}
    for name in sys.argv[1:]:
        call_command("create_organisation", name, "--kind", "client", "--firm", "firm", stdout=StringIO())
        said = StringIO()
        call_command("create_write_key", name, "--name", "drill", stdout=said)
        made[name] = said.getvalue().split()[-1]
    print(json.dumps(made))


if __name__ == "__main__":
    main()
