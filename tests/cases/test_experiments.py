"""Tests with arms: planned, fixed, read out too early, withheld where the split is off, and by event as by trait."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from statsmodels.stats.proportion import confint_proportions_2indep

from engagement.cases.experiment_types import Doubt, TrialReadOut, TrialWords
from engagement.cases.models import Experiment, ExperimentReadOut
from engagement.cases.selectors import experiments as reads
from engagement.cases.services import experiments as writes
from engagement.cases.services.experiment_read_outs import ask_trial_read_out, run_trial_read_out, trial_job
from engagement.errors import ConflictError, InvalidInputError
from engagement.ingest.services import process_batch
from engagement.insights.services import score
from tenants.jobs import run_job
from tenants.models import Job, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.ingest.sending import keep, track
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, make_small

BEGAN = datetime(2026, 1, 30, 9, 0, tzinfo=UTC)


def made(organisation: Organisation, *, sizes: tuple[int, int] = (100, 100)) -> Small:
    """Customers of two arms by a trait: 40 ± 10 visits, and 46 ± 10; a purchase by 20 and by 40 in a hundred."""
    small = make_small(
        organisation,
        weights={"visit": ("website", 1_000, None), "purchase": ("purchase", 0, None)},
        full_points=100_000,
        window_days=20,
    )
    arms = ["old"] * sizes[0] + ["new"] * sizes[1]
    add_customers(small, [(number, {"page": arm}) for number, arm in enumerate(arms, start=1)] + [(900, {"page": "x"})])
    rows = []
    for number, arm in enumerate(arms, start=1):
        rows.append((number, "visit", AS_OF, (40 if arm == "old" else 46) + (10 if number % 2 else -10)))
        if number % 10 < (2 if arm == "old" else 4):
            rows.append((number, "purchase", AS_OF, 1))
    add_activity(small, rows)
    score(organisation_id=small.id, as_of=AS_OF, cause="history", now=NOW)
    return small


def words(**changes: Any) -> TrialWords:
    said: dict[str, Any] = {
        "title": "A shorter page", "arm_name": "page", "arms": (("old", 500), ("new", 500)),
        "first_day": date(2026, 2, 1), "last_day": AS_OF, "difference": Decimal(3),
    }  # fmt: skip
    return TrialWords(**{**said, **changes})


def run(organisation: Organisation, **changes: Any) -> tuple[Experiment, TrialReadOut]:
    """Planned, started and read out."""
    said: dict[str, Any] = {"organisation": organisation, "user": None}
    with organisation_scope(organisation.id):
        test = writes.plan_experiment(**said, words=words(**changes), now=BEGAN)
        writes.start_experiment(**said, experiment_id=test.pk, now=BEGAN)
        ask_trial_read_out(**said, experiment_id=test.pk, now=NOW)
        return test, reads.trial_read_outs(experiment_id=test.pk)[0]


def test_the_difference_of_two_means_with_its_interval(world: World) -> None:
    made(world.ours)
    test, found = run(world.ours)
    old, new = found.arms
    assert (old.n, new.n, found.outside) == (100, 100, 1)
    assert (old.level, new.level, old.difference) == (40, 46, None)
    assert new.difference is not None
    # s² = 100 · 100 ÷ 99 in both, error √(2 · s² ÷ 100) = 1.421338, t of 198 degrees 1.972017
    assert new.difference.effect == 6
    assert new.difference.error == Decimal("1.421338")
    assert new.difference.low == pytest.approx(Decimal("3.197096"), abs=Decimal("0.00001"))
    # spread of everybody is 10.44…, so 3 takes 191 customers an arm: fewer are here than that
    assert test.customers_per_arm > 100
    assert found.doubts == (Doubt.FEW,)
    assert found.has_verdict


def test_a_share_is_held_against_a_share(world: World) -> None:
    made(world.ours)
    said = {"measure": "action", "judged_by": "share", "action_key": "t-purchase", "difference": Decimal("0.2")}
    _test, found = run(world.ours, **said, customers_per_arm=50)
    assert [arm.level for arm in found.arms] == [Decimal("0.2"), Decimal("0.4")]
    assert found.arms[1].difference is not None
    low, high = confint_proportions_2indep(40, 100, 20, 100, method="newcomb", compare="diff", correction=False)
    ends = found.arms[1].difference.low, found.arms[1].difference.high
    assert [float(end) for end in ends] == [pytest.approx(low, abs=1e-6), pytest.approx(high, abs=1e-6)]
    assert found.doubts == ()


def test_a_split_that_is_off_withholds_the_result(world: World, client: Client) -> None:
    made(world.ours, sizes=(100, 180))
    test, found = run(world.ours, customers_per_arm=50)
    assert found.is_withheld
    assert found.p < Decimal("0.001")
    client.force_login(world.viewer)
    address = f"/o/{world.ours.slug}/cases/tests/{test.pk}/"
    page = client.get(address).content.decode()
    assert "the split is off" in page
    assert "46.00" not in page
    anyway = client.get(f"{address}?anyway=1").content.decode()
    assert "46.00" in anyway
    assert "not to be trusted" in anyway


def test_before_the_last_day_there_is_no_verdict(world: World, client: Client) -> None:
    made(world.ours)
    test, found = run(world.ours, last_day=date(2026, 4, 30), customers_per_arm=50)
    assert found.doubts == (Doubt.EARLY,)
    assert not found.has_verdict
    client.force_login(world.viewer)
    page = re.sub(r"\s+", " ", client.get(f"/o/{world.ours.slug}/cases/tests/{test.pk}/").content.decode())
    assert "Too early for a verdict" in page
    assert "new: +6.0 against old" not in page


def test_the_arm_can_be_told_by_the_first_event(world: World) -> None:
    """In the test's days, by what was told first; who has no such event is in no arm."""
    made(world.ours)
    sent = [_seen(number, "old" if number <= 100 else "new") for number in range(1, 181)]
    later = [_seen(number, "new", day=11, message=f"later{number}") for number in range(1, 101)]
    before = [_seen(number, "old", day=1, month=1, message=f"before{number}") for number in range(181, 201)]
    stored(world.ours, [*later, *before, *sent])
    _test, found = run(world.ours, arm_source="event", event_name="Page seen", arm_name="variant", customers_per_arm=50)
    assert [(arm.value, arm.n) for arm in found.arms] == [("old", 100), ("new", 80)]
    assert found.arms[1].level == 46


