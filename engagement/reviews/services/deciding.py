"""Deciding on an item: what, by whom, until when, judged by which number, and what is recorded beside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from engagement.cases.models import Finding, Initiative
from engagement.cases.services import plan_initiative, record_finding
from engagement.cases.types import FindingWords, Origin, StepWords
from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.insights.models import Target
from engagement.insights.note_types import EVERYBODY
from engagement.insights.people import possible_owners
from engagement.insights.selectors.figures import Minimum, figures_of_run
from engagement.insights.selectors.outlooks import value_of
from engagement.insights.selectors.segments import segment_named
from engagement.reviews.models import MAX_WORDS, AgendaItem, Decision, Review
from engagement.reviews.numbers import kept
from engagement.reviews.rhythms import Rhythm, period_start
from engagement.reviews.services.agenda import locked_item
from engagement.reviews.services.opening import locked_review
from engagement.reviews.types import FINDING, NONE, STEP, DecisionWords
from engagement.scoring.models import ScoreRun, Segment
from tenants.audit import audit_append, changed
from tenants.models import Organisation, User

_AHEAD: Final = timedelta(days=10 * 366)
_TITLE: Final = 120
_ORIGINS: Final = {"alert": "alert", "pitfall": "pitfall"}  # of which somebody else makes findings, too: one each


def decide(
    *,
    organisation: Organisation,
    review_id: UUID,
    item_id: UUID,
    words: DecisionWords,
    user: User | None,
    now: datetime,
) -> Decision:
    """Decide something on an item. With a measure its number of the bound run is kept, exact.

    Raises InvalidInputError with fields, NotFoundError, ConflictError once closed or taken off.
    """
    review = locked_review(review_id)
    item = locked_item(review_id=review_id, item_id=item_id)
    columns = _columns(organisation, review.run, words, user, now)
    number = (Decision.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    made = Decision.objects.create(
        organisation=organisation, review=review, item=item, number=number, decided_by=user, decided_at=now, **columns
    )
    _make_beside(organisation=organisation, made=made, words=words, item=item, user=user, now=now)
    audit_append(
        act="decision.made", object_kind="decision", object_id=made.pk, new=_recorded(made),
        organisation_id=organisation.pk,
    )  # fmt: skip
    return made


def change_decision(
    *, organisation: Organisation, review_id: UUID, decision_id: UUID, words: DecisionWords, version: int,
    user: User | None, now: datetime,
) -> Decision:  # fmt: skip
    """Say a decision otherwise while its review is open, if `version` is still the one that was changed.

    Raises ConflictError otherwise: what somebody else decided is never overwritten unseen.
    """
    review = locked_review(review_id)
    found = Decision.objects.select_for_update().filter(pk=decision_id, review_id=review_id).first()
    if found is None:
        raise NotFoundError(_("There is no such decision."))
    if version != found.version:
        raise ConflictError(_("Somebody has changed this decision in the meantime. Look at it, then change it again."))
    before = _recorded(found) | {"text": found.text}
    for name, value in _columns(organisation, review.run, words, user, now).items():
        setattr(found, name, value)
    old, new = changed(before, _recorded(found) | {"text": found.text}, texts=("text",))
    if new:
        found.version += 1
        found.save()
        audit_append(
            act="decision.changed", object_kind="decision", object_id=found.pk, old=old, new=new,
            organisation_id=organisation.pk,
        )  # fmt: skip
    return found


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────


def _columns(
    organisation: Organisation, run: ScoreRun, words: DecisionWords, user: User | None, now: datetime
) -> dict[str, Any]:
    """The columns of a decision; raises InvalidInputError with every field that cannot be used."""
    text, today = words.text.replace("\x00", "").strip(), organisation.today(now)
    problems: dict[str, list[str]] = {}
    if not text or len(text) > MAX_WORDS:
        problems["text"] = [_("Say in at most {most} characters what is decided.").format(most=MAX_WORDS)]
    if words.owner_id is None or not possible_owners(user=user).filter(pk=words.owner_id).exists():
        problems["owner"] = [_("Choose who does it.")]
    if not today <= words.due_on <= today + _AHEAD:
        said = _("Choose a day from {first} to {last}.").format(first=today, last=today + _AHEAD)
        problems["due_on"] = [said]
    if words.measure and words.measure not in Target.Measure.values:
        problems["measure"] = [_("Choose by which number it is to be judged, or none.")]
    if words.makes not in {NONE, FINDING, STEP}:
        problems["makes"] = [_("Choose what is recorded with it.")]
    if problems:
        raise InvalidInputError(fields=problems)
    measure, segment, target = _measured(words)
    return {
        "text": text, "owner_id": words.owner_id, "due_on": words.due_on, "measure": measure, "segment": segment,
        "target": target, "value_then": _value(organisation, run, measure, segment),
    }  # fmt: skip


def _measured(words: DecisionWords) -> tuple[str, Segment | None, Target | None]:
    """A target's own measure and segment, or those that were chosen."""
    if words.target_id is not None:
        target = Target.objects.filter(pk=words.target_id, retired_at__isnull=True).select_related("segment").first()
        if target is None:
            raise InvalidInputError(fields={"target": [_("There is no such target any more.")]})
        return target.measure, target.segment, target
    if not words.measure:
        return "", None, None
    return words.measure, segment_named(words.segment_key), None


