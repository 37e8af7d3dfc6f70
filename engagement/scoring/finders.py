"""What this step's entries of the record are about: actions, segments, weight sets, templates."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.scoring.models import (
    Action,
    AppliedTemplate,
    ExclusionDefinition,
    Segment,
    SegmentSet,
    Template,
    WeightSet,
)
from tenants.permissions import Permission
from tenants.record.objects import Found, Ids, knows, numbers, uuids


def _actions(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Action.objects.filter(pk__in=uuids(ids))
    return {str(row.pk): Found(row.name, "" if row.archived_at else _page("action", slug, row.key)) for row in rows}


def _segments(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Segment.objects.filter(pk__in=uuids(ids))
    return {str(row.pk): Found(row.name, "" if row.archived_at else _page("segment", slug, row.key)) for row in rows}


def _segment_sets(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = SegmentSet.objects.filter(pk__in=uuids(ids))
    return {str(row.pk): Found(row.name, _page("segments", slug)) for row in rows}


def _exclusions(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = ExclusionDefinition.objects.filter(pk__in=uuids(ids))
    named = _("definition {number}")
    return {str(row.pk): Found(named.format(number=row.number), _page("exclusions", slug)) for row in rows}


def _weight_sets(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = WeightSet.objects.filter(number__in=numbers(ids))
    return {str(row.number): Found(str(row.number), _page("weight-set", slug, row.number)) for row in rows}


def _templates(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Template.objects.filter(pk__in=uuids(ids))
    return {str(row.pk): Found(row.name, _page("template", slug, row.key)) for row in rows}


def _applied(slug: str, ids: Ids) -> Mapping[str, Found]:
    """A template as its client knows it: under the name it was applied by."""
    rows = AppliedTemplate.objects.filter(template_id__in=uuids(ids)).order_by("number")
    return {str(row.template_id): Found(row.template_name, _page("client-template", slug)) for row in rows}


def _page(name: str, slug: str, *rest: object) -> str:
    return reverse(name, args=[slug, *rest])


def connect() -> None:
    knows("action", _actions)
    knows("segment", _segments)
    knows("segment_set", _segment_sets)
    knows("exclusion", _exclusions)
    knows("weight_set", _weight_sets)
    knows("template", _templates, page=Permission.APPLY_TEMPLATES)
    knows("client_template", _applied, page=Permission.APPLY_TEMPLATES)
