"""What this step's entries of the record are about: outcomes and checks."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.validity.models import Outcome, ValidityCheck
from tenants.permissions import Permission
from tenants.record.objects import Found, Ids, knows, uuids


def _number(number: int) -> str:
    return _("number {number}").format(number=number)


def _outcomes(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Outcome.objects.filter(pk__in=uuids(ids)).values_list("pk", "number")
    return {str(key): Found(_number(number), reverse("validity", args=[slug])) for key, number in rows}


def _checks(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = ValidityCheck.objects.filter(pk__in=uuids(ids)).values_list("pk", "number")
    return {str(key): Found(_number(number), reverse("validity-check", args=[slug, number])) for key, number in rows}


def connect() -> None:
    knows("validity_outcome", _outcomes, page=Permission.VIEW_REPORTS)
    knows("validity_check", _checks, page=Permission.VIEW_REPORTS)
