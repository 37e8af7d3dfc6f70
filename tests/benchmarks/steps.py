"""What the whole client has beside its score: answers, feedback, a step with a read-out, a test, a report.

As much of each as a client of that size might have: an answer from every twentieth customer, feedback of every
fiftieth. Rows that people write one by one come in by the product's own services, the many by the superuser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from engagement.cases import services as cases
from engagement.cases.experiment_types import TrialWords
from engagement.cases.services.asking import KIND as READ_OUT
from engagement.cases.services.experiment_read_outs import KIND as READ_TEST
from engagement.cases.services.experiments import plan_experiment, start_experiment
from engagement.cases.types import FindingWords, StepWords
from engagement.companions.services import set_measuring
from engagement.companions.types import Measuring
from engagement.feedback.services.themes import add_theme
from engagement.forecast.services import ask_forecast
from engagement.guidance.services.pitfalls import ask_look
from engagement.insights.calendars import By
from engagement.insights.models import SegmentSnapshot
from engagement.insights.services import set_target
from engagement.reports.services import draft_report
from engagement.reports.types import Subject
from engagement.scoring.models import RunPointer
from engagement.validity.models import Outcome
from engagement.validity.services.asking import ask_check
from engagement.validity.services.outcomes import set_outcome
from tenants.jobs import ask_job
from tenants.models import Job, Organisation
from tenants.scope import organisation_scope
from tests.benchmarks import ours
from tests.benchmarks.definitions import AS_OF, NOW
from tests.benchmarks.doing import JOBS
from tests.benchmarks.progress import say
from tests.benchmarks.world import World

WEEKS: Final = 13  # finished ones: a forecast takes eight, its test on the past some more
MONTHS: Final = 3
LAST_WEEK: Final = AS_OF + timedelta(days=1)  # a Sunday
FIRST_DAY: Final = date(2025, 12, 1)  # from when on there are answers and feedback
_DAYS: Final = (AS_OF - FIRST_DAY).days + 1
_MADE: Final[dict[int, Made]] = {}
_ANSWERS: Final = """
INSERT INTO companions_surveyanswer
    (id, organisation_id, day, customer_number, kind, value, source, key, received_at)
SELECT gen_random_uuid(), %(id)s, %(first)s::date + (i * 37 %% %(days)s)::int, i * 20, 'nps', i * 7 %% 11, 'api',
       md5(i::text), %(now)s
FROM generate_series(1, %(n)s::bigint) AS i
"""
_FEEDBACK: Final = """
INSERT INTO feedback_feedbackitem
    (id, organisation_id, day, kind, text, language, customer_number, source, source_key, judged, compound, model,
     unjudged_because, corrected, tone, theme_numbers, matched_version, entered_at)
SELECT gen_random_uuid(), %(id)s, %(first)s::date + (i * 37 %% %(days)s)::int, 'review', texts.one, 'en', i * 50,
       'bench', i::text, tone.one, 0, 'bench', '', '', tone.one, '{}', 0, %(now)s
