"""What this step's entries of the record are about: settings, money of a month, files of answers."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.companions.models import CompanionSetting, MonthlyMoney, SurveyUpload
from engagement.look.dates import month_text
from engagement.look.locales import spoken
from tenants.record.objects import Found, Ids, knows, uuids


def _settings(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = CompanionSetting.objects.filter(pk__in=uuids(ids))
    page = reverse("companion-settings", args=[slug])
    return {str(row.pk): Found(_("number {number}").format(number=row.number), page) for row in rows}


def _money(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = MonthlyMoney.objects.filter(pk__in=uuids(ids))
    page = reverse("companion-money", args=[slug])
    return {str(row.pk): Found(_("of {day}").format(day=month_text(row.month, locale=spoken())), page) for row in rows}


def _uploads(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = SurveyUpload.objects.filter(pk__in=uuids(ids))
    return {str(row.pk): Found(f"“{row.file_name}”", reverse("survey-upload", args=[slug, row.pk])) for row in rows}


def connect() -> None:
    knows("companion_setting", _settings)
    knows("monthly_money", _money)
    knows("survey_upload", _uploads)
