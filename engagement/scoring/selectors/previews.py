"""What a draft would give, beside what counts now: exact, and nothing is stored or published by looking.

Weights, caps and full points are counted from the blocks of the run in force, which stay unpacked in the process. A
draft that needs other counts (another window, half-life, rule) is computed from activity: at once for a small client,
by a worker for a large one (`services.preview_work`), whose result is read here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError, NotFoundError
from engagement.scoring.formula import WEIGHT_SCALE, Comparison, RankCorrelation
from engagement.scoring.models import PreviewJob, ScoreRun, Weight, WeightSet
from engagement.scoring.previewed import OrderPreview, Work
from engagement.scoring.runs.plan import RunPlan, plan_of, plan_with
from engagement.scoring.runs.store import run_in_force
from engagement.scoring.selectors import preview_parts as parts
from engagement.scoring.selectors.counted import (
    Compared,
    RunCounts,
    SidePair,
    Spread,
    activity_pairs,
    formula_of,
    last_number,
    rebanded,
    why_counts_do_not_serve,
)
from engagement.scoring.selectors.current_sets import current_sets
from engagement.scoring.selectors.preview_kept import PREVIEWS, from_stored
from engagement.scoring.selectors.suggesting import suggested
from engagement.scoring.selectors.weights import to_points
from engagement.scoring.types import DraftPreview, FullPointsSuggestion
from tenants.models import Organisation

if TYPE_CHECKING:
    from engagement.scoring.services.bounds import CheckedDraft

MOST_FULL_POINTS_THOUSANDTHS: Final = 900_000_000  # what the field and the table accept


@dataclass(frozen=True, slots=True)
class Sources:
    """What a draft is compared with, and where the counts come from.

    `run` is that in force, None before the first; `counts` its blocks where they serve, else `why` says why not.
    `obstacle` says why the draft cannot be scored at all.
    """

    organisation: Organisation
    run: ScoreRun | None
    compared: Compared
    counts: RunCounts | None
    why: str
    obstacle: str = ""

    @property
    def is_direct(self) -> bool:
        """Whether it is computed at once, on the spot."""
        if self.counts is not None:
            return True
        customers = self.run.customers if self.run else last_number(self.organisation.pk)
        return customers <= int(settings.PREVIEW_DIRECT_CUSTOMERS)

    @property
    def fingerprint(self) -> str:
        """Everything the result rests on: a result of another fingerprint is never shown."""
        before, after = self.compared.before, self.compared.after
        said = {
            "as_of": after.as_of.isoformat(),
            "run": str(self.run.pk) if self.run else "",
            "before": before.to_json() if before else None,
            "after": after.to_json(),
            "is_decided": self.compared.is_decided,
            "shown": [self.organisation.minimum_n, self.organisation.minimum_n_band],
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def draft_preview(
    *, organisation: Organisation, as_of: date, typed: CheckedDraft | None = None, at_once: bool = False
) -> DraftPreview | None:
    """The draft (or the proposal that waits) beside the set in force, everybody scored under both; None without one.

    `typed` stands in for the draft's numbers and is not kept; `at_once` leaves nothing to a worker, however long it
    takes. As of the day of the run in force, `as_of` before the first run. Raises InvalidInputError for typed numbers
    that the formula does not take, by field.
    """
    row = draft_or_proposal()
    if row is None:
        return None
    sources = sources_of(organisation=organisation, draft=row, as_of=as_of, typed=typed)
    if sources.obstacle:
        return nothing(sources=sources, reason=sources.obstacle)
    if at_once or (typed is not None and sources.is_direct):
        return computed(sources=sources)
    if sources.is_direct:
        return _kept(sources)
    if typed is not None:
        return nothing(sources=sources, reason="", work=Work(state="keep_first", why=sources.why))
    return _by_worker(row, sources)


def draft_or_proposal() -> WeightSet | None:
    """The draft, or the set that waits for another person's approval: there is at most one of the two."""
    sets = current_sets()
    return sets.get(WeightSet.State.DRAFT) or sets.get(WeightSet.State.PROPOSED)


def set_preview(*, organisation: Organisation, number: int, as_of: date) -> DraftPreview:
    """Any set beside the one in force, as `draft_preview`; where it would take a worker, `reason` says so.

    Raises NotFoundError for an unknown number.
    """
    row = WeightSet.objects.filter(organisation=organisation, number=number).first()
    if row is None:
        raise NotFoundError
    sources = sources_of(organisation=organisation, draft=row, as_of=as_of)
    if sources.obstacle or not sources.is_direct:
        why = _("it needs {why}. Begin a draft with its numbers: that is counted in the background.")
        return nothing(sources=sources, reason=sources.obstacle or why.format(why=sources.why))
    return _kept(sources)