def _seen(number: int, variant: str, *, day: int = 10, month: int = 2, message: str = "") -> dict[str, Any]:
    return track(
        number, event="Page seen", properties={"variant": variant}, messageId=message or f"seen{number}",
        timestamp=f"2026-{month:02d}-{day:02d}T10:00:00Z",
    )  # fmt: skip


def stored(organisation: Organisation, messages: list[dict[str, Any]]) -> None:
    batch = keep(organisation, messages)
    assert process_batch(organisation_id=organisation.pk, batch_id=batch, now=NOW)


def test_what_cannot_be_used_is_said_beside_its_field(world: World) -> None:
    made(world.ours)
    bad: list[tuple[dict[str, Any], str]] = [
        ({"arms": (("old", 500), ("old", 500))}, "arms"),
        ({"arms": (("old", 500), ("new", 400))}, "arms"),
        ({"arms": (("old", 1000),)}, "arms"),
        ({"event_name": "Page seen"}, "event_name"),
        ({"judged_by": "share"}, "judged_by"),
        ({"measure": "action", "action_key": "none"}, "action"),
        ({"difference": Decimal(0)}, "difference"),
        ({"last_day": date(2026, 1, 1)}, "last_day"),
        ({"measure": "action", "action_key": "t-purchase"}, "customers_per_arm"),  # no spread of it is kept
    ]
    with organisation_scope(world.ours.id):
        for changes, name in bad:
            with pytest.raises(InvalidInputError) as refused:
                writes.plan_experiment(organisation=world.ours, words=words(**changes), user=None, now=BEGAN)
            assert name in refused.value.fields, changes
        assert not Experiment.objects.exists()


def test_a_read_out_is_never_changed_not_even_by_the_program(world: World) -> None:
    made(world.ours)
    run(world.ours)
    with organisation_scope(world.ours.id):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            ExperimentReadOut.objects.update(number=9)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            ExperimentReadOut.objects.all().delete()


