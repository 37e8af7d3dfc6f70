"""Whoever is erased is gone from every run's blocks, and every sum that a run ever said still adds up."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engagement.ingest.models import Customer, Erasure
from engagement.ingest.services import ask_erasure, process_erasure
from engagement.ingest.services.erasures import LOOK_AGAIN
from engagement.insights.models import SegmentLedger, SegmentSnapshot, SnapshotPart
from engagement.insights.selectors.changes import change_errors
from engagement.insights.selectors.customer_list import customers
from engagement.insights.selectors.figures import Minimum
from engagement.scoring import queries
from engagement.scoring.formula import SegmentSums
from engagement.scoring.models import ErasedPart, RunPart, RunRequest, ScoreRun
from engagement.scoring.runs.chunk import ChunkResult
from engagement.scoring.runs.compute import result_sums
from engagement.scoring.runs.erased import n_erased
from engagement.scoring.runs.parts import sums_from_json
from engagement.scoring.runs.plan import plan_of
from engagement.scoring.runs.store import read_chunk
from engagement.scoring.services import erasing_runs
from engagement.scoring.services.packing import pack_closed_days
from engagement.scoring.services.thinning import stored_bytes
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.ledger_world import CHANGES, FAR, FIRST, THEN, ledger, make_world, moved, rerun
from tests.insights.scoring_world import Small

LATER = ("late", "newly", "merge")


def erase(small: Small, number: int) -> Erasure:
    with organisation_scope(small.id):
        erasure = ask_erasure(organisation=small.organisation, number=number, reason="They asked.", user=None, now=NOW)
    assert process_erasure(organisation_id=small.id, erasure_id=UUID(str(erasure.pk)), now=NOW)
    with organisation_scope(small.id, write=False):
        return Erasure.objects.get(pk=erasure.pk)


def sums_left(run: ScoreRun) -> tuple[list[SegmentSums], list[list[SegmentSums]], set[int]]:
    """The sums of a run by segment, and by variant, made anew from its blocks and from what was taken out."""
    plan = plan_of(run)
    whole: list[Any] = [None] * len(plan.segments)
    variants: list[list[Any]] = [[None] * len(plan.segments) for _ in plan.variant_weights]
    numbers: set[int] = set()
    parts = [one_chunk(run, chunk) for chunk in range(run.chunks)]
    parts += [sums_from_json(part.sums) for part in ErasedPart.objects.filter(run=run)]
    for sums, by_variant in parts:
        whole = [one if so_far is None else so_far + one for so_far, one in zip(whole, sums, strict=True)]
        for at, of_one in enumerate(by_variant):
            variants[at] = [
                one if so_far is None else so_far + one for so_far, one in zip(variants[at], of_one, strict=True)
            ]
    for chunk in range(run.chunks):
        stored, _, merges = read_chunk(run=run, chunk=chunk, n_actions=len(plan.actions))
        numbers |= set(stored.numbers.tolist()) | set(merges.numbers.tolist()) | set(merges.roots.tolist())
    return whole, variants, numbers


def one_chunk(run: ScoreRun, chunk: int) -> Any:
    plan = plan_of(run)
    stored, masks, _ = read_chunk(run=run, chunk=chunk, n_actions=len(plan.actions))
    everybody = np.ones(len(stored.numbers), dtype=np.bool_)
    result: ChunkResult = erasing_runs._result_of(plan, chunk, stored, masks, everybody)
    assert np.array_equal(result.scored.points, stored.points)
    assert np.array_equal(result.scored.scores, stored.scores)
    return result_sums(plan=plan, result=result)


def adds_up(run: ScoreRun) -> set[int]:
    """Every stored sum of the run is what its blocks and its erased parts say; returns the numbers in the blocks."""
    with organisation_scope(run.organisation_id, write=False):
        run.refresh_from_db()
        whole, by_variant, numbers = sums_left(run)
        plan = plan_of(run)
        for segment, sums in zip(plan.segments, whole, strict=True):
            told = SegmentSnapshot.objects.get(run=run, segment_id=segment.id)
            assert (told.n, told.n_active, told.n_multi_channel) == (sums.n, sums.n_active, sums.n_multi_channel)
            assert (told.sum_points, told.sum_score_millionths) == (sums.sum_points, sums.sum_score_millionths)
            assert (told.sum_score_squares, told.sum_point_squares) == (sums.sum_score_squares, sums.sum_point_squares)
            assert (told.n_poor, told.n_good, told.n_excellent) == sums.band_counts
            parts = zip(sums.occurrences_by_action, sums.points_by_action, sums.n_customers_by_action, strict=True)
            assert told.by_action == {a.key: list(part) for a, part in zip(plan.actions, parts, strict=True)}
        if plan.overrides:
            told_parts = SnapshotPart.objects.filter(run=run)
            assert sum(part.n for part in told_parts) == sum(one.n for of_one in by_variant for one in of_one)
            assert sum(part.sum_points for part in told_parts) == sum(
                one.sum_points for of_one in by_variant for one in of_one
            )
        chunks = {part.chunk: sums_from_json(part.sums)[0] for part in RunPart.objects.filter(run_id=run.id)}
        for chunk, of_chunk in chunks.items():
            out = [sums_from_json(part.sums)[0] for part in ErasedPart.objects.filter(run=run, chunk=chunk)]
            left = one_chunk(run, chunk)[0]
            assert of_chunk == tuple(a + out[0][at] if out else a for at, a in enumerate(left))
        return numbers


def ledger_begins_where_the_run_before_ended(run: ScoreRun) -> None:
    """The ledger goes from what the run before said to what this one says, whoever was erased in between."""
    with organisation_scope(run.organisation_id, write=False):
        for row in SegmentLedger.objects.filter(run=run):
            (_, _, *first), (_, _, *last) = row.states[0], row.states[-1]
            for of_run, states in ((row.base_id, first), (run.pk, last)):
                told = SegmentSnapshot.objects.filter(run_id=of_run, segment_id=row.segment_id).first()
                if told is not None:
                    assert states[:3] == [told.n, told.sum_score_millionths, int(told.sum_points)]


@pytest.mark.parametrize("overrides", [False, True])
def test_gone_from_blocks_and_in_every_sum(world: World, overrides: bool) -> None:
    small = make_world(world, overrides=overrides)
    runs = [first_run(small), rerun(small, THEN)]
    before = [snapshots(run) for run in runs]
    digests = [run.digest for run in runs]
    assert 4 in adds_up(runs[0])
    done = erase(small, 4)
    assert done.state == "done"
    assert done.identity == {}
    assert done.steps["scoring.runs"] == {"results of scorings": 2}
    for run, told, digest in zip(runs, before, digests, strict=True):
        assert 4 not in adds_up(run)
        assert snapshots(run) == told
        assert run.digest != digest
        with organisation_scope(small.id, write=False):
            assert n_erased(run) == 1
    again = rerun(small, THEN)
    assert moved(again) == {"identity"}
    ledger_begins_where_the_run_before_ended(again)
    assert 4 not in adds_up(again)
    with organisation_scope(small.id, write=False):
        assert n_erased(again) == 0
        assert snapshots(again)["all"][0] == before[1]["all"][0] - 1


def first_run(small: Small) -> ScoreRun:
    with organisation_scope(small.id, write=False):
        return ScoreRun.objects.get(as_of=FIRST)


def snapshots(run: ScoreRun) -> dict[str, tuple[Any, ...]]:
    with organisation_scope(run.organisation_id, write=False):
        rows = SegmentSnapshot.objects.filter(run_id=run.pk)
        return {key: tuple(rest) for key, *rest in rows.values_list("segment__key", "n", "sum_points", "by_action")}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 10_000),
    acts=st.lists(st.sampled_from([*LATER, "erase", "erase", "score"]), min_size=2, max_size=6),
    overrides=st.booleans(),
)
@example(seed=640, acts=["erase", "late", "late", "merge"], overrides=False)
def test_sums_add_up_over_random_histories(world: World, seed: int, acts: list[str], overrides: bool) -> None:
    chance = random.Random(seed)
    with transaction.atomic():
        small = make_world(world, overrides=overrides)
        gone: set[int] = set()
        for act in acts:
            if act == "erase":
                with organisation_scope(small.id, write=False):
                    known = list(Customer.objects.values_list("number", flat=True))
                gone |= set(erase(small, chance.choice(known)).numbers)
            elif act == "score":
                rerun(small, chance.choice([FIRST, THEN]))
            else:
                CHANGES[act][0](small, chance)
        rerun(small, THEN)
        with organisation_scope(small.id, write=False):
            runs = list(ScoreRun.objects.filter(state="published"))
        for run in runs:
            # Activity that `late` and `newly` add for an erased number has no customer and is in no block.
            assert not adds_up(run) & gone
            ledger_begins_where_the_run_before_ended(run)
        transaction.set_rollback(True)


def test_the_control_without_what_was_taken_out_nothing_adds_up(world: World) -> None:
    small = make_world(world)
    run = first_run(small)
    erase(small, 4)
    with organisation_scope(small.id):
        ErasedPart.objects.all().delete()
    with pytest.raises(AssertionError):
        adds_up(run)


def test_the_last_of_a_chunk_leaves_a_chunk_that_the_ledger_still_covers(world: World) -> None:
    small = make_world(world)
    with organisation_scope(small.id, write=False):
        far = list(Customer.objects.filter(number__gte=FAR).values_list("number", flat=True))
    for number in far:
        erase(small, number)
    again = rerun(small, FIRST)
    ledger_begins_where_the_run_before_ended(again)
    assert moved(again) == {"identity"}
    found = ledger(again, "all")
    assert found is not None


def test_thinning_lets_go_of_what_was_taken_out_too(world: World) -> None:
    small = make_world(world)
    run = first_run(small)
    erase(small, 4)
    with organisation_scope(small.id):
        queries.fetch("delete_blocks", organisation_id=small.id, run_ids=[run.pk])
        assert not ErasedPart.objects.exists()
        assert stored_bytes(organisation_id=small.id) == {}


def test_lists_intervals_and_activity_after_an_erasure(world: World) -> None:
    small = make_world(world)
    pack_closed_days(organisation_id=small.id, now=NOW)
    first, then = first_run(small), rerun(small, THEN)
    erase(small, 4)
    with organisation_scope(small.id, write=False):
        organisation = Organisation.objects.get(pk=small.id)
        page = customers(organisation=organisation, now=NOW, run_number=then.number)
        assert (page.total, page.erased) == (39, 1)
        assert 4 not in {line.number for line in page.lines}
        first.refresh_from_db()
        then.refresh_from_db()
        errors = change_errors(before=first, after=then, segment_keys=["all"], minimum=Minimum(5, 30))
        assert errors["all"].half_width_95 is not None
        assert RunRequest.objects.filter(as_of=THEN, state="waiting").exists()


def test_a_scoring_that_began_before_is_waited_for(world: World) -> None:
    small = make_world(world)
    run = first_run(small)
    with organisation_scope(small.id):
        ScoreRun.objects.filter(pk=run.pk).update(state="running", started_at=NOW)
        erasure = ask_erasure(organisation=small.organisation, number=4, reason="Asked", user=None, now=NOW)
    key = UUID(str(erasure.pk))
    assert not process_erasure(organisation_id=small.id, erasure_id=key, now=NOW)
    with organisation_scope(small.id):
        erasure.refresh_from_db()
        assert erasure.state == "waiting"
        assert "a scoring that began before" in erasure.error
        assert erasure.attempts == 0
        ScoreRun.objects.filter(pk=run.pk).update(state="published")
    assert not process_erasure(organisation_id=small.id, erasure_id=key, now=NOW)  # not before it is due again
    assert process_erasure(organisation_id=small.id, erasure_id=key, now=NOW + LOOK_AGAIN * 2)
    assert 4 not in adds_up(run)
