"""Applying a template to a client, and upgrading it: one transaction in the client's own scope.

Nothing here publishes. Actions and segments get new numbered definitions, bands change as settings do, and what belongs
to a weight set goes into the draft, which is previewed and published the usual way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, RapportError
from engagement.scoring import queries
from engagement.scoring.models import (
    Action,
    ActionDefinition,
    AppliedTemplate,
    Segment,
    SegmentSet,
    Weight,
    WeightSet,
)
from engagement.scoring.selectors.previews import draft_preview
from engagement.scoring.selectors.templates import comparison
from engagement.scoring.selectors.weights import draft_view, to_points
from engagement.scoring.services.actions import archive_action, change_action, create_action, record_change
from engagement.scoring.services.copies import fit_overrides
from engagement.scoring.services.numbering import next_number
from engagement.scoring.services.segments import (
    archive_segment,
    change_segment,
    create_segment,
    keep_segment_set,
    place_segment,
)
from engagement.scoring.services.weights import change_draft, draft
from engagement.scoring.templating.compare import Side, conflicts, merge
from engagement.scoring.templating.content import (
    BANDS,
    ActionContent,
    Content,
    SegmentContent,
    content_json,
    content_of,
    parts,
)
from engagement.scoring.templating.reading import check_content
from engagement.scoring.templating.types import Application, Comparison, OfferedTemplate, Rehearsal
from engagement.scoring.types import DraftChange, DraftPreview, WeightChange
from tenants.audit import audit_append
from tenants.models import Organisation, User
from tenants.services import change_organisation

Decisions = Mapping[str, Side]


def apply_template(
    *,
    organisation: Organisation,
    offered: OfferedTemplate,
    decisions: Decisions,
    opened: str,
    may_change_bands: bool,
    user: User | None,
    now: datetime,
) -> Application:
    """Apply a version to the client in scope, or upgrade to it. All or nothing; weights end in the draft.

    Every conflict needs a decision. Without `may_change_bands` the bands stay, and stay open for the next time.
    Raises InvalidInputError with fields ("decisions.action.visit.weight", or what the outcome cannot have),
    ConflictError if anything has changed since `opened`, which is that of the comparison the person has read.
    """
    organisation = _locked(organisation)
    seen = comparison(organisation=organisation, offered=offered, may_change_bands=may_change_bands)
    if seen.opened != opened:
        raise ConflictError(_("The configuration or the template has changed since you opened this. Look at it again."))
    _check_decisions(seen, decisions)
    wanted = _outcome(seen, decisions)
    check_content(wanted)
    done = _write(organisation, seen, wanted, user=user, now=now)
    _record(organisation, seen, decisions, user=user, now=now)
    new = {field: getattr(done, field) for field in ("version", "draft", "actions", "segments", "bands")}
    sides = {f"decided_for_{side}": sum(said is side for said in decisions.values()) for side in Side}
    audit_append(
        act="template.applied", object_kind="client_template", object_id=offered.id, new={**new, **sides}
    )  # fmt: skip
    return replace(done, decisions={key: side.value for key, side in decisions.items()})


def rehearse(
    *, organisation: Organisation, seen: Comparison, decisions: Decisions, user: User | None, now: datetime
) -> Rehearsal:
    """What applying would do to the numbers as of yesterday; everything is written, looked at and undone.

    Conflicts without a decision count as the client has it. Rules that have not been counted yet cannot be known: their
    actions are named. A problem that applying would meet is told instead of numbers.
    """
    given = {item.id: decisions.get(item.id, Side.CLIENT) for item in conflicts(seen.items)}
    try:
        wanted = _outcome(seen, given)
        check_content(wanted)
        with transaction.atomic():
            found = _rehearsed(organisation, seen, wanted, user=user, now=now)
            transaction.set_rollback(True)
    except (InvalidInputError, ConflictError) as error:
        return Rehearsal(preview=None, full_points=None, uncounted=(), problem=_told(error))
    return found


def _rehearsed(
    organisation: Organisation, seen: Comparison, wanted: Content, *, user: User | None, now: datetime
) -> Rehearsal:
    fresh = _locked(organisation)  # the page goes on with the settings that are in force
    draft(organisation=fresh, user=user, now=now)  # so that there is something to compare with
    # What counts now is read in the bands that hold now.
    before = _preview(fresh, now=now) if wanted.bands != seen.client.bands else None
    _write(fresh, seen, wanted, user=user, now=now)
    after = _preview(fresh, now=now)
    kept = draft_view(organisation=fresh)
    definitions = ActionDefinition.objects.order_by("number").values_list("action__key", "rolled_up_at")
    waiting = {key for key, counted_at in dict(definitions).items() if counted_at is None}
    return Rehearsal(
        preview=replace(after, now=before.now) if before and after else after,
        full_points=kept.full_points if kept else None,
        uncounted=tuple(action.name for action in wanted.actions if action.key in waiting),
        problem="",
    )


def _preview(organisation: Organisation, *, now: datetime) -> DraftPreview | None:
    """The draft beside the set in force as of yesterday: the one place that asks for these numbers."""
    return draft_preview(organisation=organisation, as_of=organisation.last_finished_day(now), at_once=True)


def _told(error: RapportError) -> str:
    return " ".join(text for texts in error.fields.values() for text in texts) or error.message


# ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────


def _locked(organisation: Organisation) -> Organisation:
    """The organisation as it is now; whoever would change what is compared waits until the transaction ends.

    Rows come before the lock on numbers, as in every service that changes a row and then numbers a version: two who
    wait for each other would both fail. Keys are left open, so that events go on being stored.
    """
    found = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    for model in (Action, SegmentSet, Segment, WeightSet):
        rows = model._default_manager.select_for_update(no_key=True)  # noqa: SLF001  Django's own door
        list(rows.order_by("pk").values_list("pk", flat=True))
    queries.fetch("lock_numbering", organisation_id=organisation.pk)
    return found


def _check_decisions(seen: Comparison, decisions: Decisions) -> None:
    open_items = {item.id for item in conflicts(seen.items)}
    problems = {
        f"decisions.{key}": [_("Both sides have changed this: choose the client’s or the template’s.")]
        for key in sorted(open_items - decisions.keys())
    }
    problems |= {
        f"decisions.{key}": [_("There is nothing to decide here.")] for key in sorted(decisions.keys() - open_items)
    }
    if problems:
        raise InvalidInputError(_("Some decisions are missing or mean nothing."), fields=problems)


def _outcome(seen: Comparison, decisions: Decisions) -> Content:
    """The client's content after it; bands that must stay are put back."""
    base, client, template = seen.sides()
    merged = merge(base=base, client=client, template=template, decisions=decisions)
    if seen.keeps_bands:
        merged[BANDS] = dict(parts(seen.client)[BANDS])
    return content_of(merged)


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────


