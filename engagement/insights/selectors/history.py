"""Kept runs: one with all it used, and the days that were scored more than once with the causes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.history import (
    Difference,
    RecordedSegment,
    RestatedDay,
    RestatedDays,
    RestatedRun,
    RunRecord,
    UsedAction,
    UsedRule,
)
from engagement.insights.note_types import segment_name
from engagement.insights.restating import differences
from engagement.insights.selectors.comparing import known_then, published_runs, run_use, total_moved
from engagement.insights.selectors.figures import Minimum, figures_of_run, figures_over_runs, run_facts
from engagement.insights.selectors.parts import own_weights_used
from engagement.insights.selectors.scorecard import ALL
from engagement.insights.types import Figures
from engagement.scoring import matching, rules
from engagement.scoring.formula import WEIGHT_SCALE
from engagement.scoring.models import ActionDefinition, RunPointer, ScoreRun, Segment
from engagement.scoring.runs.store import run_in_force
from engagement.scoring.services.thinning import stored_bytes
from tenants.models import Organisation

DAYS_A_PAGE = 20
_LARGEST_NUMBER = 2**31 - 1  # the column's; no run has a larger one


def run_record(*, organisation: Organisation, number: int) -> RunRecord:
    """A run with all it used, in whatever state; raises NotFoundError."""
    run = ScoreRun.objects.filter(number=min(number, _LARGEST_NUMBER)).select_related("requested_by").first()
    if run is None:
        raise NotFoundError(_("There is no such run."))
    minimum, current = Minimum.of(organisation), run_in_force(as_of=run.as_of)
    found = figures_of_run(run=run, minimum=minimum)
    is_published = run.state == ScoreRun.State.PUBLISHED
    known = known_then(run=run, shown=found.get(ALL), minimum=minimum) if is_published else None
    in_force = figures_of_run(run=current, minimum=minimum) if known and current else {}
    runs = published_runs([run.as_of])
    return RunRecord(
        run=run_facts(run),
        state=run.state,
        error=run.error,
        asked_as=run.cause,
        asked_by=run.requested_by.name if run.requested_by else "",
        started_at=run.started_at,
        customers=run.customers,
        chunks=run.chunks,
        digest=run.digest,
        stored_bytes=stored_bytes(organisation_id=organisation.pk).get(run.pk, 0),
        is_in_force=current is not None and current.pk == run.pk,
        known=known,
        actions=_actions(run.uses),
        segments=_segments(run.uses),
        exclusion=_exclusion(run.uses["exclusion"]),
        figures=_figures(found, in_force),
        day=_days(organisation, runs)[0] if len(runs) > 1 else None,
        overrides=own_weights_used(uses=run.uses),
        chunks_reused=run.chunks_reused,
    )


def _actions(uses: Mapping[str, Any]) -> tuple[UsedAction, ...]:
    numbers = [action["definition"] for action in uses["actions"]]
    texts = dict(ActionDefinition.objects.filter(number__in=numbers).values_list("number", "rule"))
    return tuple(
        UsedAction(
            key=action["key"],
            name=action["name"],
            definition=action["definition"],
            words=_action_words(texts.get(action["definition"])),
            channel=action["channel"],
            weight=Decimal(action["weight_thousandths"]) / WEIGHT_SCALE,
            cap=action["cap"],
        )
        for action in uses["actions"]
    )


def _action_words(rule: Mapping[str, Any] | None) -> str:
    return matching.describe(matching.parse_action_rule(dict(rule))) if rule else _("its rule is no longer stored")


def _segments(uses: Mapping[str, Any]) -> tuple[UsedRule, ...]:
    return tuple(
        UsedRule(
            key=segment["key"],
            name=segment_name(key=segment["key"], name=segment["name"]),
            definition=segment["definition"],
            words=rules.describe(rules.parse_rule(segment["rule"])),
        )
        for segment in uses["segments"]
    )


def _exclusion(used: Mapping[str, Any]) -> UsedRule | None:
    if used["rule"] is None:
        return None
    words = rules.describe(rules.parse_rule(used["rule"]))
    return UsedRule(key="", name=_("Left out"), definition=used["definition"], words=words)


def _figures(found: Mapping[str, Figures], in_force: Mapping[str, Figures]) -> tuple[RecordedSegment, ...]:
    """Every segment: everybody first, then by set and place; missing data last in its set."""
    rows = Segment.objects.filter(key__in=list(found)).select_related("segment_set")
    order = {
        row.key: (row.segment_set.position, row.segment_set.key, row.is_missing_data, row.position, row.key)
        if row.segment_set
        else (-1, "", False, 0, "")
        for row in rows
    }
    return tuple(
        RecordedSegment(
            figures=found[key],
            in_force=in_force.get(key),
            difference=_less(in_force[key].score, found[key].score) if key in in_force else None,
        )
        for key in sorted(found, key=lambda key: order[key])
    )


def _less(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one - other


# ── days scored more than once ───────────────────────────────────────────────────────────────────────────────


def restated_days(*, organisation: Organisation, page: int = 1) -> RestatedDays:
    """The days with several published runs, the latest day first; a page beyond the end is the last."""
    published = ScoreRun.objects.filter(state=ScoreRun.State.PUBLISHED).order_by("-as_of")
    days = list(published.values("as_of").annotate(runs=Count("id")).filter(runs__gt=1).values_list("as_of", flat=True))
    pages = max(1, -(-len(days) // DAYS_A_PAGE))
    page = min(max(1, page), pages)
    shown = days[(page - 1) * DAYS_A_PAGE : page * DAYS_A_PAGE]
    found = sorted(_days(organisation, published_runs(shown)), key=lambda day: day.as_of, reverse=True)
    return RestatedDays(days=tuple(found), total=len(days), page=page, pages=pages)


def _days(organisation: Organisation, runs: list[ScoreRun]) -> tuple[RestatedDay, ...]:
    """Runs, in the order in which they were put in force, as days."""
    figures = figures_over_runs(runs=runs, minimum=Minimum.of(organisation), segment_keys=[ALL])
    days = {run.as_of for run in runs}
    in_force = dict(RunPointer.objects.filter(as_of__in=days).values_list("as_of", "run_id"))
    return tuple(
        RestatedDay(as_of=day, runs=_in_order(of_day, figures, in_force.get(day)))
        for day, of_day in groupby(runs, key=_day)
    )


def _causes(before: ScoreRun, after: ScoreRun, figures: Mapping[tuple[UUID, str], Figures]) -> tuple[Difference, ...]:
    moved = total_moved(before=figures.get((before.pk, ALL)), after=figures.get((after.pk, ALL)))
    return differences(before=run_use(before), after=run_use(after), total_moved=moved)


def _day(run: ScoreRun) -> date:
    return run.as_of


def _in_order(
    runs: Iterable[ScoreRun], figures: Mapping[tuple[UUID, str], Figures], in_force: UUID | None
) -> tuple[RestatedRun, ...]:
    found: list[RestatedRun] = []
    before: ScoreRun | None = None
    for run in runs:
        shown = figures.get((run.pk, ALL))
        score = shown.score if shown else None
        found.append(
            RestatedRun(
                number=run.number,
                published_at=run.finished_at or run.started_at,
                asked_as=run.cause,
                asked_by=run.requested_by.name if run.requested_by else "",
                weight_set_number=run.uses["weight_set"],
                is_in_force=run.pk == in_force,
                is_sums_only=run.thinned_at is not None,
                score=score,
                reason=shown.reason if shown else None,
                change=_less(score, found[-1].score) if found else None,
                causes=_causes(before, run, figures) if before else (),
            )
        )
        before = run
    return tuple(found)
