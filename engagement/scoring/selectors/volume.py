"""How much came in by day, by source, by action and by name: exact counts; None for a day nobody can know of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from engagement.ingest.models import WriteKey
from engagement.ingest.selectors.brought import bringers
from engagement.ingest.selectors.pulse import Pulse
from engagement.scoring.looking import BROUGHT_BY, FILES, KIND_OF, OTHERS, UNKNOWN, DayCount, Look
from engagement.scoring.selectors.arriving import ActionOf
from tenants.actor import Reach
from tenants.models import Organisation

NAMES_SHOWN: Final = 30
_SENDERS: Final = ("key", "connection")


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeLine:
    """Events of a source, an action or a name by local day, in the order of days; None before anything could come.

    `kind` is "key", "connection", "files", "unknown" or "request" of a source, "action", "none" (no action counts them)
    or "others" (of names too rare to be told apart) of an action, "name" or "others" of a name.
    """

    kind: str
    name: str
    counts: tuple[int | None, ...]
    actions: tuple[str, ...] = ()
    pulse: Pulse | None = None

    @property
    def total(self) -> int:
        return sum(count or 0 for count in self.counts)

    @property
    def known_days(self) -> int:
        return sum(count is not None for count in self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Sources and names say the same events, so each of them adds up to `total`; the last day is still running.

    An event whose name several actions mention stands in each of them, so actions may add up to more. An action whose
    rule asks for properties too may count fewer of them.
    """

    days: tuple[date, ...]
    sources: tuple[VolumeLine, ...]
    actions: tuple[VolumeLine, ...]
    names: tuple[VolumeLine, ...]
    by_day: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.by_day)


def volume_of(
    *,
    organisation: Organisation,
    reach: Reach,
    look: Look,
    pulses: Sequence[Pulse],
    actions: Sequence[ActionOf],
    days: int,
) -> Volume:
    """The latest `days` of a look, added up both ways."""
    shown = tuple(look.last - timedelta(days=back) for back in reversed(range(days)))
    within = [one for one in look.days if one.day >= shown[0]]
    return Volume(
        days=shown,
        sources=_sources(organisation, look, within, shown, pulses, reach=reach),
        actions=_actions(look, within, shown, actions),
        names=_names(look, within, shown, actions),
        by_day=tuple(_by_day(within, shown).values()),
    )


def _by_day(counts: Sequence[DayCount], days: Sequence[date]) -> dict[date, int]:
    found = dict.fromkeys(days, 0)
    for one in counts:
        found[one.day] += one.events
    return found


def _series(counts: Sequence[DayCount], days: Sequence[date], *, since: date) -> tuple[int | None, ...]:
    """By day; a day before `since` is unknown, unless something stands there all the same."""
    return tuple(events if day >= since or events else None for day, events in _by_day(counts, days).items())


def _grouped(counts: Sequence[DayCount], by: Callable[[DayCount], str]) -> dict[str, list[DayCount]]:
    groups: dict[str, list[DayCount]] = {}
    for one in counts:
        groups.setdefault(by(one), []).append(one)
    return groups


def _sources(
    organisation: Organisation,
    look: Look,
    counts: Sequence[DayCount],
    days: Sequence[date],
    pulses: Sequence[Pulse],
    *,
    reach: Reach,
) -> tuple[VolumeLine, ...]:
    groups = _grouped(counts, lambda one: one.source)
    since = _first_days(look.days, lambda one: one.source)
    keys = {str(one.key_id): one for one in pulses}
    known = {str(key.pk): key for key in WriteKey.objects.filter(organisation=organisation)}
    made_at = {key_id: key.created_at for key_id, key in known.items()}
    names = _connections(reach, groups) | {key_id: key.name for key_id, key in known.items()}
    lines = []
    for source in dict.fromkeys([*groups, *keys]):
        began = _began(since.get(source), made_at.get(source), zone=organisation.zone, last=days[-1])
        lines.append(
            VolumeLine(
                kind=_kind_of(source),
                name=names.get(source, "" if _kind_of(source) in _SENDERS else source.removeprefix(KIND_OF)),
                counts=_series(groups.get(source, []), days, since=began),
                pulse=keys.get(source),
            )
        )
    return tuple(sorted(lines, key=lambda line: (-line.total, line.name)))


def _began(seen: date | None, made_at: datetime | None, *, zone: ZoneInfo, last: date) -> date:
    """The first day of which something can be known: when a key was made, else when the source was first seen."""
    return made_at.astimezone(zone).date() if made_at else seen or last


def _kind_of(source: str) -> str:
    if source in {FILES, UNKNOWN}:
        return source
    return "request" if source.startswith(KIND_OF) else "connection" if source.startswith(BROUGHT_BY) else "key"


def _connections(reach: Reach, sources: Iterable[str]) -> dict[str, str]:
    """What those sources are called that are connections."""
    ids = {source: UUID(source.removeprefix(BROUGHT_BY)) for source in sources if source.startswith(BROUGHT_BY)}
    found = bringers(ids.values(), reach=reach)
    return {source: found[sender].called for source, sender in ids.items()}


def _first_days(counts: Sequence[DayCount], by: Callable[[DayCount], str]) -> Mapping[str, date]:
    found: dict[str, date] = {}
    for one in counts:
        found[by(one)] = min(one.day, found.get(by(one), one.day))
    return found


def _actions(
    look: Look, counts: Sequence[DayCount], days: Sequence[date], actions: Sequence[ActionOf]
) -> tuple[VolumeLine, ...]:
    """Actions by what they came to, also those of which nothing came; then what none of them counts."""
    since = min((one.day for one in look.days), default=look.last)
    groups = _grouped(counts, lambda one: one.name)

    def line(kind: str, name: str, names: Iterable[str]) -> VolumeLine:
        own = [one for given in names for one in groups.get(given, [])]
        return VolumeLine(kind=kind, name=name, counts=_series(own, days, since=since))

    lines = [line("action", one.name, dict.fromkeys(one.rule.event_names)) for one in actions]
    counted = {name for one in actions for name in one.rule.event_names}
    rest = [line("none", "", groups.keys() - counted - {OTHERS}), line("others", "", {OTHERS} - counted)]
    lines.sort(key=lambda one: (-one.total, one.name))
    return (*lines, *(one for one in rest if one.total))


def _names(
    look: Look, counts: Sequence[DayCount], days: Sequence[date], actions: Sequence[ActionOf]
) -> tuple[VolumeLine, ...]:
    """The most frequent names; before the organisation's first event in the look nothing is known of any."""
    totals: dict[str, int] = {}
    for one in counts:
        totals[one.name] = totals.get(one.name, 0) + one.events
    ranked = sorted((name for name in totals if name != OTHERS), key=lambda name: (-totals[name], name))
    shown = set(ranked[:NAMES_SHOWN])
    groups = _grouped(counts, lambda one: one.name if one.name in shown else OTHERS)
    since = min((one.day for one in look.days), default=look.last)
    return tuple(
        VolumeLine(
            kind="name" if name else "others",
            name=name,
            counts=_series(groups[name], days, since=since),
            actions=tuple(action.name for action in actions if name in action.rule.event_names),
        )
        for name in [*ranked[:NAMES_SHOWN], *([OTHERS] if OTHERS in groups else [])]
    )
