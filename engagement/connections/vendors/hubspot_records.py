"""What HubSpot's records are made into: contacts into customers, activities and e-mail events into events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engagement.connections.faults import SurpriseError
from engagement.connections.messages import identify, track
from engagement.connections.types import Json, Wanted
from engagement.connections.vendors.reading import asked_for, instant, object_in, optional_text, plain, text, unknown
from engagement.language import noop

CONTACT_STAMP: Final = "lastmodifieddate"
STAMP: Final = "hs_lastmodifieddate"

_EMAIL_DIRECTIONS: Final = {
    "INCOMING_EMAIL": "HubSpot Email Received",
    "EMAIL": "HubSpot Email Sent",
    "FORWARDED_EMAIL": "HubSpot Email Sent",
    "DRAFT_EMAIL": "",  # nothing has happened yet
    "DRAFT_INCOMING": "",
    "FILTERED": "",
}
_MEETING_OUTCOMES: Final = frozenset({"", "SCHEDULED", "COMPLETED", "NO SHOW", "NO_SHOW"})
_MEETINGS_NOT_HELD: Final = frozenset({"CANCELED", "CANCELLED", "RESCHEDULED"})
# Of marketing mails: https://developers.hubspot.com/docs/api-reference/legacy/email-analytics-v1/guide
_EMAIL_EVENTS: Final = {
    "SENT": "HubSpot Marketing Email Sent",
    "DELIVERED": "HubSpot Marketing Email Delivered",
    "OPEN": "HubSpot Marketing Email Opened",
    "CLICK": "HubSpot Marketing Email Clicked",
    "FORWARD": "HubSpot Marketing Email Forwarded",
    "PRINT": "HubSpot Marketing Email Printed",
    "BOUNCE": "HubSpot Marketing Email Bounced",
    "SPAMREPORT": "HubSpot Marketing Email Reported As Spam",
    "STATUSCHANGE": "HubSpot Email Subscription Changed",
    "PROCESSED": "",  # on its way: what becomes of it is another event
    "DEFERRED": "",
    "DROPPED": "",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of activity: its address, the properties that are kept, no texts of anybody among them."""

    path: str
    properties: tuple[str, ...]


KINDS: Final = (
    Kind("calls", ("hs_call_direction", "hs_call_status", "hs_call_duration")),
    Kind("emails", ("hs_email_direction", "hs_email_status")),
    Kind("meetings", ("hs_meeting_outcome", "hs_meeting_start_time")),
    Kind("communications", ("hs_communication_channel_type",)),
)


def contact_messages(record: object, *, customer: str, traits: list[str], account: str) -> Iterator[Json]:
    """The customer that a contact is; raises SurpriseError where the chosen property does not say who."""
    whole = object_in(record)
    properties = object_in(whole, "properties")
    contact = text(whole, "id")
    at = instant(properties, CONTACT_STAMP)
    yield identify(
        message_id=f"hubspot:{account}:contact:{contact}:{int(at.timestamp() * 1000)}",
        customer=customer_in(properties, contact=contact, customer=customer),
        at=at,
        traits={**asked_for(properties, traits), "hubspot_id": contact},
    )


def customer_in(properties: Json, *, contact: str, customer: str) -> str:
    """The customer's id by the chosen property; an e-mail address in lower case, as HubSpot compares them."""
    if customer == "id":
        return contact
    found = optional_text(properties, customer)
    if not found:
        raise SurpriseError(
            "missing_customer",
            f"The contact has no {customer}, which says who it is.",
            noop("Fill it in at HubSpot: the contact then comes again by itself."),
        )
    return found.lower() if customer == "email" else found


def activity_messages(
    record: object, *, kind: Kind, account: str, linked: Mapping[str, list[tuple[str, str]]], wanted: Wanted
) -> Iterator[Json]:
    """An event for every customer the activity is linked to; none for one of the future or before the first day.

    `linked` are contacts and the customers they are, by activity.
    """
    whole = object_in(record)
    properties = object_in(whole, "properties")
    activity = text(whole, "id")
    name, at = _activity_name(kind, properties), instant(properties, "hs_timestamp")
    if not name or not wanted.since <= at <= wanted.until:
        return
    for contact, customer in linked.get(activity, []):
        yield track(
            message_id=f"hubspot:{account}:{kind.path}:{activity}:{contact}",
            customer=customer,
            event=name,
            at=at,
            properties={name.removeprefix("hs_"): value for name, value in plain(properties, kind.properties).items()},
        )


def _activity_name(kind: Kind, properties: Json) -> str:
    """Raises SurpriseError for a direction or an outcome that HubSpot has added since."""
    if kind.path == "calls":
        return "HubSpot Call"
    if kind.path == "communications":
        return "HubSpot Message"
    if kind.path == "emails":
        direction = text(properties, "hs_email_direction")
        if direction not in _EMAIL_DIRECTIONS:
            raise unknown("hs_email_direction", direction)
        return _EMAIL_DIRECTIONS[direction]
    outcome = optional_text(properties, "hs_meeting_outcome").upper()
    if outcome in _MEETINGS_NOT_HELD:
        return ""
    if outcome not in _MEETING_OUTCOMES:
        raise unknown("hs_meeting_outcome", outcome)
    return "HubSpot Meeting"


def email_event_messages(record: object, *, account: str, customers: Mapping[str, str]) -> Iterator[Json]:
    """What somebody did with a marketing mail. HubSpot's id and its instant together are unique, and so is the key."""
    whole = object_in(record)
    kind = text(whole, "type")
    if kind not in _EMAIL_EVENTS:
        raise unknown("type", kind)
    recipient = text(whole, "recipient").lower()
    if not _EMAIL_EVENTS[kind]:
        return
    if recipient not in customers:
        raise SurpriseError(
            "missing_customer",
            noop("No contact with the property that says who it is has this address."),
            noop("Add the contact at HubSpot, or choose email as the property that says who a contact is."),
        )
    yield track(
        message_id=f"hubspot:{account}:email:{text(whole, 'id')}",
        customer=customers[recipient],
        event=_EMAIL_EVENTS[kind],
        at=instant(whole, "created"),
        properties=plain(whole, ("emailCampaignId", "subject", "url")),
    )
