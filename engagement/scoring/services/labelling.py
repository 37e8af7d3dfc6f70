"""Labelling events that look machine-like, day by day, and keeping what is counted in step with the labels.

A day is looked at again when the events of it or of a day beside it are other ones than they were: their number and a
digest of their ids are kept with its labels, in which stands, too, whom each visitor is merged into. So storing does
nothing for this, and whatever is stored, deleted, replaced, merged or taken apart is found. Under definitions that
leave labelled events out, activity is what is stored less what is labelled: a day's labels and its counts are written
in one transaction, which holds the counting lock (7316) alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext_noop

from engagement.ingest.erasers import Eraser, Person, register_eraser
from engagement.scoring import queries
from engagement.scoring.local_days import midnight
from engagement.scoring.machines.rules import Burst, MachineRule, PropertyIs, SoonAfter, parse_rules
from engagement.scoring.models import ActionDefinition, MachineDay, MachineLabel, MachineRuleSet
from engagement.scoring.services.activity import recount_days
from engagement.scoring.services.counting import BLANKS
from engagement.scoring.services.packing import lock_counting
from tenants.jobs import Work, ask_job
from tenants.models import Job, Organisation, User
from tenants.scope import organisation_scope

KIND: Final = "scoring.label"
_FIRST, _END = date(2000, 1, 1), date(9999, 12, 31)
_ONE: Final = timedelta(days=1)
# Of a day and the days beside it: how many events, and a digest of their ids and of whom visitors are merged into.
Basis = tuple[int, int]


def ask_labels(*, organisation: Organisation, user: User | None, now: datetime) -> Job:
    """Have a worker look at all days whose events are not those that were labelled."""
    return ask_job(kind=KIND, organisation=organisation, user=user, now=now)


def ask_labels_everywhere(*, now: datetime) -> int:
    """Ask for every organisation with rules in force; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.organisations_with_machine_rules()")
        found = sorted(organisation_id for (organisation_id,) in cursor.fetchall())
    for organisation_id in found:
        with organisation_scope(organisation_id):
            ask_labels(organisation=Organisation.objects.get(pk=organisation_id), user=None, now=now)
    return len(found)


def label(work: Work) -> None:
    """Label what waits under each rule set in use, a day a transaction; safe to begin again at any point."""
    organisation_id = work.organisation_id
    with organisation_scope(organisation_id, write=False):
        waiting = [(one, day) for one in _sets_in_use() for day in sorted(_stale_days(organisation_id, one))]
    work.begin(steps=len(waiting))
    for done, (one, day) in enumerate(waiting, start=1):
        with organisation_scope(organisation_id):
            label_day(organisation_id=organisation_id, rule_set=one, day=day)
            work.done(done)
    with organisation_scope(organisation_id):
        used = _sets_in_use()
        fresh = [one.pk for one in used if not _stale_days(organisation_id, one)]
        MachineRuleSet.objects.filter(pk__in=fresh, labelled_at=None).update(labelled_at=work.clock())
        numbers = [one.number for one in used]
        queries.run("forget_labels", organisation_id=organisation_id, rule_sets=numbers)
        MachineDay.objects.exclude(rule_set__in=numbers).delete()


def _sets_in_use() -> list[MachineRuleSet]:
    """The set in force, and any that a definition leaves events out by: its labels are part of what is counted."""
    left_out = ActionDefinition.objects.exclude(left_out=None).values_list("left_out", flat=True)
    published = MachineRuleSet.objects.filter(state=MachineRuleSet.State.PUBLISHED).values_list("number", flat=True)
    return list(MachineRuleSet.objects.filter(number__in={*left_out, *published}).order_by("number"))


def _stale_days(organisation_id: int, rule_set: MachineRuleSet) -> set[date]:
    """The days to look at under a set: other events or people than were labelled, or none any more."""
    noted = {row.day: (row.events, row.digest) for row in MachineDay.objects.filter(rule_set=rule_set.number)}
    found = _bases(organisation_id, rule_set, first=_FIRST, end=_END)
    return {day for day in noted.keys() | found.keys() if noted.get(day) != found.get(day)}


def _bases(organisation_id: int, rule_set: MachineRuleSet, *, first: date, end: date) -> Mapping[date, Basis]:
    """What the labels of each day with events rest on, for the days [first, end)."""
    bound = {"organisation_id": organisation_id, "day_from": first, "day_before": end}
    own = {day: (int(events), int(digest)) for day, events, digest in queries.fetch("label_days", **bound)}
    if any(not isinstance(rule, PropertyIs) for rule in parse_rules(rule_set.rules)):  # it asks whose events they are
        for day, digest in queries.fetch("label_merged_days", **bound):
            events, ids = own.get(day, (0, 0))
            own[day] = events, ids ^ int(digest)
    return {day: _with_neighbours(own, day) for day in own}


