"""Fill the demo: one firm, three people, three clients with a past and an empty one. What is there is left alone.

`python -m engagement.demo.load` makes the organisations and then loads the samples, two at a time, each in a process of
its own (`… load SLUG`), through the same services that people use.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, BinaryIO

import django
from django.conf import settings


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")
    django.setup()
    from engagement.errors import RapportError  # noqa: PLC0415  after django.setup()

    if not settings.DEMO:
        print("  The samples are for the demo only: set DEMO=true.", file=sys.stderr)
        return 1
    try:
        return load_one(arguments[0]) if arguments else load_all()
    except RapportError as error:
        print(f"  {error.message} {error.fields or ''}", file=sys.stderr)
        return 1


def load_all() -> int:
    """Make firm, people and clients where they are missing, then load the samples side by side."""
    from engagement.demo.samples import SAMPLE_CLIENTS  # noqa: PLC0415

    make_organisations()
    with ThreadPoolExecutor(max_workers=2) as pool:
        codes = list(pool.map(_in_own_process, [sample.slug for sample in SAMPLE_CLIENTS]))
    _say_logins()
    return max(codes)


def _say_logins() -> None:
    from tenants.selectors import DEMO_LOGINS, DEMO_PASSWORD  # noqa: PLC0415

    lines = [f"    {login.email:<28} {login.role}: {login.sees}" for login in DEMO_LOGINS]
    print("\n".join(["", "  Sign in as", *lines, f"  each with the password  {DEMO_PASSWORD}"]), flush=True)


def _in_own_process(slug: str) -> int:
    return subprocess.run([sys.executable, "-m", "engagement.demo.load", slug], check=False).returncode


# ── organisations and people ─────────────────────────────────────────────────────────────────────────────────────


def make_organisations() -> None:
    """The firm, its clients and the demo's people; idempotent."""
    from django.utils import timezone  # noqa: PLC0415

    from engagement.demo.samples import LIVE_CLIENT, SAMPLE_CLIENTS, SAMPLE_FIRM  # noqa: PLC0415
    from tenants.scope import tenant  # noqa: PLC0415
    from tenants.services import create_client, create_firm  # noqa: PLC0415

    now = timezone.now()
    firm_id = _id_of(SAMPLE_FIRM.slug) or create_firm(settings=_settings(SAMPLE_FIRM), now=now)
    for sample in (*SAMPLE_CLIENTS, LIVE_CLIENT):
        if _id_of(sample.slug) is None:
            with tenant(read=[firm_id], write=firm_id):
                client = create_client(firm_id=firm_id, settings=_settings(sample), now=now)
            _stand_still(client.id, getattr(sample, "today", None))
    _make_people()


def _id_of(slug: str) -> int | None:
    from engagement.errors import NotFoundError  # noqa: PLC0415
    from tenants.selectors import find_organisation  # noqa: PLC0415

    with suppress(NotFoundError):
        return find_organisation(slug=slug).id
    return None


def _settings(sample: Any) -> Any:
    from tenants.services import OrganisationSettings  # noqa: PLC0415

    return OrganisationSettings(
        name=sample.name,
        slug=sample.slug,
        industry=sample.industry,
        time_zone=sample.time_zone,
        currency=sample.currency,
    )


def _stand_still(organisation_id: int, today: date | None) -> None:
    from tenants.models import Organisation  # noqa: PLC0415
    from tenants.scope import organisation_scope  # noqa: PLC0415

    with organisation_scope(organisation_id):
        Organisation.objects.filter(pk=organisation_id).update(sample_today=today)


def _make_people() -> None:
    from tenants.models import User  # noqa: PLC0415
    from tenants.scope import organisation_scope  # noqa: PLC0415
    from tenants.selectors import DEMO_LOGINS, DEMO_PASSWORD  # noqa: PLC0415
    from tenants.services import add_member, create_user  # noqa: PLC0415

    for login in DEMO_LOGINS:
        if User.objects.filter(email=login.email).exists():
            continue
        user = create_user(email=login.email, name=login.name, password=DEMO_PASSWORD)
        with organisation_scope(_id_of(login.organisation) or 0):
            add_member(user=user, role=login.role)


