"""`python -m tests.benchmarks.imports.worker ORGANISATION IMPORT`: a fresh process that does a worker's one task.

It prints what that cost: seconds by the clock and of its processor, bytes in memory before and at the peak (VmHWM). The
database is the one that the environment names; this process starts and ends none.
"""

from __future__ import annotations

import json
import os
import sys
import time

from tests.benchmarks.worker import status_bytes


def main(organisation_id: int, import_id: str) -> None:
    import django

    django.setup()
    from engagement.celery import app, settle
    from engagement.ingest.models import FileImport
    from tenants.scope import organisation_scope

    app.loader.import_default_modules()  # every task of every step, as a worker holds them
    settle()
    with organisation_scope(organisation_id, write=False):
        assert FileImport.objects.filter(pk=import_id, state="waiting").exists()
    before, begun, used = status_bytes("VmRSS"), time.perf_counter(), sum(os.times()[:2])
    app.tasks["ingest.file_import"](organisation_id, import_id)
    seconds, processor = time.perf_counter() - begun, sum(os.times()[:2]) - used
    print(json.dumps({"seconds": seconds, "processor": processor, "base": before, "peak": status_bytes("VmHWM")}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