def _with_neighbours(own: Mapping[date, Basis], day: date) -> Basis:
    events = digest = 0
    for beside in (day - _ONE, day, day + _ONE):
        of_day, ids = own.get(beside, (0, 0))
        events, digest = events + of_day, digest ^ ids
    return events, digest


def label_day(*, organisation_id: int, rule_set: MachineRuleSet, day: date) -> int:
    """Label one day of keys anew under a set, and count again what that changes; returns how many events are labelled.

    Within a scope that writes; storing waits meanwhile.
    """
    lock_counting(organisation_id=organisation_id)
    bound: dict[str, Any] = {"organisation_id": organisation_id, "rule_set": rule_set.number, "day": day}
    # Read first: whoever is merged while this labels makes the day one to look at again, whatever was seen of it.
    basis = _bases(organisation_id, rule_set, first=day - _ONE, end=day + 2 * _ONE).get(day)
    before = dict(queries.fetch("labels_of_day", **bound))
    queries.run("delete_labels_of_day", **bound)
    for place, rule in enumerate(parse_rules(rule_set.rules)):
        name, asked = _statement_of(rule)
        beside = {"day_before": day - _ONE, "day_after": day + _ONE} if name != "label_property" else {}
        queries.run(name, rule=place, blanks=BLANKS, **bound, **beside, **asked)
    after = dict(queries.fetch("labels_of_day", **bound))
    if ActionDefinition.objects.filter(left_out=rule_set.number).exists():
        _recount(organisation_id, [instant for _id, instant in before.items() ^ after.items()])
    _note(basis, bound)
    return len(after)


def _statement_of(rule: MachineRule) -> tuple[str, dict[str, Any]]:
    """The statement that labels by a rule, and what it takes."""
    if isinstance(rule, SoonAfter):
        asked = {"first": rule.first, "then": rule.then, "seconds": rule.seconds, "same": rule.same}
        return "label_soon_after", {**asked, "steps": rule.same.split(".")}
    if isinstance(rule, Burst):
        return "label_burst", {"event_name": rule.name, "more_than": rule.more_than, "seconds": rule.seconds}
    return "label_property", {
        "event_name": rule.name,
        "property": rule.property,
        "steps": rule.property.split("."),
        "values": list(rule.values),
        "is_whole": rule.op == "is",
    }


def _recount(organisation_id: int, instants: Collection[datetime]) -> None:
    """Count the local days anew on which events were labelled, or are no more."""
    if not instants:
        return
    organisation = Organisation.objects.get(pk=organisation_id)
    days = {instant.astimezone(organisation.zone).date() for instant in instants}
    recount_days(organisation=organisation, days=sorted(days))


def _note(basis: Basis | None, bound: Mapping[str, Any]) -> None:
    """What the labels just written rest on; nothing of a day that has no events any more."""
    if basis is None:
        MachineDay.objects.filter(rule_set=bound["rule_set"], day=bound["day"]).delete()
    else:
        events, digest = basis
        queries.run("put_labelled_day", events=events, digest=digest, **bound)


def forget_replaced(*, organisation: Organisation, days: Collection[date]) -> None:
    """Events of some local days were deleted and may come again under the same ids: no label waits for them.

    The days are looked at again by the next labelling. In the transaction at hand, before anything is counted anew.
    """
    if not days or not MachineLabel.objects.exists():
        return
    since, to = midnight(day=min(days), zone=organisation.zone), midnight(day=max(days) + _ONE, zone=organisation.zone)
    queries.run("forget_gone_labels", **{"organisation_id": organisation.pk, "from": since, "to": to})
    MachineDay.objects.all().delete()


def erase_labels(*, person: Person, now: datetime) -> dict[str, int]:
    """No label says anything of them; every day is looked at again, because an id may come again."""
    with organisation_scope(person.organisation_id):
        gone = queries.run("erase_labels", organisation_id=person.organisation_id, numbers=sorted(person.numbers))
        MachineDay.objects.all().delete()
    return {gettext_noop("labels of machine-like events"): gone}


def register() -> None:
    columns = frozenset({"scoring_machine_label.customer_number", "scoring_machine_label.message_id"})
    register_eraser(Eraser("scoring.machines", erase_labels, columns))