def test_only_what_runs_is_read_out(world: World) -> None:
    made(world.ours)
    said: dict[str, Any] = {"organisation": world.ours, "user": None}
    with organisation_scope(world.ours.id):
        test = writes.plan_experiment(**said, words=words(), now=BEGAN)
        with pytest.raises(ConflictError, match="started"):
            ask_trial_read_out(**said, experiment_id=test.pk, now=NOW)
        writes.stop_experiment(**said, experiment_id=test.pk, because="No budget", now=NOW)
        with pytest.raises(ConflictError, match="stopped"):
            writes.start_experiment(**said, experiment_id=test.pk, now=NOW)


def test_a_test_is_planned_on_its_page(world: World, client: Client) -> None:
    made(world.ours)
    client.force_login(world.consultant)
    base = f"/o/{world.ours.slug}/cases/tests/"
    assert "Nothing was tested yet" in client.get(base).content.decode()
    form = {
        "title": "A shorter page", "arm_source": "trait", "arm_name": "page", "arms": "old, 50\nnew, 50 %",
        "measure": "score", "judged_by": "mean", "difference": "3", "first_day": "2026-02-01", "last_day": "2026-02-28",
    }  # fmt: skip
    assert "is no arm" in client.post(f"{base}new/", {**form, "arms": "old"}).content.decode()
    done = client.post(f"{base}new/", form)
    assert done.status_code == 302
    client.post(f"{done['Location']}start/")
    page = client.post(f"{done['Location']}read-out/", follow=True).content.decode()
    assert "new: +6.0 against old" in page


def test_a_good_result_is_to_be_trusted_also_where_somebody_asks_for_it_anyway(world: World, client: Client) -> None:
    made(world.ours)
    test, _found = run(world.ours, customers_per_arm=50)
    client.force_login(world.viewer)
    page = client.get(f"/o/{world.ours.slug}/cases/tests/{test.pk}/?anyway=1").content.decode()
    assert "46.00" in page
    assert "not to be trusted" not in page


# ── many customers: by a worker ──────────────────────────────────────────────────────────────────────────────


def asked_of_a_worker(world: World, settings: Any) -> Experiment:
    """A test of more customers than are read at once, and somebody has asked for its read-out."""
    settings.PREVIEW_DIRECT_CUSTOMERS = 10
    made(world.ours)
    said: dict[str, Any] = {"organisation": world.ours, "user": world.consultant}
    with organisation_scope(world.ours.id):
        test = writes.plan_experiment(**said, words=words(customers_per_arm=50), now=BEGAN)
        writes.start_experiment(**said, experiment_id=test.pk, now=BEGAN)
        assert ask_trial_read_out(**said, experiment_id=test.pk, now=NOW) is None
    return test


def work_off(world: World, test: Experiment) -> Job:
    """A worker does what was asked for."""
    with organisation_scope(world.ours.id):
        job = trial_job(experiment_id=test.pk)
    assert job is not None
    assert run_job(organisation_id=world.ours.id, job_id=job.pk, do=run_trial_read_out, clock=lambda: NOW)
    with organisation_scope(world.ours.id):
        job.refresh_from_db()
    return job


def test_a_page_says_how_far_a_worker_is_and_asks_again_by_itself(world: World, client: Client, settings: Any) -> None:
    test = asked_of_a_worker(world, settings)
    address = f"/o/{world.ours.slug}/cases/tests/{test.pk}/"
    client.force_login(world.viewer)
    page = client.get(address).content.decode()
    assert f'hx-get="{address}progress/"' in page
    assert "htmx" in page.split("</head>")[0]  # or nothing asks
    assert "It begins when a worker is free" in client.get(f"{address}progress/").content.decode()
    job = work_off(world, test)
    assert (job.state, job.steps, job.steps_done) == ("done", 1, 1)
    part = client.get(f"{address}progress/").content.decode()
    assert "The read-out is there." in part
    assert f'href="{address}"' in part
    page = client.get(address).content.decode()
    assert "progress/" not in page
    assert "46.00" in page


def test_what_a_worker_could_not_do_is_said_on_the_page(world: World, client: Client, settings: Any) -> None:
    test = asked_of_a_worker(world, settings)
    with organisation_scope(world.ours.id):
        writes.stop_experiment(
            organisation=world.ours, experiment_id=test.pk, because="Wrong arm", user=None, now=NOW
        )  # fmt: skip
    assert work_off(world, test).state == "failed"
    client.force_login(world.viewer)
    page = client.get(f"/o/{world.ours.slug}/cases/tests/{test.pk}/").content.decode()
    assert "Only a test that has started can be read out." in page