def _write(
    organisation: Organisation, seen: Comparison, wanted: Content, *, user: User | None, now: datetime
) -> Application:
    """Make the client's configuration the wanted one; what is the same already is not touched."""
    now_here = seen.client
    n_actions = _write_actions(organisation, now_here, wanted, user=user, now=now)
    _write_sets(organisation, wanted)
    n_segments = _write_segments(organisation, now_here, wanted, user=user, now=now)
    changes_bands = wanted.bands is not None and wanted.bands != now_here.bands
    if wanted.bands is not None and changes_bands:
        changes = {
            "band_good_thousandths": wanted.bands.good_thousandths,
            "band_excellent_thousandths": wanted.bands.excellent_thousandths,
            "band_names": list(wanted.bands.names),
        }
        change_organisation(organisation=organisation, changes=changes, now=now)
    return Application(
        version=seen.offered.version,
        draft=_write_draft(organisation, seen, wanted, user=user, now=now),
        actions=n_actions,
        segments=n_segments,
        bands=changes_bands,
        decisions={},
    )


def _write_actions(
    organisation: Organisation, before: Content, wanted: Content, *, user: User | None, now: datetime
) -> int:
    known = {action.key: action for action in before.actions}
    changed = [action for action in wanted.actions if not _is_same_action(known.get(action.key), action)]
    gone = known.keys() - {action.key for action in wanted.actions}
    for key in sorted(gone):
        archive_action(organisation=organisation, key=key, now=now)
    for action in changed:
        _name_action(organisation, action)
    for action in changed:
        if Action.objects.filter(organisation=organisation, key=action.key).exists():
            change_action(organisation=organisation, key=action.key, rule=action.rule, user=user, now=now)
        else:
            create_action(
                organisation=organisation,
                key=action.key,
                name=action.name,
                channel=action.channel,
                rule=action.rule,
                user=user,
                now=now,
            )
    return len(changed) + len(gone)


