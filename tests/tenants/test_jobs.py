"""Work in the background: asked for once, done by one worker, tried again, given up, found without a message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app

from engagement.errors import InvalidInputError
from engagement.insights.services import dispatch
from tenants.jobs import MAX_ATTEMPTS, OvertakenError, Work, ask_job, job_progress, latest_job, run_job
from tenants.models import Job, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, build_world

pytestmark = pytest.mark.django_db(transaction=True)
LATER = timedelta(days=1)


@pytest.fixture
def ours() -> Organisation:
    return build_world().ours


def _ask(ours: Organisation, subject: str = "a") -> Job:
    with organisation_scope(ours.pk):
        return ask_job(kind="test.job", subject=subject, organisation=ours, user=None, now=NOW)


def _run(job: Job, do: Callable[[Work], Any], at: datetime = NOW) -> bool:
    return run_job(organisation_id=job.organisation_id, job_id=job.pk, do=do, clock=lambda: at)


def _again(job: Job) -> Job:
    with organisation_scope(job.organisation_id):
        return Job.objects.get(pk=job.pk)


def _nothing(work: Work) -> None:
    pass


def _break(work: Work) -> None:
    raise RuntimeError("broken")


def test_asking_twice_is_asking_once(ours: Organisation) -> None:
    assert _ask(ours).pk == _ask(ours).pk
    assert _ask(ours, "b").pk != _ask(ours).pk


def test_after_it_is_done_it_can_be_asked_again(ours: Organisation) -> None:
    first = _ask(ours)
    assert _run(first, _nothing)
    assert _again(first).state == Job.State.DONE
    assert not _run(first, _nothing)  # done once
    second = _ask(ours)
    assert second.pk != first.pk
    with organisation_scope(ours.pk):
        found = latest_job(kind="test.job")
        assert found is not None
        assert found.pk == second.pk
        assert latest_job(kind="test.job", subject="none") is None


def test_an_expected_failure_is_an_answer(ours: Organisation) -> None:
    def refuse(work: Work) -> None:
        raise InvalidInputError("There is nothing to count yet.")

    job = _ask(ours)
    assert _run(job, refuse)
    assert (_again(job).state, _again(job).refusal) == (Job.State.FAILED, "There is nothing to count yet.")


def test_an_unexpected_one_is_tried_again_and_given_up_in_the_end(ours: Organisation) -> None:
    job, at = _ask(ours), NOW
    for attempt in range(1, MAX_ATTEMPTS + 1):
        with pytest.raises(RuntimeError):
            _run(job, _break, at)
        kept = _again(job)
        assert (kept.attempts, kept.error) == (attempt, "broken")
        assert kept.state == (Job.State.FAILED if attempt == MAX_ATTEMPTS else Job.State.WAITING)
        assert not _run(job, _nothing, at)  # its time to be tried again has not come, or it is given up
        at += LATER


def test_what_kills_its_worker_each_time_is_given_up(ours: Organisation) -> None:
    job, at = _ask(ours), NOW

    def die(work: Work) -> None:
        raise KeyboardInterrupt  # no except of the code runs, as with a killed process

    for _attempt in range(MAX_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            _run(job, die, at)
        at += LATER
    assert not _run(job, _nothing, at)
    assert _again(job).state == Job.State.FAILED


def test_one_worker_at_a_time_and_who_is_overtaken_writes_nothing(ours: Organisation) -> None:
    job = _ask(ours)
    seen: list[str] = []

    def slow(work: Work) -> None:
        work.begin(steps=3)
        assert not _run(job, _nothing)  # in our hands
        assert _run(job, lambda _: seen.append("other"), NOW + LATER)  # our lease has run out
        with organisation_scope(work.organisation_id), pytest.raises(OvertakenError):
            work.done(1)
        raise OvertakenError

    assert not _run(job, slow)
    assert seen == ["other"]
    assert (_again(job).state, _again(job).attempts) == (Job.State.DONE, 2)


def test_progress_in_words(ours: Organisation) -> None:
    job = _ask(ours)
    texts: list[str] = []

    def text(at: datetime = NOW) -> str:
        made = job_progress(job=_again(job), title="t", url="/u/", page_url="/p/", now=at)
        return f"{made.text} {made.done}/{made.total} {made.is_finished}"

    def count(work: Work) -> None:
        texts.append(text())
        work.begin(steps=4)
        with organisation_scope(ours.pk):
            work.done(1)
        texts.append(text(NOW + timedelta(seconds=20)))

    before = text()
    _run(job, count)
    assert before == "It begins when a worker is free, usually within seconds. 0/None False"
    assert texts == ["It has begun. 0/None False", "1 of 4 done, about 1 minute left 1/4 False"]
    assert text() == "It is done. 4/4 True"


def test_a_lost_message_is_found_by_the_sweeper(ours: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    job = _ask(ours)
    sent: list[tuple[str, list[Any]]] = []
    monkeypatch.setattr(current_app, "send_task", lambda task, args: sent.append((task, list(args))))
    dispatch.sweep(now=NOW)
    assert ("test.job", [ours.pk, str(job.pk)]) in sent
    sent.clear()
    with organisation_scope(ours.pk):
        Organisation.objects.filter(pk=ours.pk).update(suspended_at=NOW)
    dispatch.sweep(now=NOW)
    assert "test.job" not in [task for task, _args in sent]  # an organisation that rests


def test_another_organisation_s_job_is_unknown(ours: Organisation) -> None:
    job, other = _ask(ours), uuid4()
    assert not run_job(organisation_id=ours.pk, job_id=other, do=_nothing, clock=lambda: NOW)
    assert not run_job(organisation_id=ours.pk + 10_000, job_id=job.pk, do=_nothing, clock=lambda: NOW)
    assert _again(job).attempts == 0
