"""Figures of competitors and the market: entered with where they are from; a change is a new version."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError, NotFoundError
from engagement.feedback.models import MarketFigure
from engagement.feedback.types import MarketWords
from tenants.audit import audit_append, changed
from tenants.models import Organisation, User

EARLIEST: Final = date(1990, 1, 1)
_AHEAD: Final = timedelta(days=366)  # a market’s forecast for the year is a figure, too
_MOST: Final = Decimal(10**13)
_SMALLEST: Final = Decimal("0.000001")
_LENGTHS: Final = {"about": 80, "measure": 80, "unit": 40, "source": 200, "link": 500, "note": 280}
_NEEDED: Final = ("about", "measure", "source")
_TEXTS: Final = ("about", "measure", "unit", "source", "link", "note")
_is_address = URLValidator(schemes=["http", "https"])


def add_figure(*, organisation: Organisation, words: MarketWords, user: User | None, now: datetime) -> MarketFigure:
    """Enter a figure. Raises InvalidInputError with fields."""
    made = MarketFigure.objects.create(
        organisation=organisation, entered_by=user, entered_at=now, **_checked(words, today=organisation.today(now))
    )
    audit_append(act="market_figure.added", object_kind="market_figure", object_id=made.pk, new=_recorded(made))
    return made


def change_figure(
    *, organisation: Organisation, figure_id: UUID, words: MarketWords, user: User | None, now: datetime
) -> MarketFigure:
    """Put a new version in the place of a figure; the former is kept. The figure itself where nothing differs.

    Raises InvalidInputError with fields, NotFoundError for one that is not in force.
    """
    former = _in_force(figure_id)
    said = _checked(words, today=organisation.today(now))
    if all(getattr(former, name) == value for name, value in said.items()):
        return former
    former.retired_at = now
    former.save(update_fields=["retired_at"])
    made = MarketFigure.objects.create(
        organisation=organisation, entered_by=user, entered_at=now, replaces=former, **said
    )
    texts = {name: getattr(former, name) for name in _TEXTS}, {name: said[name] for name in _TEXTS}
    old, new = changed({**_recorded(former), **texts[0]}, {**_recorded(made), **texts[1]}, texts=_TEXTS)
    audit_append(
        act="market_figure.changed", object_kind="market_figure", object_id=made.pk, old=old,
        new={**new, "replaces": former.pk},
    )  # fmt: skip
    return made


def remove_figure(*, figure_id: UUID, now: datetime) -> None:
    """Take a figure away: pages and reports to come do not show it; it is kept with its versions. NotFoundError."""
    row = _in_force(figure_id)
    row.retired_at = now
    row.save(update_fields=["retired_at"])
    audit_append(act="market_figure.removed", object_kind="market_figure", object_id=row.pk, old=_recorded(row))


def _in_force(figure_id: UUID) -> MarketFigure:
    found = MarketFigure.objects.select_for_update(of=("self",)).filter(pk=figure_id, retired_at__isnull=True).first()
    if found is None:
        raise NotFoundError(_("There is no such figure."))
    return found


def _recorded(row: MarketFigure) -> dict[str, object]:
    """A figure as the record keeps it: no words."""
    return {"value": f"{row.value.normalize():f}", "first_day": row.first_day, "last_day": row.last_day}


def _checked(words: MarketWords, *, today: date) -> dict[str, object]:
    """The columns of a figure; raises InvalidInputError with every field that cannot be used."""
    said: dict[str, object] = {name: " ".join(getattr(words, name).split()) for name in _TEXTS}
    problems: dict[str, list[str]] = {
        name: [_("Use at most {most} characters.").format(most=most)]
        for name, most in _LENGTHS.items()
        if len(str(said[name])) > most or "\0" in str(said[name])
    }
    problems |= {name: [_("This is needed.")] for name in _NEEDED if not said[name]}
    last_day = words.last_day or words.first_day
    if not words.value.is_finite() or abs(words.value) >= _MOST or words.value != words.value.quantize(_SMALLEST):
        problems["value"] = [_("Give a number with at most 13 digits, and 6 decimals.")]
    if not EARLIEST <= words.first_day <= today + _AHEAD:
        span = _("Choose a day from {first} to {last}.")
        problems["first_day"] = [span.format(first=EARLIEST, last=today + _AHEAD)]
    elif not words.first_day <= last_day <= today + _AHEAD:
        span = _("Choose a day from {first} to {last}, or leave it empty.")
        problems["last_day"] = [span.format(first=words.first_day, last=today + _AHEAD)]
    if said["link"] and "link" not in problems and not _leads_out(str(said["link"])):
        problems["link"] = [_("Write a whole address that begins with https:// or http://.")]
    if problems:
        raise InvalidInputError(fields=problems)
    return {**said, "value": words.value, "first_day": words.first_day, "last_day": last_day}


def _leads_out(link: str) -> bool:
    try:
        _is_address(link)
    except ValidationError:
        return False
    return True
