"""What this step's entries of the record are about: targets, scorings, customers at risk, notes and questions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.insights.models import Alert, AlertRule, Note, Outreach, Question, RiskRule, Target, WebhookEndpoint
from engagement.insights.note_types import segment_name
from engagement.scoring.models import RunRequest
from tenants.permissions import Permission
from tenants.record.objects import Found, Ids, knows, uuids


def _of(day: date) -> str:
    return _("of {day}").format(day=day)


def _number(number: int) -> str:
    return _("number {number}").format(number=number)


def _targets(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Target.objects.filter(pk__in=uuids(ids)).select_related("segment")
    return {
        str(row.pk): Found(
            _("for {segment}").format(segment=segment_name(key=row.segment.key, name=row.segment.name)),
            reverse("target-history", args=[slug, row.segment.key]),
        )
        for row in rows
    }


def _run_requests(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = RunRequest.objects.filter(pk__in=uuids(ids)).select_related("run")
    return {
        str(row.pk): Found(_of(row.as_of), reverse("run", args=[slug, row.run.number]) if row.run else "")
        for row in rows
    }


def _risk_rules(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = RiskRule.objects.filter(pk__in=uuids(ids))
    return {str(row.pk): Found(_number(row.number), reverse("at-risk-rule", args=[slug])) for row in rows}


def _outreach(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Outreach.objects.filter(pk__in=uuids(ids))
    return {
        str(row.pk): Found(
            _("to customer {number}").format(number=row.customer_number), reverse("outreach", args=[slug, row.pk])
        )
        for row in rows
    }


def _notes(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Note.objects.filter(pk__in=uuids(ids))
    return {str(row.pk): Found(_of(row.first_day), reverse("notes", args=[slug])) for row in rows}


def _questions(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Question.objects.filter(pk__in=uuids(ids)).select_related("segment")
    return {
        str(row.pk): Found(
            _("about {segment}").format(segment=row.segment.name) if row.segment else _("about all customers"),
            reverse("question", args=[slug, row.pk]),
        )
        for row in rows
    }


def _alert_rules(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = AlertRule.objects.filter(pk__in=uuids(ids))
    return {str(row.pk): Found(_number(row.number), reverse("alert-rules", args=[slug])) for row in rows}


def _alerts(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Alert.objects.filter(pk__in=uuids(ids))
    return {str(row.pk): Found(_of(row.as_of), reverse("alert", args=[slug, row.pk])) for row in rows}


def _webhooks(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = WebhookEndpoint.objects.filter(pk__in=uuids(ids))
    return {
        str(row.pk): Found(f"“{row.name}”", "" if row.removed_at else reverse("webhook", args=[slug, row.pk]))
        for row in rows
    }


def connect() -> None:
    knows("alert_rule", _alert_rules)
    knows("alert", _alerts)
    knows("webhook", _webhooks, page=Permission.MANAGE_WEBHOOKS)
    knows("note", _notes)
    knows("question", _questions)
    knows("target", _targets)
    knows("risk_rule", _risk_rules)
    knows("outreach", _outreach)
    knows("run_request", _run_requests)
