"""What companions are measured by, and a proposal from the organisation's own actions."""

from __future__ import annotations

import re
from typing import Final

from engagement.companions.models import CompanionSetting
from engagement.companions.types import Measuring, SettingFacts
from engagement.scoring import queries as scoring_queries
from engagement.scoring.models import Action, ActionDefinition, Channel
from tenants.models import Organisation
from tenants.remembering import remembered

_LOOKED_AT: Final = 20_000  # of the latest events
_NAMES: Final = 50
_NPS: Final = re.compile(r"\bnps\b|net.?promoter", re.IGNORECASE)
_CSAT: Final = re.compile(r"\bcsat\b|satisf", re.IGNORECASE)
_LEAD: Final = re.compile(r"coupon|voucher|cart|basket|checkout|newsletter", re.IGNORECASE)


def current_setting() -> SettingFacts | None:
    """What holds; None before anybody has decided. Read once in a scope."""
    found: list[SettingFacts] = remembered("companions.setting", lambda: list(setting_history(limit=1)))
    return found[0] if found else None


def is_set_up() -> bool:
    """Whether somebody has said how companions are measured."""
    return current_setting() is not None


def setting_history(*, limit: int = 50) -> tuple[SettingFacts, ...]:
    """The versions, the newest first."""
    rows = CompanionSetting.objects.select_related("set_by").order_by("-number")[:limit]
    return tuple(
        SettingFacts(
            number=row.number,
            measuring=Measuring.from_json(row.content),
            set_by=row.set_by.name if row.set_by else "",
            set_at=row.set_at,
        )
        for row in rows
    )


def proposed(*, organisation: Organisation) -> Measuring:
    """What the organisation's actions and the names of its events suggest; nothing counts before somebody has
    confirmed it.

    Purchases are the actions of that channel; revenue is the first of them that adds up an amount in the organisation's
    currency; survey answers are events named after them.
    """
    rows = list(Action.objects.filter(archived_at__isnull=True).order_by("position", "key"))
    purchases = [row for row in rows if row.channel == Channel.PURCHASE and not _LEAD.search(row.name)]
    sums = _summing([row.key for row in purchases], currency=organisation.currency)
    leads = [row.key for row in rows if _LEAD.search(row.name)]
    names = [str(name) for name, _times in _event_names(organisation)]
    nps, csat = (next((name for name in names if said.search(name)), "") for said in (_NPS, _CSAT))
    counted = tuple(row.key for row in purchases if row.key not in sums) or tuple(row.key for row in purchases)
    return Measuring(
        nps_event=nps,
        nps_property="score" if nps else "",
        csat_event=csat,
        csat_property="score" if csat else "",
        purchases=counted,
        revenue=sums[0] if sums else "",
        churn_by="purchases" if counted else "actions",
        conversion_from=leads[0] if leads and counted else "",
        conversion_to=counted[0] if leads and counted else "",
    )


def _event_names(organisation: Organisation) -> list[tuple[object, ...]]:
    return scoring_queries.fetch("event_names", organisation_id=organisation.pk, sample=_LOOKED_AT, names=_NAMES)


def _summing(keys: list[str], *, currency: str) -> list[str]:
    """Those that add up an amount in the currency, or in one that nobody named."""
    rules = latest_rules()
    found = [(key, rules[key]) for key in keys if key in rules]
    return [key for key, rule in found if rule.get("measure") == "sum" and rule.get("currency") in {None, "", currency}]


def latest_rules() -> dict[str, dict[str, object]]:
    """The latest rule of every action in use that has been counted, by key; `definition` is its number."""
    rows = ActionDefinition.objects.filter(rolled_up_at__isnull=False, action__archived_at__isnull=True)
    ordered = rows.select_related("action").order_by("number")
    return {row.action.key: {**row.rule, "definition": row.number} for row in ordered}
