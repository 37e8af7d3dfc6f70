"""What Salesforce's records are made into: contacts into customers with traits, tasks and meetings into events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engagement.connections.faults import SurpriseError
from engagement.connections.messages import identify, track
from engagement.connections.types import Json, Wanted
from engagement.connections.vendors.reading import asked_for, instant, object_in, optional_text, plain, text
from engagement.language import noop

_STAMP: Final = "SystemModstamp"
_CONTACT: Final = "003"  # every id of a contact begins so: https://help.salesforce.com/s/articleView?id=000385203
_TASKS: Final = {"call": "Salesforce Call", "email": "Salesforce Email", "listemail": "Salesforce List Email"}


@dataclass(frozen=True, slots=True)
class Kind:
    """What one query is about. `stream` is its name in the cursor, `stamp` what its records are in the order of.

    Activities of more than a year ago are archived: `queryAll` gives them, and the deleted ones, which are left out.
    """

    stream: str
    table: str
    stamp: str
    names: tuple[str, ...]
    only: str = ""
    resource: str = "query"


TASKS: Final = Kind(
    "tasks",
    "Task",
    _STAMP,
    ("WhoId", "TaskSubtype", "CompletedDateTime", "CallType"),
    only="IsClosed = true AND IsDeleted = false",
    resource="queryAll",
)
_MEETING: Final = ("WhoId", "StartDateTime", "DurationInMinutes")
_HELD: Final = "IsChild = false AND IsDeleted = false"  # a meeting with several people is there once for each of ours
MEETINGS: Final = Kind("meetings", "Event", "StartDateTime", _MEETING, only=_HELD, resource="queryAll")
MEETINGS_LATE: Final = Kind("meetings:late", "Event", _STAMP, _MEETING, only=_HELD, resource="queryAll")


def contacts(names: list[str]) -> Kind:
    """Contacts, with the fields that the connection asks for."""
    return Kind("contacts", "Contact", _STAMP, tuple(names))


def contact_messages(record: object, *, customer: str, traits: list[str], account: str) -> Iterator[Json]:
    """The customer that a contact is; raises SurpriseError where the chosen field does not say who."""
    whole = object_in(record)
    contact, at = text(whole, "Id"), instant(whole, _STAMP)
    found = _value(whole, customer)
    if not found:
        raise SurpriseError(
            "missing_customer",
            f"The contact has no {customer}, which says who it is.",
            noop("Fill it in at Salesforce: the contact then comes again by itself."),
        )
    yield identify(
        message_id=f"salesforce:{account}:contact:{contact}:{int(at.timestamp())}",
        customer=_as_customer(found, customer),
        at=at,
        traits={**asked_for({name: _inner(whole, name) for name in traits}, traits), "salesforce_id": contact},
    )


def contacts_in(found: list[object]) -> set[str]:
    """The contacts that activities are with, of those that can be read."""
    ids = [record.get("WhoId") for record in found if isinstance(record, dict)]
    return {one for one in ids if isinstance(one, str) and one.startswith(_CONTACT)}


def person_in(record: object, *, customer: str) -> dict[str, str]:
    """Who a contact is, by its id; nothing where it does not say."""
    try:
        whole = object_in(record)
        return {text(whole, "Id"): _as_customer(_value(whole, customer), customer)}
    except SurpriseError:
        return {}


def activity_messages(
    record: object, *, kind: Kind, account: str, people: Mapping[str, str], wanted: Wanted
) -> Iterator[Json]:
    """The event of a task or a meeting with a contact; none for one of nobody, of a lead, or not yet held."""
    whole = object_in(record)
    activity, contact = text(whole, "Id"), optional_text(whole, "WhoId")
    if not contact.startswith(_CONTACT):
        return
    is_task = kind.table == "Task"
    at = instant(whole, "CompletedDateTime" if is_task else "StartDateTime")
    if at > wanted.until or at < wanted.since:
        return
    if not people.get(contact):
        raise SurpriseError(
            "missing_customer",
            noop("The contact of this activity does not say who it is, or this user may not see it."),
            noop("Fill in at Salesforce the field that says who, then change the activity there: it comes again."),
        )
    yield track(
        message_id=f"salesforce:{account}:{kind.table.lower()}:{activity}",
        customer=people[contact],
        event=_TASKS.get(optional_text(whole, "TaskSubtype").lower(), "Salesforce Task") if is_task else (
            "Salesforce Meeting"
        ),
        at=at,
        properties=plain(whole, ("TaskSubtype", "CallType") if is_task else ("DurationInMinutes",)),
    )  # fmt: skip


def _inner(record: Json, name: str) -> object:
    """A field by its API name, through the records that it leads over."""
    found: object = record
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _value(record: Json, name: str) -> str:
    return optional_text({name: _inner(record, name)}, name)


def _as_customer(found: str, customer: str) -> str:
    return found.lower() if customer.lower() == "email" else found
