"""A web process has loaded what it needs before its first request, and looks through none of that again."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests import database
from tests.operating.places import environment_of

_ASKED = """
import gc, json, sys
import engagement.wsgi
loaded, frozen = set(sys.modules), gc.get_freeze_count()
from django.test import Client
answer = Client().get("/login/")
new = [name for name in set(sys.modules) - loaded if name.partition(".")[0] in {"engagement", "tenants"}]
print(json.dumps({"status": answer.status_code, "new": new, "frozen": frozen}))
"""
pytestmark = pytest.mark.usefixtures("django_db_setup")


def test_the_first_request_of_a_process_waits_for_no_view_and_no_later_one_for_what_was_loaded() -> None:
    asked = subprocess.run(
        [sys.executable, "-c", _ASKED],
        cwd=database.ROOT, env=environment_of(database.DATABASE), check=True, text=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    found = json.loads(asked.stdout.splitlines()[-1])
    assert found["status"] == 200
    assert [name for name in found["new"] if name.endswith(("urls", "views", "api"))] == []
    assert found["frozen"] > 100_000