# ── one sample ───────────────────────────────────────────────────────────────────────────────────────────────────


def load_one(slug: str) -> int:
    """Configure, import and score one sample, as far as that has not been done."""
    from django.utils import timezone  # noqa: PLC0415

    from engagement.demo.said import say_what_happened  # noqa: PLC0415
    from engagement.demo.samples import SAMPLE_CLIENTS  # noqa: PLC0415
    from engagement.demo.told import tell  # noqa: PLC0415
    from engagement.scoring.models import RunPointer, WeightSet  # noqa: PLC0415
    from engagement.scoring.services import roll_up_waiting  # noqa: PLC0415
    from engagement.scoring.services.packing import pack_closed_days  # noqa: PLC0415
    from tenants.models import Organisation  # noqa: PLC0415
    from tenants.scope import organisation_scope  # noqa: PLC0415

    sample = next(sample for sample in SAMPLE_CLIENTS if sample.slug == slug)
    organisation_id = _id_of(slug) or 0
    with organisation_scope(organisation_id, write=False):
        organisation = Organisation.objects.get(pk=organisation_id)
        is_configured = WeightSet.objects.filter(state=WeightSet.State.PUBLISHED).exists()
        scored = set(RunPointer.objects.values_list("as_of", flat=True))
    first = (sample.whole_from or sample.history_from) + timedelta(days=sample.window_days - 1)
    missing = [day for day in days_to_score(first=first, today=sample.today) if day not in scored]
    begun, events = time.monotonic(), 0
    if not is_configured:
        # Actions come first: events are then counted as they are stored, and not a second time.
        with organisation_scope(organisation_id):
            make_actions(organisation, sample)
        roll_up_waiting(organisation_id=organisation_id, now=timezone.now())
        _import(organisation_id, sample.name, "customers", sample.write_customers)
        events = _import(organisation_id, sample.name, "events", sample.write_events)
        with organisation_scope(organisation_id):
            make_segments(organisation, sample)
            publish_weights(organisation, sample)
    pack_closed_days(organisation_id=organisation_id, now=timezone.now())
    score_days(organisation_id, sample.name, missing)
    if not is_configured:
        with organisation_scope(organisation_id):
            _set_targets(organisation, sample)
            say_what_happened(organisation, sample)
    if missing:
        _say(f"{sample.name}: {events:,} events, {len(missing)} days scored ({time.monotonic() - begun:.0f} s)")
    begun = time.monotonic()
    if told := tell(organisation_id=organisation_id, sample=sample):
        _say(f"{sample.name}: {', '.join(told)} ({time.monotonic() - begun:.0f} s)")
    return 0


def days_to_score(*, first: date, today: date) -> list[date]:
    """The ends of all finished weeks (Sundays) and months from `first` on, yesterday, and today as it stands."""
    days = [first + timedelta(days=offset) for offset in range((today - first).days + 1)]
    ends = {day for day in days if day < today and (day.isoweekday() == 7 or _is_month_end(day))}  # noqa: PLR2004
    return sorted({*ends, today - timedelta(days=1), today})


def _is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _import(organisation_id: int, name: str, kind: str, write: Callable[[BinaryIO], int]) -> int:
    from django.utils import timezone  # noqa: PLC0415

    from engagement.ingest.services import import_file  # noqa: PLC0415

    stream = io.BytesIO()
    rows = write(stream)
    stream.seek(0)
    milestones = _milestones(rows)

    def report(row: Any) -> None:
        if row.position >= next_at[0]:
            _say(f"{name}: {row.position:,} of {rows:,} {kind}")
            next_at[0] = next(milestones)

    next_at = [next(milestones)]
    row = import_file(
        organisation_id=organisation_id,
        kind=kind,
        sameness="position",
        file_name=f"{kind}.csv",
        stream=stream,
        clock=timezone.now,
        report=report,
    )
    return int(row.stored)