FROM generate_series(1, %(n)s::bigint) AS i,
LATERAL (SELECT (%(texts)s::text[])[1 + i %% %(kinds)s] || ' Number ' || i || '.' AS one) AS texts,
LATERAL (SELECT (ARRAY['negative', 'neutral', 'positive'])[1 + i %% 3] AS one) AS tone
"""
_TEXTS: Final = (
    "Delivery took two weeks and nobody answered when we asked where the parcel was.",
    "The new page is easy to find my way around, and the price was fair.",
    "Support called back within a day, which I did not expect at all.",
    "I cannot pay by card any more and the help page says nothing about it.",
    "Nothing to add.",
)
_THEMES: Final = {"Delivery": ("delivery", "parcel"), "Support": ("support", "call back"), "Payment": ("pay by card",)}


@dataclass(frozen=True, slots=True)
class Made:
    """The ids that pages and works ask for, and the jobs that are owed, by kind."""

    finding: UUID
    step: UUID
    experiment: UUID
    report: UUID
    jobs: Mapping[str, UUID]


def made(world: World) -> Made:
    """The whole client with its past scored and everything else it has, made the first time it is asked for."""
    organisation_id = world.whole.id
    if organisation_id not in _MADE:
        score_past(world)
        _MADE[organisation_id] = fill(world)
    return _MADE[organisation_id]


def score_past(world: World) -> None:
    """Four finished months and thirteen weeks, oldest first; the last week has just ended, a day after the month."""
    with organisation_scope(world.whole.id):
        Organisation.objects.filter(pk=world.whole.id).update(sample_today=LAST_WEEK + timedelta(days=1))
    ends = {AS_OF, *(LAST_WEEK - timedelta(days=7 * back) for back in range(WEEKS))}
    month = AS_OF
    for _ in range(MONTHS):
        month = month.replace(day=1) - timedelta(days=1)
        ends.add(month)
    for day in sorted(ends):
        ours.score_all(organisation_ids=[world.whole.id], as_of=day, workers=world.size.workers)
        say(f"scored {day}")


def fill(world: World) -> Made:
    """Everything that people write before workers begin; the past is scored."""
    _put_rows(world)
    with organisation_scope(world.whole.id):
        _say_what_counts(world)
        finding, step = _step(world)
        test, report = _test(world), _report(world)
    with organisation_scope(world.whole.id):
        _ask(world, step, test)
    with organisation_scope(world.whole.id, write=False):
        jobs = dict(Job.objects.filter(state=Job.State.WAITING, kind__in=list(JOBS)).values_list("kind", "pk"))
    return Made(finding, step, test, report, jobs)


def _put_rows(world: World) -> None:
    said = {"id": world.whole.id, "first": FIRST_DAY, "days": _DAYS, "now": NOW}
    world.admin.execute(_ANSWERS, {**said, "n": world.size.customers // 20})
    texts = {"texts": list(_TEXTS), "kinds": len(_TEXTS)}
    world.admin.execute(_FEEDBACK, {**said, **texts, "n": world.size.customers // 50})
    world.admin.execute("VACUUM (ANALYZE) companions_surveyanswer, feedback_feedbackitem")


def _said(world: World) -> dict[str, Any]:
    return {"organisation": world.whole, "user": world.people.admin, "now": NOW}


def _key(at: int) -> str:
    return f"t-bench-action-{at:02d}"


def _say_what_counts(world: World) -> None:
    said = _said(world)
    measuring = Measuring(purchases=(_key(2),), churn_by="actions", conversion_from=_key(4), conversion_to=_key(2))
    set_measuring(**said, measuring=measuring)
    set_outcome(**said, kind=Outcome.Kind.SILENT, action_keys=[_key(0), _key(2)], days=28, is_monthly=True)
    for name, phrases in _THEMES.items():
        add_theme(**said, name=name, phrases=phrases)
    for key, days in {"all": 200, "region-0": 90}.items():
        set_target(
            **said, segment_key=key, measure="score", value=_a_little_more(key), due_on=AS_OF + timedelta(days=days),
            owner=None, note="",
        )  # fmt: skip


def _a_little_more(key: str) -> Decimal:
    """A target that some path reaches: to look for the smallest one takes longer than to see that there is none."""
    run = RunPointer.objects.get(as_of=AS_OF).run
    row = SegmentSnapshot.objects.get(segment__key=key, run=run)
    return Decimal(row.sum_score_millionths * 11 // (row.n * 10_000_000)) + 1


def _step(world: World) -> tuple[UUID, UUID]:
    """A finding, and the step that answers it: of one segment, compared with whom the product proposes."""
    said = _said(world)
    seen = FindingWords(title="Region 0 does less", segment_key="region-0", first_day=FIRST_DAY)
    finding = cases.record_finding(**said, words=seen)
    words = StepWords(
        title="Call back within a day", lever="service", segment_key="region-0", first_day=date(2026, 1, 5),
        last_day=date(2026, 2, 20), baseline_first=date(2025, 11, 1), baseline_last=date(2026, 1, 4),
        cost=Decimal(12_000), read_out_on=AS_OF, finding_ids=(finding.pk,),
    )  # fmt: skip
    step = cases.plan_initiative(**said, words=words)
    cases.start_initiative(**said, initiative_id=step.pk)
    return finding.pk, step.pk


def _test(world: World) -> UUID:
    """A test with two arms by a trait, judged by the score."""
    said = _said(world)
    words = TrialWords(
        title="Plans", arm_name="plan", arms=(("plan-0", 500), ("plan-1", 500)), first_day=date(2026, 2, 1),
        last_day=AS_OF, difference=Decimal(1), customers_per_arm=100,
    )  # fmt: skip
    test = plan_experiment(**said, words=words)
    start_experiment(**said, experiment_id=test.pk)
    return test.pk


def _report(world: World) -> UUID:
    return draft_report(**_said(world), subject=Subject(By.MONTH, AS_OF, "all")).pk


def _ask(world: World, step: UUID, test: UUID) -> None:
    """All that workers owe; a small client's read-outs would be made at once, so jobs are asked for by their rows."""
    said = _said(world)
    ask_check(**said)
    ask_forecast(**said)
    ask_look(**said)
    ask_job(kind=READ_OUT, subject=f"{step}:{AS_OF}", **said)
    ask_job(kind=READ_TEST, subject=str(test), **said)
