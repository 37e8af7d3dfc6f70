"""`python -m tests.benchmarks.preview`: how long the preview of a draft takes, cold and warm, in the process and asked
for through Django (middleware, permission, form or JSON, template).

Figures, not a test. CUSTOMERS (default 1,000,000) sets the size; there are 12 actions and 40 segments in 8 partitions.
The run's blocks are made by the code that packs a run's, from counts drawn with a seed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from tests import database

CUSTOMERS = int(os.environ.get("CUSTOMERS", "1000000"))
HALF_LIFE = int(os.environ.get("HALF_LIFE", "0")) or None
ACTIONS, SETS, PARTS, ROUNDS = 12, 8, 5, 7


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "engagement.settings"
    database.clone(database.DATABASE)
    import django

    django.setup()
    try:
        _measure()
    finally:
        database.pytest_unconfigure(None)


def _measure() -> None:
    from engagement.scoring.runs.unpacked import CACHE
    from engagement.scoring.selectors.previews import draft_preview
    from tenants.scope import organisation_scope
    from tests.conftest import build_world
    from tests.insights.scoring_world import AS_OF

    world = build_world()
    small = _organisation(world)
    checked = _change()

    def look() -> Any:
        with organisation_scope(small.id, write=False):
            return draft_preview(organisation=small.organisation, as_of=AS_OF, typed=checked)

    by_api, by_page = _requests(world)
    CACHE.clear()
    _print("in the process, cold", [_timed(look)])
    _print("in the process, warm", [_timed(look) for _ in range(ROUNDS)])
    print(f"kept: {CACHE.nbytes / 2**20:.0f} MB for {CUSTOMERS:,} customers")
    CACHE.clear()
    _print("API, cold", [_timed(by_api)])
    _print("API, warm", [_timed(by_api) for _ in range(ROUNDS)])
    _print("part of the page, warm", [_timed(by_page) for _ in range(ROUNDS)])
    if os.environ.get("PROFILE"):
        import cProfile
        import pstats

        profile = cProfile.Profile()
        profile.runcall(look)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)


def _organisation(world: Any) -> Any:
    from engagement.scoring import services
    from engagement.scoring.runs.plan import make_plan
    from engagement.scoring.runs.store import create_run, publish_run
    from tenants.scope import organisation_scope
    from tests.conftest import NOW
    from tests.insights.scoring_world import AS_OF, add_segments, make_small

    weights = {f"a{at}": ("website", 1_000 * (at + 1), None) for at in range(ACTIONS)}
    small = make_small(world.ours, weights=weights, full_points=120_000, half_life_days=HALF_LIFE)
    for at in range(SETS):
        add_segments(
            small,
            f"set{at}",
            {f"s{at}-{part}": {"trait": f"t{at}", "op": "is", "value": str(part)} for part in range(PARTS)},
        )
    with organisation_scope(small.id):
        plan = make_plan(organisation=small.organisation, as_of=AS_OF)
        run = create_run(plan=plan, cause="request", requested_by=None, now=NOW)
        _write_blocks(plan, run)
        publish_run(run=run, chunks=(CUSTOMERS >> 16) + 1, customers=CUSTOMERS, digest="b" * 64, now=NOW)
        services.draft(organisation=small.organisation, user=None, now=NOW)
    return small


def _write_blocks(plan: Any, run: Any) -> None:
    import numpy as np

    from engagement.scoring.formula import score_customers
    from engagement.scoring.runs.chunk import ChunkResult
    from engagement.scoring.runs.store import pack_chunk, write_chunk

    seeded = np.random.default_rng(7)
    scale = plan.weights.scale
    for chunk in range((CUSTOMERS >> 16) + 1):
        numbers = np.arange(max(1, chunk << 16), min(CUSTOMERS + 1, (chunk + 1) << 16), dtype=np.int64)
        n = len(numbers)
        counts = seeded.poisson(seeded.gamma(0.4, 4.0, (n, 1)) * seeded.random(ACTIONS)).astype(np.int64)
        counts *= seeded.integers(1, scale + 1, (n, ACTIONS)) if scale > 1 else 1
        scored = score_customers(
            counts=counts, weights=plan.weights, bands=plan.bands, channel_of_action=plan.channel_of_action
        )
        parts = {f"set{at}": seeded.integers(0, PARTS, n) for at in range(SETS)}
        masks = tuple(_mask(segment.key, parts, n) for segment in plan.segments)
        result = ChunkResult(chunk, numbers, scored, np.where(scored.active, 3, -1), masks)
        write_chunk(run=run, chunk=chunk, packed=pack_chunk(result))


def _mask(key: str, parts: Any, n: int) -> Any:
    import numpy as np

    if "-" not in key:
        return np.ones(n, dtype=np.bool_)
    place, part = key.removeprefix("s").split("-")
    return parts[f"set{place}"] == int(part)


def _change() -> Any:
    from decimal import Decimal

    from engagement.scoring.services.bounds import checked_draft
    from engagement.scoring.types import DraftChange, WeightChange

    weights = {f"t-a{at}": WeightChange(Decimal(at + 1)) for at in range(ACTIONS)}
    weights["t-a3"] = WeightChange(Decimal(9), 5)
    weights["t-a7"] = WeightChange(Decimal("-2.5"))
    change = DraftChange(
        weights=weights, window_days=90, half_life_days=HALF_LIFE, full_points=Decimal(100), full_points_from="own"
    )
    return checked_draft(change)


def _requests(world: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """The same preview asked for over the API and by the editor's script."""
    import json

    from tests.conftest import NOW
    from tests.scoring.config import signed_in
    from tests.scoring.pages import url

    client = signed_in(world.consultant)
    typed = {f"t-a{at}": str(at + 1) for at in range(ACTIONS)} | {"t-a3": "9", "t-a7": "-2.5"}
    weights = [{"key": key, "weight": weight, "cap": 5 if key == "t-a3" else None} for key, weight in typed.items()]
    said = {"half_life_days": HALF_LIFE or "", "full_points": "100", "full_points_from": "own"}
    body = {**said, "weights": weights, "half_life_days": HALF_LIFE}
    address = f"/api/v1/organisations/{world.ours.slug}/weight-sets/draft/preview/"
    form = {**said, "window_days": "90", "changed_at": NOW.isoformat(), "cap_t-a3": "5"}
    form |= {f"weight_{key}": weight for key, weight in typed.items()}

    def by_api() -> None:
        answer = client.post(address, json.dumps(body), content_type="application/json")
        assert len(answer.json()["segments"]) == 1 + SETS * PARTS, answer.content

    def by_page() -> None:
        answer = client.post(url(world.ours, "weights/draft/preview/"), form, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert "exact" in answer.content.decode()

    return by_api, by_page


def _timed(act: Callable[[], Any]) -> tuple[float, float]:
    """Milliseconds by the clock and of this process."""
    began, worked = time.perf_counter(), time.process_time()
    act()
    return 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - worked)


def _print(name: str, times: list[tuple[float, float]]) -> None:
    clock, work = [pair[0] for pair in times], [pair[1] for pair in times]
    ends = f"(fastest {min(clock):.0f}, slowest {max(clock):.0f})"
    print(f"{name:28} {median(clock):6.0f} ms {ends}, of processor {median(work):.0f} ms")


if __name__ == "__main__":
    main()
