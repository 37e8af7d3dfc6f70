"""What this step's entries of the record are about: feedback, files of it, themes, figures of the market."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.feedback.models import FeedbackFile, FeedbackItem, MarketFigure, Theme
from tenants.permissions import Permission
from tenants.record.objects import Found, Ids, knows, uuids


def _items(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = FeedbackItem.objects.filter(pk__in=uuids(ids))
    return {
        str(row.pk): Found(_("of {day}").format(day=row.day), reverse("feedback-item", args=[slug, row.pk]))
        for row in rows
    }


def _files(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = FeedbackFile.objects.filter(pk__in=uuids(ids))
    return {str(row.pk): Found(f"“{row.source}”", reverse("feedback-file", args=[slug, row.pk])) for row in rows}


def _themes(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Theme.objects.filter(pk__in=uuids(ids))
    return {
        str(row.pk): Found(
            _("number {number}").format(number=row.number),
            "" if row.archived_at else reverse("feedback-theme", args=[slug, row.number]),
        )
        for row in rows
    }


def _figures(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = MarketFigure.objects.filter(pk__in=uuids(ids))
    return {
        str(row.pk): Found(
            _("about {whom}").format(whom=row.about),
            "" if row.retired_at else reverse("market-figure", args=[slug, row.pk]),
        )
        for row in rows
    }


def connect() -> None:
    knows("feedback_item", _items)
    knows("feedback_file", _files, page=Permission.IMPORT_DATA)
    knows("theme", _themes)
    knows("market_figure", _figures)