def _value(organisation: Organisation, run: ScoreRun, measure: str, segment: Segment | None) -> str:
    if segment is None:
        return ""
    figures = figures_of_run(run=run, minimum=Minimum.of(organisation), segment_keys=[segment.key]).get(segment.key)
    return (kept(value_of(figures=figures, measure=measure)) or "") if figures is not None else ""


def _make_beside(
    *,
    organisation: Organisation,
    made: Decision,
    words: DecisionWords,
    item: AgendaItem,
    user: User | None,
    now: datetime,
) -> None:
    """A finding or a step that was asked for; an item that is a finding is what the step answers."""
    said: dict[str, Any] = {"organisation": organisation, "user": user, "now": now}
    if words.makes == FINDING:
        made.finding = record_finding(**said, words=_finding(made), origin=_origin(item), run=made.review.run)
    elif words.makes == STEP:
        made.step = plan_initiative(**said, words=_step(organisation, made, item, now))
    else:
        return
    made.save(update_fields=["finding", "step"])


def _finding(made: Decision) -> FindingWords:
    review: Review = made.review
    return FindingWords(
        title=_short(made.text), words=made.text, segment_key=made.segment.key if made.segment else EVERYBODY,
        first_day=period_start(review.last_day, rhythm=Rhythm(review.rhythm)), last_day=review.last_day,
    )  # fmt: skip


def _origin(item: AgendaItem) -> Origin | None:
    kind = _ORIGINS.get(item.kind)
    return Origin(kind, item.reference) if kind else None


def _step(organisation: Organisation, made: Decision, item: AgendaItem, now: datetime) -> StepWords:
    """A step that begins today and is judged by the score; whatever else there is to say is said on its own page."""
    known = Finding.objects.filter(pk=item.reference).first() if item.kind == "finding" else None
    return StepWords(
        title=_short(made.text), words=made.text, lever="other", first_day=organisation.today(now),
        segment_key=made.segment.key if made.segment else EVERYBODY, owner_id=made.owner_id,
        measure="points_per_customer" if made.measure == Target.Measure.POINTS_PER_CUSTOMER else "score",
        comparison=Initiative.Comparison.PROPOSED.value, finding_ids=(known.pk,) if known else (),
    )  # fmt: skip


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TITLE else f"{line[: _TITLE - 1]}…"


def _recorded(made: Decision) -> dict[str, object]:
    """A decision as the record keeps it: never its words."""
    return {
        "number": made.number, "owner": made.owner_id, "due_on": made.due_on, "measure": made.measure,
        "segment": made.segment_id, "target": made.target_id, "finding": made.finding_id, "step": made.step_id,
    }  # fmt: skip
