"""Reads of alerts and of their rules, in the organisation in scope; how many are open, in one or several."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.alert_types import EVERYBODY, AlertLine, OpenAlerts, RuleLine, RuleWords
from engagement.insights.models import Alert, AlertCheck, AlertRule
from engagement.insights.note_types import segment_name
from engagement.insights.selectors.segments import NO_SUCH_SEGMENT
from engagement.scoring.models import Segment
from tenants.models import User

LISTED = 100


def alerts(*, only_open: bool, kinds: Collection[str] = (), segment_key: str | None = None) -> tuple[AlertLine, ...]:
    """The latest alerts, at most LISTED: those that are not done with, or all; the open first.

    NotFoundError for a segment that there never was; one that is archived keeps its alerts.
    """
    found = Alert.objects.select_related("segment", "rule", "alert_check__run", "handled_by")
    if only_open:
        found = found.exclude(state=Alert.State.DONE)
    if kinds:
        found = found.filter(rule__kind__in=list(kinds))
    if segment_key is not None:
        if not Segment.objects.filter(key=segment_key).exists():
            raise NotFoundError(_(NO_SUCH_SEGMENT))
        found = found.filter(segment__key=segment_key)
    rows = found.order_by("-as_of", "-fired_at", "pk")[:LISTED]
    order = {Alert.State.OPEN: 0, Alert.State.SEEN: 1, Alert.State.DONE: 2}
    return tuple(sorted((_line(row) for row in rows), key=lambda line: order[Alert.State(line.state)]))


def alert(*, alert_id: UUID) -> AlertLine:
    """One alert; raises NotFoundError."""
    found = (
        Alert.objects.select_related("segment", "rule", "alert_check__run", "handled_by").filter(pk=alert_id).first()
    )
    if found is None:
        raise NotFoundError(_("There is no such alert."))
    return _line(found)


def alerts_of_check(*, check: AlertCheck) -> tuple[AlertLine, ...]:
    """What one look at a run found, in the order of the rules."""
    rows = Alert.objects.filter(alert_check=check).select_related("segment", "rule", "alert_check__run", "handled_by")
    return tuple(_line(row) for row in rows.order_by("rule__number", "segment__key", "pk"))


def _line(row: Alert) -> AlertLine:
    return AlertLine(
        id=row.pk,
        kind=row.rule.kind,
        segment_key=row.segment.key,
        segment_name=segment_name(key=row.segment.key, name=row.segment.name),
        rule_id=row.rule_id,
        rule_number=row.rule.number,
        as_of=row.as_of,
        run_number=row.alert_check.run.number,
        fired_at=row.fired_at,
        state=row.state,
        note=row.note,
        handled_by=row.handled_by.name if row.handled_by else "",
        handled_at=row.handled_at,
        over_on=row.over_on,
        facts=row.facts,
    )


def open_alerts() -> OpenAlerts | None:
    """How many nobody has looked at in the organisation in scope; None when none."""
    said = Alert.objects.filter(state=Alert.State.OPEN).aggregate(count=Count("pk"), since=Min("as_of"))
    return OpenAlerts(said["count"], said["since"]) if said["count"] else None


def open_by_organisation(*, organisations: Sequence[int]) -> dict[int, OpenAlerts]:
    """The same for several, by id, with what of them the portfolio says too; needs a scope that reads them."""
    found = Alert.objects.filter(organisation_id__in=list(organisations), state=Alert.State.OPEN)
    fell = Q(rule__kind=AlertRule.Kind.DROP, rule__period=AlertRule.Period.MONTH, segment__key=EVERYBODY)
    late = Q(rule__kind=AlertRule.Kind.STALE, over_on__isnull=True)
    rows = found.values("organisation_id").annotate(
        count=Count("pk"), since=Min("as_of"), fell_on=Max("as_of", filter=fell), late=Count("pk", filter=late)
    )
    return {
        row["organisation_id"]: OpenAlerts(row["count"], row["since"], row["fell_on"], row["late"] > 0) for row in rows
    }


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────


def rules() -> tuple[RuleLine, ...]:
    """The rules in force, in the order they were set."""
    rows = list(AlertRule.objects.filter(retired_at__isnull=True).select_related("created_by").order_by("number"))
    names = _names(rows)
    return tuple(_rule(row, *names) for row in rows)


def rule(*, rule_id: UUID) -> RuleLine:
    """One rule in force; raises NotFoundError."""
    found = AlertRule.objects.filter(pk=rule_id, retired_at__isnull=True).select_related("created_by").first()
    if found is None:
        raise NotFoundError(_("There is no such rule."))
    return _rule(found, *_names([found]))


def _names(rows: Sequence[AlertRule]) -> tuple[dict[str, str], dict[str, str]]:
    keys = {key for row in rows for key in row.segment_keys}
    people = {person for row in rows for person in row.people}
    segments = dict(Segment.objects.filter(key__in=keys).values_list("key", "name"))
    return segments, {str(one.pk): one.name for one in User.objects.filter(pk__in=people)}


def _rule(row: AlertRule, segments: dict[str, str], people: dict[str, str]) -> RuleLine:
    words = RuleWords(
        kind=row.kind,
        period=row.period,
        threshold=Decimal(row.threshold_thousandths) / 1000,
        segment_keys=tuple(row.segment_keys),
        roles=tuple(row.roles),
        people=tuple(UUID(person) for person in row.people),
        by_webhook=row.by_webhook,
    )
    return RuleLine(
        id=row.pk,
        number=row.number,
        version=row.version,
        words=words,
        segment_names=tuple(segments.get(key, key) for key in row.segment_keys),
        people_names=tuple(people[person] for person in row.people if person in people),
        muted_until=row.muted_until,
        set_by=row.created_by.name if row.created_by else "",
        set_at=row.created_at,
    )


def last_check() -> AlertCheck | None:
    """When a run was last looked at, and what could not be."""
    return AlertCheck.objects.select_related("run").order_by("-checked_at").first()
