"""`python -m tests.benchmarks.worker DAY ORGANISATION…`: a fresh process that scores, and says how much memory it took.

With `--work KIND ORGANISATION ID` it does one work instead: doing.py. With `--serve` it waits for work on its standard
input, a line of JSON each, and answers each with a line: crew.py.
The database is the one that the environment names; this process starts and ends none.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from uuid import UUID


def status_bytes(name: str) -> int:
    """One of the kernel's figures about this process; VmHWM is the peak since it began."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def _serve() -> None:
    from engagement.insights.services.score import help_run
    from tests.benchmarks.ours import score_all

    for line in sys.stdin:
        work = json.loads(line)
        if work["do"] == "score":
            score_all(organisation_ids=work["organisation_ids"], as_of=date.fromisoformat(work["as_of"]), workers=1)
        elif work["do"] == "help":
            help_run(organisation_id=work["organisation_id"], run_id=UUID(work["run_id"]), moment=work["moment"])
        print("done", flush=True)


def _asked(arguments: list[str]) -> Callable[[], None]:
    """What is to be done, with everything imported."""
    if arguments[0] == "--work":
        from tests.benchmarks.doing import work

        kind, organisation_id, subject = arguments[1:]
        return partial(work, kind, int(organisation_id), UUID(subject))
    from tests.benchmarks.ours import score_all

    ids = [int(text) for text in arguments[1:]]
    return partial(score_all, organisation_ids=ids, as_of=date.fromisoformat(arguments[0]), workers=1)


def main() -> None:
    import django

    django.setup()
    from engagement.celery import settle

    settle()
    if sys.argv[1:] == ["--serve"]:
        _serve()
        return
    act = _asked(sys.argv[1:])
    before, begun = status_bytes("VmRSS"), time.perf_counter()
    act()
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "peak_bytes": status_bytes("VmHWM"), "before_bytes": before}))


if __name__ == "__main__":
    main()