def _milestones(rows: int) -> Iterator[int]:
    """Every 100,000 rows, and nothing after the last."""
    yield from range(100_000, rows, 100_000)
    while True:
        yield rows * 2 + 1


def make_actions(organisation: Any, sample: Any) -> None:
    """The sample's own actions instead of the defaults; idempotent."""
    from django.utils import timezone  # noqa: PLC0415

    from engagement.scoring import services  # noqa: PLC0415
    from engagement.scoring.models import Action  # noqa: PLC0415

    now = timezone.now()
    wanted = {action.key: action for action in sample.actions}
    known = set(Action.objects.filter(archived_at__isnull=True).values_list("key", flat=True))
    for key in known - set(wanted):
        services.archive_action(organisation=organisation, key=key, now=now)
    for key, action in wanted.items():
        write = services.change_action if key in known else services.create_action
        write(
            organisation=organisation,
            key=key,
            name=action.name,
            channel=action.channel,
            rule={"event_names": list(action.event_names), "measure": "count"},
            user=None,
            now=now,
        )


def make_segments(organisation: Any, sample: Any) -> None:
    """The sample's sets of segments."""
    from django.utils import timezone  # noqa: PLC0415

    from engagement.scoring import services  # noqa: PLC0415

    for group in sample.segment_sets:
        services.create_segment_set(
            organisation=organisation, name=group.name, is_partition=group.is_partition, key=group.key
        )
        for part in group.segments:
            services.create_segment(
                organisation=organisation,
                set_key=group.key,
                name=part.name,
                rule=part.rule,
                is_missing_data=any(condition.get("op") == "is_missing" for condition in part.rule["all"]),
                key=part.key,
                user=None,
                now=timezone.now(),
            )


def publish_weights(organisation: Any, sample: Any) -> None:
    """The sample's weights as the first published set."""
    from django.utils import timezone  # noqa: PLC0415

    from engagement.scoring import services  # noqa: PLC0415
    from engagement.scoring.types import DraftChange, WeightChange  # noqa: PLC0415

    now = timezone.now()
    change = DraftChange(
        weights={action.key: WeightChange(weight=action.weight) for action in sample.actions},
        window_days=sample.window_days,
        half_life_days=None,
        full_points=sample.full_points,
        full_points_from="own",
        note="The first weights",
    )
    view = services.change_draft(organisation=organisation, change=change, user=None, now=now)
    services.publish(
        organisation=organisation, user=None, note="The first weights", changed_at=view.changed_at, now=now
    )


def score_days(organisation_id: int, name: str, days: list[date]) -> None:
    """Score each of these days, saying where one is."""
    from django.utils import timezone  # noqa: PLC0415

    from engagement.insights.services import score  # noqa: PLC0415

    for done, day in enumerate(days, start=1):
        score(organisation_id=organisation_id, as_of=day, cause="history", now=timezone.now())
        if done % 25 == 0:
            _say(f"{name}: {done} of {len(days)} days scored")


def _set_targets(organisation: Any, sample: Any) -> None:
    from django.utils import timezone  # noqa: PLC0415

    from engagement.insights.services import set_target  # noqa: PLC0415
    from tenants.models import User  # noqa: PLC0415
    from tenants.selectors import DEMO_LOGINS  # noqa: PLC0415

    owner = User.objects.filter(email=DEMO_LOGINS[0].email).first()
    for target in sample.targets:
        set_target(
            organisation=organisation,
            segment_key=target.segment or "all",
            measure="score",
            value=target.score,
            due_on=target.due,
            owner=owner,
            note="",
            user=owner,
            now=timezone.now(),
        )


def _say(text: str) -> None:
    print(f"  {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
