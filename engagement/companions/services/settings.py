"""Saying how companions are measured: each time a new version, none is ever changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from engagement.companions.models import CompanionSetting
from engagement.companions.selectors.settings import latest_rules
from engagement.companions.services.asking import ask_for_figures
from engagement.companions.types import Measuring
from engagement.errors import InvalidInputError
from engagement.scoring.services.numbering import next_number
from tenants.audit import audit_append
from tenants.models import Organisation, User

CSAT_TOPS: Final = (5, 7, 10)
MOST_DAYS: Final = 366
MOST_MONTHS: Final = 24
MOST_WIN_DAYS: Final = 90
_LONGEST_NAME: Final = 200
_WHOLE: Final = 1_000
Problems = dict[str, list[str]]


def set_measuring(
    *, organisation: Organisation, measuring: Measuring, user: User | None, now: datetime
) -> CompanionSetting:
    """Say how companions are measured from now on, and have the figures computed anew.

    Raises InvalidInputError with every field that cannot be used. The same again changes nothing.
    """
    _check(measuring, currency=organisation.currency)
    number = next_number(CompanionSetting)
    former = CompanionSetting.objects.order_by("-number").first()
    if former is not None and Measuring.from_json(former.content) == measuring:
        return former
    row = CompanionSetting.objects.create(
        organisation=organisation, number=number, content=measuring.to_json(), set_by=user, set_at=now
    )
    ask_for_figures(organisation=organisation, user=user, now=now)
    audit_append(
        act="companions.set", object_kind="companion_setting", object_id=row.pk, new={"number": number},
        organisation_id=organisation.pk,
    )  # fmt: skip
    return row


def _check(measuring: Measuring, *, currency: str) -> None:
    rules = latest_rules()
    problems: Problems = {}
    _check_surveys(measuring, problems)
    _check_actions(measuring, rules, problems, currency=currency)
    ranges = (
        ("margin_thousandths", measuring.margin_thousandths, 0, _WHOLE, _("Give a share from 0 to 100 %.")),
        ("churn_days", measuring.churn_days, 1, MOST_DAYS, _("Give 1 to 366 days, or leave it empty.")),
        ("conversion_days", measuring.conversion_days, 0, MOST_WIN_DAYS, _("Give 0 to 90 days, or leave it empty.")),
        ("value_months", measuring.value_months, 1, MOST_MONTHS, _("Give 1 to 24 months.")),
        ("discount_thousandths", measuring.discount_thousandths, 0, _WHOLE, _("Give a share from 0 to 100 %.")),
    )
    for name, value, low, high, said in ranges:
        if value is not None and not low <= value <= high:
            problems[name] = [said]
    if problems:
        raise InvalidInputError(fields=problems)


def _check_surveys(measuring: Measuring, problems: Problems) -> None:
    for kind, event, path in (
        ("nps", measuring.nps_event, measuring.nps_property),
        ("csat", measuring.csat_event, measuring.csat_property),
    ):
        if bool(event) != bool(path):
            missing = f"{kind}_property" if event else f"{kind}_event"
            problems[missing] = [_("Name both the event and its property, or neither.")]
        if len(event) > _LONGEST_NAME:
            problems[f"{kind}_event"] = [_("Use at most {most} characters.").format(most=_LONGEST_NAME)]
        if len(path) > _LONGEST_NAME:
            problems[f"{kind}_property"] = [_("Use at most {most} characters.").format(most=_LONGEST_NAME)]
    if measuring.csat_top not in CSAT_TOPS:
        problems["csat_top"] = [_("Choose a scale to 5, to 7 or to 10.")]
    elif not 1 < measuring.csat_satisfied_from <= measuring.csat_top:
        problems["csat_satisfied_from"] = [_("Choose an answer of the scale, above the lowest.")]


def _check_actions(
    measuring: Measuring, rules: Mapping[str, Mapping[str, object]], problems: Problems, *, currency: str
) -> None:
    named = {name: (getattr(measuring, name),) for name in ("revenue", "conversion_from", "conversion_to")}
    for name, keys in {**named, "purchases": measuring.purchases}.items():
        if any(key and key not in rules for key in keys):
            problems[name] = [_("There is no such action in use, or it has not been counted yet.")]
    rule = rules.get(measuring.revenue, {})
    if "revenue" not in problems and measuring.revenue:
        if rule.get("measure") != "sum":
            problems["revenue"] = [_("This action counts occurrences. Choose one that adds up an amount.")]
        elif rule.get("currency") not in {None, "", currency}:
            said = _("This action is in {other}, the organisation’s money in {currency}.")
            problems["revenue"] = [said.format(other=rule["currency"], currency=currency)]
    if bool(measuring.conversion_from) != bool(measuring.conversion_to):
        missing = "conversion_to" if measuring.conversion_from else "conversion_from"
        problems.setdefault(missing, [_("Name both actions, or neither.")])
    elif measuring.conversion_from and measuring.conversion_from == measuring.conversion_to:
        problems["conversion_to"] = [_("Choose another action than the first.")]
    _check_churn(measuring, problems)


def _check_churn(measuring: Measuring, problems: Problems) -> None:
    if measuring.churn_by not in {"actions", "purchases"}:
        problems["churn_by"] = [_("Choose actions or purchases.")]
    elif measuring.churn_by == "purchases" and not measuring.purchases:
        problems["churn_by"] = [_("Say first which actions are purchases.")]
