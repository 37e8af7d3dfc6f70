"""What somebody says of a step, as its columns: days that were left out are filled in, what cannot be used is named."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from engagement.cases.models import Initiative, Lever, Measure
from engagement.cases.services.findings import EARLIEST, MAX_TITLE, MAX_WORDS
from engagement.cases.types import StepWords
from engagement.errors import InvalidInputError
from engagement.insights.calendars import By, ends_before, period_end, previous_end
from tenants.models import Organisation, User

Columns = dict[str, Any]

BASELINE_MONTHS: Final = 6
_READ_OUT_AFTER: Final = timedelta(days=90)  # the usual window: by then nothing of before is in the number
_AHEAD: Final = timedelta(days=3 * 366)
_MINOR: Final = 100  # amounts are kept in hundredths, whatever the currency
_MOST_MONEY: Final = Decimal(10) ** 12
_MOST_DIFFERENCE: Final = Decimal(100)


def planned(words: StepWords, *, organisation: Organisation, now: datetime) -> Columns:
    """The columns of a step; raises InvalidInputError with every field that cannot be used."""
    days = _days(words)
    problems = _text_problems(words) | _day_problems(days, today=organisation.today(now)) | _number_problems(words)
    if words.owner_id is not None and not User.objects.filter(pk=words.owner_id).exists():
        problems["owner"] = [_("Choose who minds it.")]
    if problems:
        raise InvalidInputError(fields=problems)
    return {
        **days,
        "title": " ".join(words.title.split()),
        "lever": words.lever,
        "words": words.words.strip(),
        "expected_thousandths": None if words.expected is None else int(words.expected * 1000),
        "expected_by": words.expected_by,
        "cost_minor": _minor(words.cost),
        "return_minor": _minor(words.money_back),
        "money_note": words.money_note.strip(),
        "owner_id": words.owner_id,
        "comparison": words.comparison,
        "measure": words.measure,
    }


def _days(words: StepWords) -> dict[str, date | None]:
    """The baseline is by default the six months whose ends lie before the first day."""
    baseline_last = words.baseline_last or previous_end(words.first_day, by=By.MONTH)
    ends = ends_before(baseline_last, by=By.MONTH, count=BASELINE_MONTHS)
    return {
        "first_day": words.first_day,
        "last_day": words.last_day,
        "baseline_first": words.baseline_first or min(ends[0], baseline_last),
        "baseline_last": baseline_last,
        "read_out_on": words.read_out_on or period_end(words.first_day + _READ_OUT_AFTER, by=By.MONTH),
    }


def _day_problems(days: dict[str, date | None], *, today: date) -> dict[str, list[str]]:
    first, last = days["first_day"], days["last_day"]
    begins, ends, read_out = days["baseline_first"], days["baseline_last"], days["read_out_on"]
    assert first is not None
    assert begins is not None
    assert ends is not None
    assert read_out is not None
    problems: dict[str, list[str]] = {}
    if not EARLIEST <= first <= today + _AHEAD:
        said = _("Choose a day from {first} to {last}.").format(first=EARLIEST, last=today + _AHEAD)
        return {"first_day": [said]}
    if last is not None and last < first:
        problems["last_day"] = [_("Choose the first day or a later one, or leave it empty.")]
    if not begins <= ends < first:
        problems["baseline_last"] = [_("The days that it is held against lie before the first day, in order.")]
    if read_out <= first:
        problems["read_out_on"] = [_("Choose a day after the first one.")]
    return problems


def _text_problems(words: StepWords) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    title = " ".join(words.title.split())
    if not title or len(title) > MAX_TITLE:
        problems["title"] = [_("Say in at most {most} characters what is done.").format(most=MAX_TITLE)]
    if len(words.words.strip()) > MAX_WORDS:
        problems["words"] = [_("Use at most {most} characters.").format(most=MAX_WORDS)]
    if words.lever not in Lever.values:
        problems["lever"] = [_("Choose what kind of step it is.")]
    if words.measure not in Measure.values:
        problems["measure"] = [_("Choose by what it is judged.")]
    if words.comparison not in Initiative.Comparison.values:
        problems["comparison"] = [_("Choose what it is compared with.")]
    return problems


def _number_problems(words: StepWords) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    for name, money in (("cost", words.cost), ("money_back", words.money_back)):
        if money is not None and not (money.is_finite() and 0 <= money <= _MOST_MONEY and money * _MINOR % 1 == 0):
            problems[name] = [_("Give an amount of 0 or more, with at most two decimals.")]
    expected = words.expected
    if expected is not None and not (
        expected.is_finite() and abs(expected) <= _MOST_DIFFERENCE and expected * 1000 % 1 == 0
    ):
        problems["expected"] = [_("Give a difference of scores up to 100, with at most three decimals.")]
    return problems


def _minor(money: Decimal | None) -> int | None:
    return None if money is None else int(money * _MINOR)
