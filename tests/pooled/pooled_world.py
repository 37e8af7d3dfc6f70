"""A firm whose clients have read steps out: read-outs as they are kept, without the scorings they came from."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from engagement.cases.models import Initiative, ReadOut
from engagement.pooled import services
from engagement.pooled.consent_words import TEXT_VERSION
from engagement.pooled.models import PooledConsent, PooledContribution, PooledFigure, PooledQuarter
from engagement.pooled.services.pooling import KIND, run_pooling
from engagement.scoring.models import ScoreRun, WeightSet
from tenants.jobs import ask_job, run_job
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import World, make_client

Q4, Q1, Q2 = date(2025, 12, 31), date(2026, 3, 31), date(2026, 6, 30)
BEFORE_Q4: Final = datetime(2025, 12, 10, 9, tzinfo=UTC)
# Effect and error of seven clients.
EFFECTS: Final = ((2.0, 1.0), (3.5, 1.2), (0.5, 0.8), (1.0, 1.0), (4.0, 1.5), (2.5, 0.9), (1.5, 1.1))


def after(last_day: date) -> datetime:
    """Some hours into the quarter that follows."""
    return datetime.combine(last_day + timedelta(days=1), time(hour=9), tzinfo=UTC)


def clients_of(world: World, n: int, **settings: Any) -> list[Organisation]:
    """So many clients more of the firm, beside those that there are."""
    return [make_client(world.firm, f"Number {place}", **settings) for place in range(1, n + 1)]


def read_out(
    organisation: Organisation, effect: float, error: float, *, lever: str = "service", at: datetime = BEFORE_Q4,
    number: int = 1, **found: Any,
) -> ReadOut:  # fmt: skip
    """A step of its own with a read-out that found this, made then."""
    with organisation_scope(organisation.pk):
        n = Initiative.objects.count() + 1
        step = Initiative.objects.create(
            organisation=organisation, number=n, title=f"Step {n}", lever=lever, first_day=date(2025, 11, 1),
            baseline_first=date(2025, 9, 1), baseline_last=date(2025, 10, 31), read_out_on=date(2025, 11, 30),
            created_at=at, state="read_out",
        )  # fmt: skip
        return repeat(step, effect, error, at=at, number=number, **found)


def repeat(step: Initiative, effect: float, error: float, *, at: datetime, number: int, **found: Any) -> ReadOut:
    """Another read-out of a step; in a scope that writes."""
    run = ScoreRun.objects.order_by("number").first() or _run(step.organisation_id)
    return ReadOut.objects.create(
        organisation_id=step.organisation_id, initiative=step, number=number, before=run, after=run,
        found=_found(effect, error, **found), made_at=at,
    )  # fmt: skip


def _run(organisation_id: int) -> ScoreRun:
    at, said = BEFORE_Q4, {"organisation_id": organisation_id}
    weights = WeightSet.objects.create(
        **said, number=900, created_at=at, changed_at=at, window_days=90, full_points_thousandths=60_000,
        state=WeightSet.State.RETIRED,
    )  # fmt: skip
    return ScoreRun.objects.create(
        **said, number=1, weight_set=weights, as_of=date(2025, 11, 30), window_from=at, window_to=at, uses={},
        watermark=at, state="published", cause="history", started_at=at,
    )  # fmt: skip


def _found(effect: float, error: float, **changes: Any) -> dict[str, Any]:
    low, high = effect - 2 * error, effect + 2 * error
    estimate = [f"{value:.6f}" for value in (effect, error, low, high)]
    moment = {
        "run": 1, "as_of": "2025-11-30", "n": 100, "sum_score": 0, "sum_points": "0", "points_scale": 1000,
        "band": None, "is_shown": False,
    }  # fmt: skip
    said: dict[str, Any] = {
        "format": 1, "mode": "segments", "compared": [], "refused": [], "measure": "score",
        "units": {"score": 1_000_000}, "treated": {}, "other": {}, "plain": {"score": estimate}, "matched": {},
        "without_match": 0, "overlap": 0, "moments": [moment, moment], "moved": [[0, 0], [0, 0]], "warnings": [],
        "pre_trend": {"verdict": "enough", "days": [], "difference": None, "treated": None}, "target": None,
        "money": {"currency": "EUR", "cost_minor": None, "return_minor": None, "note": ""},
    }  # fmt: skip
    return {**said, **changes}


def agree(organisation: Organisation, user: User | None, *, now: datetime = BEFORE_Q4) -> PooledConsent:
    with organisation_scope(organisation.pk):
        return services.agree(organisation=organisation, text_version=TEXT_VERSION, user=user, now=now)


def withdraw(organisation: Organisation, user: User | None, *, now: datetime | None = None) -> int:
    with organisation_scope(organisation.pk):
        return services.withdraw(organisation=organisation, user=user, now=now or after(Q4))


def pool(firm: Organisation, last_day: date = Q4, *, now: datetime | None = None) -> None:
    """A worker works the quarter out; whatever it does stands as it does in production."""
    moment = now or after(last_day)
    with organisation_scope(firm.pk):
        job = ask_job(kind=KIND, subject=last_day.isoformat(), organisation=firm, user=None, now=moment)
    assert run_job(organisation_id=firm.pk, job_id=job.pk, do=run_pooling, clock=lambda: moment)
    with organisation_scope(firm.pk):
        job.refresh_from_db()
        assert (job.state, job.refusal, job.error) == ("done", "", "")


def make_evidence(world: World, n: int = 7, *, lever: str = "service", **settings: Any) -> list[Organisation]:
    """So many clients that agreed and have read a step out before the end of the quarter."""
    made = clients_of(world, n, **settings)
    for organisation, (effect, error) in zip(made, EFFECTS * (n // len(EFFECTS) + 1), strict=False):
        read_out(organisation, effect, error, lever=lever)
        agree(organisation, world.admin)
    return made


def figures(firm: Organisation, last_day: date = Q4) -> list[PooledFigure]:
    with organisation_scope(firm.pk, write=False):
        return list(PooledFigure.objects.filter(quarter__last_day=last_day).order_by("lever", "industry"))


def quarters(firm: Organisation) -> list[date]:
    with organisation_scope(firm.pk, write=False):
        return list(PooledQuarter.objects.order_by("last_day").values_list("last_day", flat=True))


def given(organisation: Organisation) -> list[tuple[date, str, int, int]]:
    """Quarter, lever, effect and error of what an organisation has given."""
    with organisation_scope(organisation.pk, write=False):
        rows = PooledContribution.objects.order_by("last_day", "lever")
        return list(rows.values_list("last_day", "lever", "effect_millionths", "error_millionths"))
