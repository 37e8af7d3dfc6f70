"""Rules about when somebody is told: set, changed, muted, ended. A change raises the version and stands on record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.insights.alert_types import EVERYBODY, RuleWords
from engagement.insights.models import AlertRule
from engagement.insights.people import possible_owners
from engagement.scoring.models import Segment
from tenants.audit import audit_append, changed
from tenants.models import Organisation, Role, User
from tenants.scope import require_write

MOST_RULES: Final = 50
MOST_SEGMENTS: Final = 100
_LONGEST_MUTE: Final = timedelta(days=3660)
_K = AlertRule.Kind
# What a threshold may be, in its own unit, and how that is said.
BOUNDS: Final = {
    _K.DROP: (Decimal("0.1"), Decimal(100), _lazy("Give a number from 0.1 to 100.")),
    _K.BAND: (Decimal("0.8"), Decimal("0.999"), _lazy("Give a chance from 80 to 99.9 %.")),
    _K.SILENT: (Decimal("0.001"), Decimal("0.999"), _lazy("Give a share from 0.1 to 99.9 %.")),
    _K.TARGET: (Decimal(0), Decimal(0), _lazy("A rule about targets has no threshold.")),
    _K.STALE: (Decimal(1), Decimal(365), _lazy("Give a whole number of days from 1 to 365.")),
}
_COMPARED: Final = {_K.DROP, _K.BAND, _K.SILENT}
_WRITERS: Final = (Role.CONSULTANT.value, Role.ADMIN.value)
# What is offered to somebody who has no rule yet: all customers, month by month, the people who can do something.
USUAL: Final = (
    RuleWords(kind=_K.DROP, period="month", threshold=Decimal(2), roles=_WRITERS),
    RuleWords(kind=_K.BAND, period="month", threshold=Decimal("0.95"), roles=_WRITERS),
    RuleWords(kind=_K.SILENT, period="month", threshold=Decimal("0.1"), roles=_WRITERS),
    RuleWords(kind=_K.TARGET, roles=_WRITERS),
    RuleWords(kind=_K.STALE, threshold=Decimal(3), roles=_WRITERS),
)


def set_usual_rules(*, organisation: Organisation, user: User | None, now: datetime) -> tuple[AlertRule, ...]:
    """The usual rules, put in force at once; raises ConflictError where there is a rule already."""
    if AlertRule.objects.filter(retired_at__isnull=True).exists():
        raise ConflictError(_("There are rules already. Change these, or add one."))
    return tuple(add_rule(organisation=organisation, words=words, user=user, now=now) for words in USUAL)


def add_rule(*, organisation: Organisation, words: RuleWords, user: User | None, now: datetime) -> AlertRule:
    """Put a rule in force. Raises InvalidInputError with fields."""
    _check(words, user=user)
    if AlertRule.objects.filter(retired_at__isnull=True).count() >= MOST_RULES:
        raise InvalidInputError(fields={"kind": [_("There are {most} rules. End one first.").format(most=MOST_RULES)]})
    last = AlertRule.objects.aggregate(last=Max("number"))["last"] or 0
    rule = AlertRule.objects.create(
        organisation_id=require_write(), number=last + 1, created_by=user, created_at=now, **_columns(words)
    )
    audit_append(act="alert_rule.set", object_kind="alert_rule", object_id=rule.pk, new=_said(rule))
    return rule


def change_rule(
    *, organisation: Organisation, rule_id: UUID, words: RuleWords, user: User | None, now: datetime
) -> AlertRule:
    """Say a rule otherwise; its kind stays. A change that changes nothing is none.

    Raises InvalidInputError with fields, NotFoundError for one that is not in force.
    """
    rule = _known(rule_id)
    if words.kind != rule.kind:
        raise InvalidInputError(fields={"kind": [_("A rule keeps its kind: end this one and set another.")]})
    _check(words, user=user, kept=rule.people)
    before = _said(rule)
    for name, value in _columns(words).items():
        setattr(rule, name, value)
    old, new = changed(before, _said(rule))
    if new:
        rule.version += 1
        rule.save()
        audit_append(act="alert_rule.changed", object_kind="alert_rule", object_id=rule.pk, old=old, new=new)
    return rule


def mute_rule(*, organisation: Organisation, rule_id: UUID, until: date | None, now: datetime) -> AlertRule:
    """Find nothing by a rule before a day; None: from now on again.

    Raises InvalidInputError for a day that has passed or is more than ten years away, NotFoundError.
    """
    rule, today = _known(rule_id), organisation.today(now)
    if until is not None and not today < until <= today + _LONGEST_MUTE:
        problem = _("Choose a day after today, {today}, and within ten years.").format(today=today)
        raise InvalidInputError(fields={"muted_until": [problem]})
    if rule.muted_until == until:
        return rule
    old, new = changed({"muted_until": rule.muted_until}, {"muted_until": until})
    rule.muted_until = until
    rule.save(update_fields=["muted_until"])
    audit_append(act="alert_rule.muted", object_kind="alert_rule", object_id=rule.pk, old=old, new=new)
    return rule


def retire_rule(*, organisation: Organisation, rule_id: UUID, now: datetime) -> None:
    """End a rule; what it found stays. Raises NotFoundError for one that is not in force."""
    if not AlertRule.objects.filter(pk=rule_id, retired_at__isnull=True).update(retired_at=now):
        raise NotFoundError(_("There is no such rule."))
    audit_append(act="alert_rule.ended", object_kind="alert_rule", object_id=rule_id)


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────


def _known(rule_id: UUID) -> AlertRule:
    rule = AlertRule.objects.select_for_update().filter(pk=rule_id, retired_at__isnull=True).first()
    if rule is None:
        raise NotFoundError(_("There is no such rule."))
    return rule


def _columns(words: RuleWords) -> dict[str, object]:
    return {
        "kind": words.kind,
        "period": words.period,
        "threshold_thousandths": int(words.threshold * 1000),
        "segment_keys": list(words.segment_keys),
        "roles": sorted(set(words.roles)),
        "people": sorted({str(person) for person in words.people}),
        "by_webhook": words.by_webhook,
    }


def _said(rule: AlertRule) -> dict[str, object]:
    """As it stands on record: ids and numbers; segments by id, as everywhere there."""
    ids = Segment.objects.filter(key__in=rule.segment_keys).order_by("id").values_list("id", flat=True)
    return {
        "kind": rule.kind,
        "period": rule.period,
        "threshold": Decimal(rule.threshold_thousandths) / 1000,
        "segments": [str(key) for key in ids],
        "roles": rule.roles,
        "people": rule.people,
        "by_webhook": rule.by_webhook,
    }


def _check(words: RuleWords, *, user: User | None, kept: Iterable[str] = ()) -> None:
    """Raises InvalidInputError with everything that is wrong; people who are told already may stay."""
    if words.kind not in _K.values:
        raise InvalidInputError(fields={"kind": [_("Choose a kind of rule.")]})
    kind, problems = _K(words.kind), {}
    low, high, said = BOUNDS[kind]
    exact = words.threshold.is_finite() and words.threshold == words.threshold.quantize(Decimal("0.001"))
    whole = kind != _K.STALE or words.threshold == words.threshold.to_integral_value()
    if not exact or not whole or not low <= words.threshold <= high:
        problems["threshold"] = [str(said)]
    if words.period not in (AlertRule.Period.values if kind in _COMPARED else ("",)):
        problems["period"] = [
            _("Choose week or month.") if kind in _COMPARED else _("This kind of rule has no period.")
        ]
    problems |= _check_segments(kind, words.segment_keys)
    if not set(words.roles) <= set(Role.values):
        problems["roles"] = [_("Choose viewer, consultant or admin.")]
    if {str(person) for person in words.people} - {str(one.pk) for one in possible_owners(user=user)} - set(kept):
        problems["people"] = [_("Choose people who have a role here.")]
    if not (words.roles or words.people or words.by_webhook):
        problems["roles"] = [_("Say who is told: a role, a person, or a webhook.")]
    if problems:
        raise InvalidInputError(fields=problems)


def _check_segments(kind: AlertRule.Kind, keys: tuple[str, ...]) -> dict[str, list[str]]:
    if kind == _K.STALE:
        return {} if keys == (EVERYBODY,) else {"segments": [_("Data is late for everybody, or for nobody.")]}
    if not 1 <= len(keys) <= MOST_SEGMENTS:
        return {"segments": [_("Choose from 1 to {most} segments.").format(most=MOST_SEGMENTS)]}
    known = Segment.objects.filter(key__in=keys, archived_at__isnull=True).count()
    if known == len(set(keys)) == len(keys):
        return {}
    return {"segments": [_("Choose segments that are in use, each once.")]}
