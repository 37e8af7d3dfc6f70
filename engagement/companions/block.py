"""What stands beside the score, in short: a block for the pages of scores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from engagement.companions.measures import MEASURES
from engagement.companions.present import Row, row
from engagement.companions.selectors import companion_figures, contradictions, current_setting, known_months
from engagement.companions.words.findings import contradiction_text
from engagement.insights.calendars import By, period_name, previous_end
from tenants.models import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideBlock:
    """The measures of a segment that are known in a month, and what moved against the score.

    `is_set_up` False: nobody has said how companions are measured. `month_name` is empty while no month is computed.
    """

    is_set_up: bool
    month_name: str = ""
    query: str = ""
    rows: tuple[Row, ...] = ()
    unknown: int = 0
    against: tuple[str, ...] = ()


def beside_block(*, organisation: Organisation, segment_key: str, as_of: date, now: datetime) -> BesideBlock:
    """The latest computed month that was over by the day shown. One query before anything is set up, else some ten."""
    if current_setting() is None:
        return BesideBlock(is_set_up=False)
    month = next((one for one in known_months() if one <= as_of), None)
    if month is None:
        return BesideBlock(is_set_up=True)
    currency = organisation.currency
    months = [previous_end(month, by=By.MONTH), month]  # those that contradictions look at: they are read once
    found = companion_figures(organisation=organisation, segment_key=segment_key, months=months)[month]
    known = [one for one in found.values() if one.value is not None]
    against = contradictions(organisation=organisation, now=now, segment_keys=[segment_key], month=month)
    return BesideBlock(
        is_set_up=True,
        month_name=period_name(month, by=By.MONTH),
        query=f"segment={segment_key}&month={month:%Y-%m}",
        rows=tuple(
            row(one, name=str(MEASURES[one.measure].short), key=one.measure, currency=currency) for one in known
        ),
        unknown=len(found) - len(known),
        against=tuple(contradiction_text(one, currency=currency) for one in against),
    )