def _is_same_action(before: ActionContent | None, wanted: ActionContent) -> bool:
    """Whether its definition, name and channel are the same; what it is worth stands in the draft."""
    return before is not None and (before.name, before.channel, before.rule) == (
        wanted.name,
        wanted.channel,
        wanted.rule,
    )


def _name_action(organisation: Organisation, wanted: ActionContent) -> None:
    """Name and channel, and back into use where it was archived.

    Names are checked as a whole before, so that two actions may change names with each other.
    """
    action = Action.objects.filter(organisation=organisation, key=wanted.key).first()
    if action is None:
        return
    before = {"name": action.name, "channel": action.channel, "is_archived": action.archived_at is not None}
    Action.objects.filter(pk=action.pk).update(name=wanted.name, channel=wanted.channel, archived_at=None)
    if before["is_archived"]:
        for row in WeightSet.objects.filter(organisation=organisation, state=WeightSet.State.DRAFT):
            Weight.objects.get_or_create(organisation=organisation, weight_set=row, action=action)
            fit_overrides(row)
    record_change(action, old=before, new={"name": wanted.name, "channel": wanted.channel, "is_archived": False})


def _write_sets(organisation: Organisation, wanted: Content) -> None:
    for group in wanted.sets:
        keep_segment_set(organisation=organisation, key=group.key, name=group.name, is_partition=group.is_partition)


def _write_segments(
    organisation: Organisation, before: Content, wanted: Content, *, user: User | None, now: datetime
) -> int:
    known = {segment.key: segment for segment in before.segments}
    changed = [segment for segment in wanted.segments if segment != known.get(segment.key)]
    gone = known.keys() - {segment.key for segment in wanted.segments}
    for key in sorted(gone):
        archive_segment(organisation=organisation, key=key, now=now)
    for segment in changed:
        _write_segment(organisation, segment, user=user, now=now)
    return len(changed) + len(gone)


def _write_segment(organisation: Organisation, wanted: SegmentContent, *, user: User | None, now: datetime) -> None:
    if not place_segment(organisation=organisation, key=wanted.key, set_key=wanted.set_key):
        create_segment(
            organisation=organisation,
            set_key=wanted.set_key,
            key=wanted.key,
            name=wanted.name,
            rule=wanted.rule,
            is_missing_data=wanted.is_missing_data,
            user=user,
            now=now,
        )
        return
    change_segment(
        organisation=organisation,
        key=wanted.key,
        name=wanted.name,
        rule=wanted.rule,
        is_missing_data=wanted.is_missing_data,
        user=user,
        now=now,
    )


def _write_draft(
    organisation: Organisation, seen: Comparison, wanted: Content, *, user: User | None, now: datetime
) -> int | None:
    """Weights, caps, window, half-life and full points into the draft; None where they are what they were.

    Full points that come from the data are taken from it anew, because what they rest on has changed.
    """
    if wanted.weighing() == seen.client.weighing():
        return None
    full_points = wanted.full_points
    before = draft_view(organisation=organisation)
    change = DraftChange(
        weights={a.key: WeightChange(to_points(a.weight_thousandths), a.cap) for a in wanted.actions},
        window_days=wanted.window_days,
        half_life_days=wanted.half_life_days,
        full_points=None if full_points.thousandths is None else to_points(full_points.thousandths),
        full_points_from=full_points.source,
        note=(before.note if before else "") or f"From template “{seen.offered.name}”, version {seen.offered.version}",
    )
    return change_draft(organisation=organisation, change=change, user=user, now=now).number


def _record(
    organisation: Organisation, seen: Comparison, decisions: Decisions, *, user: User | None, now: datetime
) -> None:
    """What the next comparison rests on: the whole version, but for bands that nobody has been asked about."""
    content = seen.offered.content
    if seen.keeps_bands:
        content = replace(content, bands=seen.base.content.bands if seen.base else None)
    AppliedTemplate.objects.create(
        organisation=organisation,
        number=next_number(AppliedTemplate),
        template_id=seen.offered.id,
        template_key=seen.offered.key,
        template_name=seen.offered.name,
        version=seen.offered.version,
        content=content_json(content),
        decisions={key: side.value for key, side in decisions.items()},
        applied_by=user,
        applied_at=now,
    )
