"""Looking at a published run with the rules in force, once; and saying what becomes of what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from engagement.errors import InvalidInputError, NotFoundError
from engagement.insights import queries
from engagement.insights.alert_types import LOOKED_AT_FOR_DAYS, Finding, Looked
from engagement.insights.models import Alert, AlertCheck, AlertRule
from engagement.insights.selectors.alert_standing import standing
from engagement.insights.selectors.alerting import Look, compare, look_of, looked
from engagement.insights.services.deliveries import send_alerts
from engagement.scoring.models import RunPointer, ScoreRun, Segment
from tenants.audit import audit_append, changed
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tenants.wake import wake, wake_each

MAIL_TASK: Final = "insights.alert_mail"
_MAX_NOTE: Final = 280
# So far back runs are looked for that nobody has looked at: a worker that rested over a weekend makes up for it.
_LOOK_FOR: Final = timedelta(days=3)
_LASTING: Final = {AlertRule.Kind.SILENT, AlertRule.Kind.TARGET, AlertRule.Kind.STALE}


def wake_unchecked(*, now: datetime) -> int:
    """Wake a worker for each run in force that its organisation's rules were not held against; returns how many."""
    left = queries.STATEMENTS.fetch("unchecked_runs", published_from=now - _LOOK_FOR)
    return wake_each("insights.alerts", left)


def check_run(*, organisation_id: int, run_id: UUID, now: datetime) -> int:
    """Hold the rules in force against a run, once; returns how many alerts there are for it now.

    Of a run that counts no more, of a running day or of one longer ago than LOOKED_AT_FOR_DAYS nothing is found: the
    past is not told anew because it was restated. Called outside any scope; of an organisation that rests nothing is
    found, and its run is looked at when it goes on.
    """
    with organisation_scope(organisation_id):
        organisation = Organisation.objects.filter(pk=organisation_id, suspended_at=None).first()
        run = ScoreRun.objects.filter(pk=run_id, state=ScoreRun.State.PUBLISHED).first()
        rules = list(AlertRule.objects.filter(retired_at__isnull=True).order_by("number"))
        if organisation is None or run is None or not rules:
            return 0
        made, is_new = AlertCheck.objects.get_or_create(
            organisation_id=organisation_id, run=run, defaults={"checked_at": now, "compared": 0}
        )
        if is_new:
            with override(settings.LANGUAGE_CODE):  # what is kept of it is English, whoever asks
                _look(made, organisation=organisation, run=run, rules=rules, now=now)
        return Alert.objects.filter(alert_check=made).count()


def _look(
    made: AlertCheck, *, organisation: Organisation, run: ScoreRun, rules: Sequence[AlertRule], now: datetime
) -> None:
    today = organisation.today(now)
    heard = [rule for rule in rules if rule.muted_until is None or rule.muted_until <= today]
    alerts: list[Alert] = []
    if _is_told(run, organisation, now):
        look = look_of(organisation=organisation, run=run, today=today)
        found = _found(look, heard, is_latest=_is_latest(run, organisation, now))
        made.compared = found.compared
        made.passed_over = [[one.rule_number, one.segment_key, one.reason] for one in found.passed_over]
        alerts = _write(made, found, rules={rule.pk: rule for rule in heard}, now=now)
    if alerts:
        send_alerts(alerts=alerts, now=now)
        wake(MAIL_TASK, organisation.pk, made.pk)
    else:
        made.mailed_at = now
    made.save()


def _is_told(run: ScoreRun, organisation: Organisation, now: datetime) -> bool:
    today = organisation.today(now)
    recent = today - timedelta(days=LOOKED_AT_FOR_DAYS) <= run.as_of < today
    return recent and RunPointer.objects.filter(as_of=run.as_of, run=run).exists()


def _is_latest(run: ScoreRun, organisation: Organisation, now: datetime) -> bool:
    return not RunPointer.objects.filter(as_of__gt=run.as_of, as_of__lt=organisation.today(now)).exists()


def _found(look: Look, rules: Sequence[AlertRule], *, is_latest: bool) -> Looked:
    """What lasts is asked of the latest day only; a comparison of two days, of each that ends a period."""
    compared = [rule for rule in rules if rule.period]
    pairs, passed = compare(look=look, rules=compared)
    one = looked(pairs=pairs, passed=passed)
    two = standing(look=look, rules=[rule for rule in rules if not rule.period] if is_latest else [])
    return Looked(
        compared=one.compared,
        findings=(*one.findings, *two.findings),
        holding=one.holding | two.holding,
        watched=one.watched | two.watched,
        passed_over=one.passed_over,
    )


def _write(made: AlertCheck, found: Looked, *, rules: dict[UUID, AlertRule], now: datetime) -> list[Alert]:
    """The alerts that are new. What was found before and lasts is not found again; what does not hold is over."""
    day = made.run.as_of
    lasting = {
        (alert.rule_id, alert.segment.key, alert.subject): alert
        for alert in Alert.objects.filter(over_on__isnull=True, as_of__lte=day).select_related("segment")
    }
    over = [
        alert.pk for key, alert in lasting.items() if key not in found.holding and (key[0], key[1]) in found.watched
    ]
    Alert.objects.filter(pk__in=over).update(over_on=day)
    new = [one for one in found.findings if (one.rule_id, one.segment_key, one.subject) not in lasting]
    segments = _segments(new)
    fired = [_fired(made, one, rules[one.rule_id], segments[one.segment_key], now) for one in new]
    return [alert for alert, is_new in fired if is_new]


def _segments(found: Iterable[Finding]) -> dict[str, Segment]:
    return {one.key: one for one in Segment.objects.filter(key__in={finding.segment_key for finding in found})}


def _fired(made: AlertCheck, one: Finding, rule: AlertRule, segment: Segment, now: datetime) -> tuple[Alert, bool]:
    """Once per rule, segment, subject and day, however often the day is scored."""
    said = {
        "alert_check": made,
        "rule_version": rule.version,
        "facts": dict(one.facts),
        "fired_at": now,
        "over_on": None if rule.kind in _LASTING else made.run.as_of,
    }
    return Alert.objects.get_or_create(
        organisation_id=made.organisation_id, rule=rule, segment=segment, subject=one.subject, as_of=made.run.as_of,
        defaults=said,
    )  # fmt: skip


# ── what becomes of it ───────────────────────────────────────────────────────────────────────────────────────


def handle_alert(
    *, organisation: Organisation, alert_id: UUID, state: str, note: str, user: User | None, now: datetime
) -> Alert:
    """Say that an alert was seen, or is done with, and what came of it; or that it is open after all.

    Raises InvalidInputError with fields, NotFoundError.
    """
    problems: dict[str, list[str]] = {}
    if state not in Alert.State.values:
        problems["state"] = [_("Choose open, seen or done.")]
    if len(note.strip()) > _MAX_NOTE:
        problems["note"] = [_("Use at most {most} characters.").format(most=_MAX_NOTE)]
    if problems:
        raise InvalidInputError(fields=problems)
    alert = Alert.objects.select_for_update().filter(pk=alert_id).first()
    if alert is None:
        raise NotFoundError(_("There is no such alert."))
    before = {"state": alert.state, "note": alert.note}
    old, new = changed(before, {"state": state, "note": note.strip()}, texts={"note"})
    if new:
        alert.state, alert.note, alert.handled_by, alert.handled_at = state, note.strip(), user, now
        alert.save(update_fields=["state", "note", "handled_by", "handled_at"])
        audit_append(act="alert.handled", object_kind="alert", object_id=alert.pk, old=old, new=new)
    return alert
