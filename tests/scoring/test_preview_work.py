"""Previews by a worker: asked for by keeping, shown only for exactly what was asked, given up for a newer draft."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.test import override_settings

from engagement.errors import InvalidInputError
from engagement.insights.services.dispatch import sweep
from engagement.insights.tasks import preview as preview_task
from engagement.scoring import services
from engagement.scoring.models import PreviewJob
from engagement.scoring.selectors.counted import activity_pair
from engagement.scoring.selectors.previews import draft_preview
from engagement.scoring.services import preview_work
from engagement.scoring.services.preview_work import MAX_ATTEMPTS, run_preview
from engagement.scoring.types import DraftPreview, WeightChange
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scoring.config import YESTERDAY, kept, published, story

LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _large() -> Iterator[None]:
    """Every client is a large one."""
    with override_settings(PREVIEW_DIRECT_CUSTOMERS=10):
        yield


def _preview(organisation: Organisation) -> DraftPreview:
    with organisation_scope(organisation.id, write=False):
        found = draft_preview(organisation=organisation, as_of=YESTERDAY)
    assert found is not None
    return found


def _job(organisation: Organisation) -> PreviewJob:
    with organisation_scope(organisation.id, write=False):
        return PreviewJob.objects.get()


def _jobs(organisation: Organisation) -> int:
    with organisation_scope(organisation.id, write=False):
        return PreviewJob.objects.count()


def _run(organisation: Organisation, now: Any = NOW) -> DraftPreview | None:
    return run_preview(organisation_id=organisation.id, job_id=_job(organisation).pk, now=now)


def _state(organisation: Organisation) -> str:
    work = _preview(organisation).work
    return "" if work is None else work.state


def test_a_kept_draft_is_computed_by_a_worker_and_then_shown(world: World) -> None:
    story(world.ours)
    published(world.ours)
    kept(world.ours, window_days=2, weights={"visit": WeightChange(Decimal(3))})
    waiting = _preview(world.ours)
    assert waiting.work is not None
    assert (waiting.work.state, waiting.work.why, waiting.draft) == ("waiting", "a first scoring", None)
    assert _run(world.ours) == _preview(world.ours)
    done = _preview(world.ours)
    assert (done.work, _job(world.ours).state, _job(world.ours).finished_at) == (None, "done", NOW)
    with override_settings(PREVIEW_DIRECT_CUSTOMERS=1000):
        assert _preview(world.ours) == done
    assert done.now is not None
    assert done.draft is not None
    assert (done.now.score, done.draft.score) == (30, 0)  # nothing happened in the two days
    assert [finding.kind for finding in done.findings][:1] == ["window"]
    assert _run(world.ours) is None


def test_the_figures_of_another_draft_are_never_shown(world: World) -> None:
    story(world.ours)
    kept(world.ours, window_days=2)
    _run(world.ours)
    assert _state(world.ours) == ""
    kept(world.ours, window_days=3)
    assert _state(world.ours) == "waiting"
    assert _job(world.ours).result is None
    _run(world.ours)
    assert _state(world.ours) == ""
    world.ours.band_good_thousandths = 60_000
    assert _state(world.ours) == "ask"


def test_keeping_the_same_numbers_again_keeps_the_result(world: World) -> None:
    story(world.ours)
    kept(world.ours, window_days=2)
    found = _run(world.ours)
    kept(world.ours, window_days=2, note="A note is no number.")
    assert _preview(world.ours) == found


def test_a_worker_that_is_overtaken_by_a_newer_draft_writes_nothing(world: World) -> None:
    story(world.ours)
    kept(world.ours, window_days=2)
    former = _job(world.ours)
    original = activity_pair

    def overtaken(**arguments: Any) -> Any:
        kept(world.ours, window_days=3)
        return original(**arguments)

    with patch.object(preview_work, "activity_pair", side_effect=overtaken):
        assert _run(world.ours) is None
    job = _job(world.ours)
    assert (job.pk, job.state, job.result, job.chunks_done, job.lease_until) == (former.pk, "waiting", None, 0, None)
    assert job.fingerprint != former.fingerprint
    assert _run(world.ours) is not None


def test_the_lease_keeps_others_away_and_ends(world: World) -> None:
    story(world.ours)
    kept(world.ours, window_days=2)
    with patch.object(preview_work, "gathered", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        _run(world.ours)  # a worker that was killed
    assert _run(world.ours) is None
    assert _run(world.ours, LATER) is not None


def test_progress_is_told_chunk_by_chunk(world: World) -> None:
    story(world.ours)
    kept(world.ours, window_days=2)
    seen = []
    original = activity_pair

    def watched(**arguments: Any) -> Any:
        work = _preview(world.ours).work
        assert work is not None
        seen.append((work.state, work.chunks_done, work.chunks))
        return original(**arguments)

    with patch.object(preview_work, "activity_pair", side_effect=watched):
        _run(world.ours)
    assert seen == [("running", 0, 1)]
    assert (_job(world.ours).chunks_done, _job(world.ours).chunks) == (1, 1)


def test_what_fails_is_tried_again_and_then_said(world: World) -> None:
    story(world.ours)
    kept(world.ours, window_days=2)
    with patch.object(preview_work, "gathered", side_effect=RuntimeError("the disk is full")):
        for attempt in range(MAX_ATTEMPTS):
            with pytest.raises(RuntimeError):
                _run(world.ours, NOW + timedelta(hours=attempt))
    work = _preview(world.ours).work
    assert work is not None
    assert (work.state, work.error) == ("failed", "the disk is full")
    kept(world.ours, window_days=2)
    assert _state(world.ours) == "waiting"


def test_amounts_that_do_not_add_up_are_the_result(world: World) -> None:
    story(world.ours)
    kept(world.ours, window_days=2)

    with patch.object(preview_work, "activity_pair", side_effect=InvalidInputError("Too large.")):
        found = _run(world.ours)
    assert found is not None
    assert (found.reason, found.draft, found.work) == ("Too large.", None, None)


def test_a_lost_message_is_found_by_the_sweeper_and_the_task_does_it(world: World) -> None:
    story(world.ours)
    kept(world.ours, window_days=2)
    job = _job(world.ours)
    with patch("engagement.insights.services.dispatch.current_app.send_task") as send:
        sweep(now=NOW)
    assert ("insights.preview", [world.ours.id, str(job.pk)]) in [
        (call.args[0], call.kwargs["args"]) for call in send.call_args_list
    ]
    with patch("django.utils.timezone.now", return_value=NOW):
        preview_task(world.ours.id, str(job.pk))
    assert _job(world.ours).state == "done"
    with patch("engagement.insights.services.dispatch.current_app.send_task") as send:
        sweep(now=LATER)
    assert "insights.preview" not in [call.args[0] for call in send.call_args_list]


def test_no_worker_reaches_another_organisations_draft(world: World) -> None:
    story(world.ours)
    kept(world.ours, window_days=2)
    assert run_preview(organisation_id=world.other.id, job_id=_job(world.ours).pk, now=NOW) is None
    assert run_preview(organisation_id=world.ours.id, job_id=uuid4(), now=NOW) is None
    assert (_jobs(world.ours), _jobs(world.other), _job(world.ours).attempts) == (1, 0, 0)


def test_a_discarded_draft_takes_its_preview_along(world: World) -> None:
    story(world.ours)
    kept(world.ours, window_days=2)
    with organisation_scope(world.ours.id):
        services.discard_draft(organisation=world.ours)
    assert _jobs(world.ours) == 0


def test_small_clients_and_counts_that_serve_need_no_worker(world: World) -> None:
    with override_settings(PREVIEW_DIRECT_CUSTOMERS=100):
        story(world.ours)
        kept(world.ours, window_days=2)
        assert _preview(world.ours).draft is not None
    assert _jobs(world.ours) == 0