def _kept(sources: Sources) -> DraftPreview:
    """What this process worked out already, where it rests on a run's counts; typed numbers change with every key."""
    if sources.run is None or sources.counts is None:
        return computed(sources=sources)
    named = (sources.organisation.pk, sources.run.digest, sources.fingerprint, get_language() or "")
    return PREVIEWS.of(named, lambda: computed(sources=sources))


def draft_spread(*, organisation: Organisation, as_of: date) -> Spread | None:
    """Counts of a few customers who stand for all, for a first and approximate answer.

    None without a draft, where the run in force did not count what it needs, and under the organisation's minimum.
    """
    row = draft_or_proposal()
    sources = sources_of(organisation=organisation, draft=row, as_of=as_of) if row else None
    if sources is None or sources.counts is None or sources.obstacle:
        return None
    found = sources.counts.spread(sources.compared.after)
    return found if found.n >= organisation.minimum_n else None


def suggestion(*, organisation: Organisation, weight_set: WeightSet, as_of: date) -> FullPointsSuggestion | None:
    """Full points that fit the set's weights: from the run in force where its counts serve, else from activity.

    None when no action with a weight above 0 has been counted, or when amounts are too large to be added up. From
    activity it takes as long as a run.
    """
    sources = sources_of(organisation=organisation, draft=weight_set, as_of=as_of)
    alone = replace(sources, compared=Compared(None, sources.compared.after, is_decided=False))
    return None if sources.obstacle else computed(sources=alone).suggestion


def sources_of(
    *, organisation: Organisation, draft: WeightSet, as_of: date, typed: CheckedDraft | None = None
) -> Sources:
    """Where the counts for a draft come from; raises InvalidInputError for typed numbers that cannot be used."""
    run = run_in_force()
    day = run.as_of if run else as_of
    after = plan_with(organisation=organisation, as_of=day, weight_set=draft)
    is_decided = draft.full_points_thousandths is not None
    if typed is not None:
        _check_known(draft, typed)
        after, is_decided = _with_typed(after, typed), typed.full_points_from == "own"
    after = replace(after, full_points_thousandths=after.full_points_thousandths or 1)
    published = current_sets().get(WeightSet.State.PUBLISHED)
    before = plan_with(organisation=organisation, as_of=day, weight_set=published) if published else None
    if before is not None and before.obstacle:
        before = None
    pair, why = Compared(before, after, is_decided), _("a first scoring")
    sources = Sources(organisation, run, pair, None, why, after.obstacle)
    if run is not None:
        sources = _from_run(sources, run)
    if typed is not None and typed.full_points_from != "own":
        sources = _with_suggested(sources, typed.full_points_from)
    return sources


def computed(*, sources: Sources) -> DraftPreview:
    """The preview from its sources, at once.

    Amounts that do not add up exactly are the one thing data can do wrong: then `reason` says so.
    """
    counts, compared = sources.counts, sources.compared
    try:
        pairs = counts.pairs(compared) if counts else activity_pairs(compared=compared)
        return said(sources=sources, compared=gathered(sources=sources, pairs=pairs))
    except InvalidInputError as error:
        return nothing(sources=sources, reason=error.message)


def gathered(*, sources: Sources, pairs: Iterable[SidePair]) -> Comparison:
    """Both sides of everybody; raises InvalidInputError for amounts that do not add up exactly."""
    before, after = sources.compared.before, sources.compared.after
    compared = Comparison(
        before=formula_of(before) if before else None,
        after=formula_of(after),
        n_segments=1 + len(after.segments),
    )
    for first, second in pairs:
        compared.add(before=first, after=second)
    return compared


# ── sources ──────────────────────────────────────────────────────────────────────────────────────────────────


def _from_run(sources: Sources, run: ScoreRun) -> Sources:
    """With the run's counts, where they serve the draft; the set in force then is the run's own, or one they serve."""
    plan, after = plan_of(run), sources.compared.after
    why = why_counts_do_not_serve(run=plan, plan=after)
    if why:
        return replace(sources, why=why)
    counts = RunCounts(run=run, plan=plan)
    before = sources.compared.before
    if before is None or before.weight_set_number == plan.weight_set_number or _lacks(plan, before):
        before = rebanded(plan=plan, good=after.good_thousandths, excellent=after.excellent_thousandths)
    else:
        before = counts.reduced(before)
    compared = Compared(before, counts.reduced(after), sources.compared.is_decided)
    return replace(sources, compared=compared, counts=counts, why="")


def _lacks(run: RunPlan, plan: RunPlan) -> bool:
    return bool(why_counts_do_not_serve(run=run, plan=plan))


