"""Names of events that no action counts: passed over by a person, and counted in the background where they are many."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from engagement.errors import InvalidInputError
from engagement.ingest.erasers import Eraser, Person, register_eraser
from engagement.scoring import queries
from engagement.scoring.looking import to_json
from engagement.scoring.models import EventLook, IgnoredEventName
from engagement.scoring.selectors.looking import take_look
from engagement.scoring.services.actions import change_action, get_action, newest_rule
from engagement.scoring.services.numbering import lock_versions
from engagement.scoring.services.on_record import of_event_name
from tenants.audit import audit_append
from tenants.jobs import Work, ask_job
from tenants.models import Job, Organisation, User
from tenants.scope import organisation_scope

KIND: Final = "scoring.look"
MOST_IGNORED: Final = 1_000
_LONGEST_NAME: Final = 200  # what ingest takes


def ignore_event_name(*, organisation: Organisation, name: str, user: User | None, now: datetime) -> bool:
    """Stop telling of a name that no action counts; False where that was so already. Raises InvalidInputError."""
    text = _named(name)
    if IgnoredEventName.objects.count() >= MOST_IGNORED:
        raise InvalidInputError(_("A thousand names are passed over, which is the limit. Take one back first."))
    _row, is_new = IgnoredEventName.objects.get_or_create(
        organisation=organisation, name=text, defaults={"ignored_by": user, "ignored_at": now}
    )
    if is_new:
        audit_append(
            act="event_name.ignored", object_kind="organisation", object_id=organisation.pk, new=of_event_name(text)
        )
    return is_new


def notice_event_name(*, organisation: Organisation, name: str) -> bool:
    """Tell of a name again; False where it was not passed over."""
    gone, _each = IgnoredEventName.objects.filter(organisation=organisation, name=name.strip()).delete()
    if gone:
        audit_append(
            act="event_name.noticed",
            object_kind="organisation",
            object_id=organisation.pk,
            new=of_event_name(name.strip()),
        )
    return bool(gone)


def count_event_name(*, organisation: Organisation, name: str, key: str, user: User | None, now: datetime) -> bool:
    """Have an action count a name of events too, by a new version of its rule; False where it does already.

    Stored events are counted in the background. Raises NotFoundError for an action that is not in use,
    InvalidInputError for a name that a rule cannot hold, or one too many.
    """
    text = _named(name)
    lock_versions()  # of two names at once, neither is lost
    rule = newest_rule(get_action(organisation=organisation, key=key))
    if text in rule.event_names:
        return False
    added = rule.to_json() | {"event_names": [*rule.event_names, text]}
    try:
        return change_action(organisation=organisation, key=key, rule=added, user=user, now=now)
    except InvalidInputError as error:
        said = [text for texts in error.fields.values() for text in texts]  # of the rule, by the place in it
        raise InvalidInputError(error.message, fields={"event": said}) from error


def _named(name: str) -> str:
    text = name.strip()
    if not text or len(text) > _LONGEST_NAME:
        raise InvalidInputError(fields={"event": [_("Give the name of an event, of at most 200 characters.")]})
    return text


def ask_look(*, organisation: Organisation, user: User | None, now: datetime) -> Job:
    """Have a worker count the events of the last days; asking twice is asking once."""
    return ask_job(kind=KIND, organisation=organisation, user=user, now=now)


def keep_look(work: Work) -> None:
    """Count, and keep what was counted in the place of the look before."""
    work.begin(steps=1)
    with organisation_scope(work.organisation_id):
        queries.run("lock_look", organisation_id=work.organisation_id)
        now = work.clock()
        found = take_look(organisation=Organisation.objects.get(pk=work.organisation_id), now=now)
        EventLook.objects.update_or_create(
            organisation_id=work.organisation_id, defaults={"looked_at": now, "content": to_json(found)}
        )
        work.done(1)


def erase_look(*, person: Person, now: datetime) -> dict[str, int]:
    """A name of an event may say anything: what was counted is let go, and counted again when somebody asks."""
    with organisation_scope(person.organisation_id):
        queries.run("lock_look", organisation_id=person.organisation_id)  # one that is being taken may hold them still
        gone, _each = EventLook.objects.filter(pk=person.organisation_id).delete()
    return {gettext_noop("counts of event names"): gone}


def register() -> None:
    columns = frozenset({"scoring_eventlook.content"})
    register_eraser(Eraser("scoring.looks", erase_look, columns))
