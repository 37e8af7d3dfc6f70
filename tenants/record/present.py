"""The record in words: who by name, what was and what is, and what it was about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from tenants.acting import Kind
from tenants.actor import Reach
from tenants.models import Organisation
from tenants.record.objects import Found, find
from tenants.record.reading import Asked, Entry, entries, names_of
from tenants.record.words import act_words, field_words, words

PER_PAGE: Final = 50
_NONE: Final = "–"
_FEW: Final = 3  # lines of a change that stand open; more are folded


@dataclass(frozen=True, slots=True)
class Change:
    """One value: what it was, what it is; "" for a side that there was none of."""

    field: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as the page prints it."""

    number: int
    at: datetime
    act: str
    who: str
    how: str
    about: str
    name: str
    url: str
    changes: tuple[Change, ...]
    folded: bool
    reason: str
    request: str


@dataclass(frozen=True, slots=True)
class RecordPage:
    lines: tuple[Line, ...]
    is_filtered: bool
    is_later: bool
    before: int | None  # where the older ones begin; None when there are none


def record_page(*, organisation: Organisation, reach: Reach, asked: Asked) -> RecordPage:
    """The newest entries that fit, as many as a page holds."""
    found = entries(organisation=organisation, asked=asked, most=PER_PAGE + 1)
    shown = found[:PER_PAGE]
    return RecordPage(
        lines=lines(shown, reach=reach),
        is_filtered=bool(asked.codes().keys() - {"before"}),
        is_later=asked.before is not None,
        before=shown[-1].number if len(found) > len(shown) else None,
    )


def lines(found: Iterable[Entry], *, reach: Reach) -> tuple[Line, ...]:
    """Entries in words, with one question for all people and one for each kind of object."""
    found = tuple(found)
    names = names_of(sorted({text for entry in found for text in _ids(entry)}))
    objects = find(reach=reach, wanted=[(entry.object_kind, entry.object_id) for entry in found])
    return tuple(_line(entry, names, objects.get((entry.object_kind, entry.object_id))) for entry in found)


def _line(entry: Entry, names: Mapping[str, str], found: Found | None) -> Line:
    changes = _changes(entry, names)
    who, how = said_who(entry, names)
    return Line(
        number=entry.number,
        at=entry.at,
        act=act_words(entry.act),
        who=who,
        how=how,
        about=words(entry.object_kind),
        name=found.name if found else entry.object_id,
        url=found.url if found else "",
        changes=changes,
        folded=len(changes) > _FEW,
        reason=entry.reason,
        request=entry.request,
    )


def gone() -> str:
    """What somebody is called who cannot be named any more."""
    return _("somebody whose account is gone")


def said_who(entry: Entry, names: Mapping[str, str]) -> tuple[str, str]:
    """Who acted, and through what or in which role: ("Ada Admin", "admin"), ("The system", "insights.dispatch")."""
    person = "" if entry.user is None else names.get(entry.user, gone())
    if entry.kind == Kind.TOKEN:
        return person or _("A program"), _("with an API token")
    if entry.kind == Kind.OPERATOR:
        return person or _("An operator"), _("operator of this service")
    if entry.kind == Kind.COMMAND:
        return person or _("A command on the server"), entry.name
    if entry.kind == Kind.PERSON:
        return person or gone(), entry.role and _(entry.role)
    return person or _("The system"), entry.name


def _changes(entry: Entry, names: Mapping[str, str]) -> tuple[Change, ...]:
    old, new = entry.old or {}, entry.new or {}
    return tuple(
        Change(
            field=field_words(field),
            was=_text(old[field], names) if field in old else "",
            now=_text(new[field], names) if field in new else "",
        )
        for field in {**old, **new}
        if field in old or new[field] is not None  # of what began, what it has not is no news
    )


def _text(value: Any, names: Mapping[str, str]) -> str:
    if value is None or value == "":
        return _NONE
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_text(one, names) for one in value) or _NONE
    if isinstance(value, dict):
        return ", ".join(f"{words(key)} {_text(one, names)}" for key, one in value.items()) or _NONE
    return names.get(str(value)) or _(str(value))


def _ids(entry: Entry) -> Iterable[str]:
    """Whatever may be a person's id: who acted, and values that look like one."""
    if entry.user is not None:
        yield entry.user
    for value in [*(entry.old or {}).values(), *(entry.new or {}).values()]:
        if isinstance(value, str) and _is_id(value):
            yield value


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