def _check_known(draft: WeightSet, typed: CheckedDraft) -> None:
    known = Weight.objects.filter(weight_set=draft).values_list("action__key", flat=True)
    unknown = sorted(typed.weights.keys() - {*known})
    if unknown:
        raise InvalidInputError(fields={f"weights.{key}": [_("There is no such action.")] for key in unknown})


def _with_typed(plan: RunPlan, typed: CheckedDraft) -> RunPlan:
    """The plan with the numbers that were typed; an action that was not keeps the draft's."""
    actions = tuple(
        replace(action, weight_thousandths=typed.weights[action.key][0], cap=typed.weights[action.key][1])
        if action.key in typed.weights
        else action
        for action in plan.actions
    )
    return replace(
        plan,
        actions=actions,
        window_days=typed.window_days,
        half_life_days=typed.half_life_days,
        full_points_thousandths=typed.full_points_thousandths or 0,
    )


def _with_suggested(sources: Sources, source: str) -> Sources:
    """Full points taken from the data, under the typed weights."""
    alone = replace(sources, compared=Compared(None, sources.compared.after, is_decided=False))
    found = None
    if alone.is_direct and not sources.obstacle:
        suggested_now = computed(sources=alone).suggestion
        found = suggested_now.of(source) if suggested_now else None
    if found is None:
        return sources
    after = replace(sources.compared.after, full_points_thousandths=int(found * WEIGHT_SCALE))
    return replace(sources, compared=replace(sources.compared, after=after, is_decided=True))


# ── what is said ─────────────────────────────────────────────────────────────────────────────────────────────


def said(*, sources: Sources, compared: Comparison) -> DraftPreview:
    """What the comparison comes to, in points and scores."""
    organisation, (before, after) = sources.organisation, (sources.compared.before, sources.compared.after)
    known = sources.counts.ranks_before(sources.compared) if sources.counts else None
    distribution, correlation = compared.order(ranks_before=known)
    is_decided, nobody = sources.compared.is_decided, not compared.n
    decided = after.full_points_thousandths if is_decided else None
    found = nothing(sources=sources, reason=_why(nobody=nobody, is_decided=is_decided))
    found = replace(
        found,
        parts=parts.action_parts(organisation=organisation, plan=after, compared=compared),
        suggestion=suggested(plan=after, distribution=distribution, n=compared.n_rest, decided=decided),
    )
    if before is not None and compared.before is not None:
        sums = compared.levels_before[0]
        now = parts.level(organisation=organisation, plan=before, sums=sums, formula=compared.before)
        found = replace(found, now=now, points_now=parts.points_now(organisation=organisation, compared=compared))
    if decided is None:
        return found
    sums = compared.levels_after[0]
    return replace(
        found,
        full_points=to_points(decided),
        choices=parts.full_points_choices(
            organisation=organisation, compared=compared, distribution=distribution, found=found.suggestion, own=decided
        ),
        draft=parts.level(organisation=organisation, plan=after, sums=sums, formula=compared.after),
        segments=parts.segment_previews(organisation=organisation, plan=after, compared=compared),
        order=_order(correlation),
        movers=parts.movers(compared=compared),
        findings=parts.findings(compared=compared, plans=(before, after)),
        keep_level=parts.level_offer(
            compared=compared, distribution=distribution, most_thousandths=MOST_FULL_POINTS_THOUSANDTHS
        ),
    )


def _why(*, nobody: bool, is_decided: bool) -> str:
    return _("There are no customers yet.") if nobody else "" if is_decided else _("Full points are not decided yet.")


def _order(found: RankCorrelation | None) -> OrderPreview | None:
    return None if found is None else OrderPreview(found.n, found.value, found.is_same)


def nothing(*, sources: Sources, reason: str, work: Work | None = None) -> DraftPreview:
    """No numbers: `reason` or `work` says why."""
    return DraftPreview(
        as_of=sources.compared.after.as_of,
        run_number=sources.run.number if sources.run and sources.counts else None,
        now=None,
        draft=None,
        full_points=None,
        parts=(),
        suggestion=None,
        reason=reason,
        work=work,
    )


def _by_worker(row: WeightSet, sources: Sources) -> DraftPreview:
    """What a worker found for exactly this draft, or how far it is."""
    job = PreviewJob.objects.filter(weight_set=row, fingerprint=sources.fingerprint).first()
    if job is not None and job.state == PreviewJob.State.DONE:
        return from_stored(job.result)
    if job is None:
        return nothing(sources=sources, reason="", work=Work(state="ask", why=sources.why))
    state: Any = "failed" if job.state == PreviewJob.State.FAILED else "running" if job.chunks else "waiting"
    work = Work(state=state, why=sources.why, chunks_done=job.chunks_done, chunks=job.chunks, error=job.error)
    return nothing(sources=sources, reason="", work=work)
