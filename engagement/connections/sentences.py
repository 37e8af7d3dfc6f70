"""The sentences of this step that are kept with values in them: why a record was rejected, what is in the way.

They are said in English where they arise and told again in a reader's language (engagement/retelling.py). What a vendor
says in words of its own stays in those.
"""

from __future__ import annotations

from typing import Final

from engagement.language import noop
from engagement.retelling import tell_again

_ASKING: Final = (
    noop("{vendor} answered with something that is no JSON."),
    noop("{vendor} did not answer as it should."),
    noop("{vendor} answered with {status} several times: it has trouble of its own."),
    noop("{vendor} does not take the credentials any more. Enter new ones."),
    noop("{vendor} says that these credentials may not read this. Give them the rights that the form names."),
    noop("{vendor} sends us to another address. Enter that address itself."),
    noop("{vendor} refused the request with {status}. Look at the settings."),
    noop("{vendor} has had enough requests for now. It goes on by itself."),
    noop("The address cannot be asked: {kind}."),
    # What outgoing requests run into themselves (tenants/outgoing.py).
    noop("The name {host} leads nowhere."),
    noop("{host} did not answer in time, or not as it should."),
    noop("{host} packs its answers although it was asked not to."),
    noop("The answer is larger than {limit_bytes:,} bytes."),
)
_OURS: Final = (
    noop("It did not work, on our side. It is tried again; where it stood is kept."),
    noop("The worker was stopped. It goes on where it stood."),
    noop("This version fetches nothing from this vendor."),
    noop("This server's key does not open the stored credentials. Enter them again."),
)
_RECORDS: Final = (
    noop("{name} is {value}, not {wanted}."),
    noop("{field} is missing."),
    noop("{name} is “{value}”, which this connection does not know."),
    noop("The record cannot be read: {kind}."),
    noop("The answer has no list at {place}. The vendor may have changed its form: tell us."),
    noop("A contact of this activity has no {field}, which says who it is."),
    noop("The contact has no {field}, which says who it is."),
    noop("the record"),
    noop("the top"),
    noop("text"),
    noop("an object"),
    noop("a time"),
)
_HUBSPOT: Final = (
    noop("Fill it in at HubSpot, then change the activity there: it comes again by itself."),
    noop("HubSpot does not say which account this is: {reason}"),
    noop("HubSpot’s answer about a list is not what it should be: {reason}"),
    noop("HubSpot’s limit of requests for today is used up. It goes on by itself."),
    noop("HubSpot has had enough requests. It goes on by itself."),
    noop("HubSpot has more of a day and does not say where. It is tried again."),
    noop("HubSpot’s records have neither times nor numbers any more: tell us."),
)
_SALESFORCE: Final = (
    noop("Salesforce gives no token: {reason}"),
    noop("Salesforce does not say which organisation this is: {reason}"),
    noop("Salesforce’s limit of requests is used up. It goes on by itself."),
    noop("Salesforce does not take the key and the secret of the app. Enter new ones."),
    noop("Salesforce does not know a field that is asked for, or hides it from this user: {words}"),
    noop("This edition of Salesforce has no API. Its administrator can add it."),
    noop("“{name}” is not the API name of a field at Salesforce."),
    noop("Salesforce’s records have neither times nor ids any more: tell us."),
)
_ZOHO: Final = (
    noop("Zoho’s limit of requests is used up. It goes on by itself."),
    noop(
        "Zoho says that these credentials may not read this. Make a refresh token with the scopes that the form names, "
        "for a user who may read contacts and activities."
    ),
    noop("This edition of Zoho has no such activities. Choose not to fetch them."),
    noop("Zoho does not take the client’s id, its secret or the refresh token. Enter new ones."),
    noop("Zoho does not say which organisation this is: {reason}"),
    noop("More than 2,000 records of Zoho changed in one second: tell us."),
)
_ANALYTICS: Final = (
    noop(
        "The property has no custom dimension {name}. Register the user property that holds your customer’s id, with "
        "the scope User, in Admin, Custom definitions. Without it Analytics gives totals only."
    ),
    noop("Analytics’ limit of requests is used up. It goes on by itself."),
    noop("Google does not take the key of the service account any more. Enter a new one."),
    noop("Analytics does not understand what is asked for: {words}"),
    noop("The property’s ID is a number: Admin, Property details."),
    noop("Google gives no token: {reason}"),
    noop("This is not the key of a service account. Make one of the kind JSON, and enter the whole file’s text."),
    noop("{count} times {event} by visitors whom Analytics does not know."),
    noop("{count} times {event} by customers whom Analytics has put together as “(other)”."),
    noop("eventCount is “{value}”, not a whole number."),
    noop("{count} times {event} in one day by one customer: more than {most} is taken for a program."),
    noop("{name} does not hold {count} texts."),
    noop(
        "Analytics gives only a sample of this day, and counts that are guessed. Nothing of it is taken. Fetch fewer "
        "events, or ask Google for reports without sampling."
    ),
    noop("Analytics withholds rows of {day} with few people in them."),
    noop("Analytics has put rows of {day} together as “(other)”."),
    noop("Analytics does not say in which time zone its days are."),
)
_OTHERS: Final = (
    noop("There is no end of pages. Look at how the next page is asked for."),
    noop("The next page is at another host, which the secret is not for."),
    noop("The next page is the same as the one before. Look at the settings."),
    noop("A page came again that was there already. Look at how the next page is asked for."),
    noop("The answer is no JSON."),
    noop("Mixpanel exports sixty times an hour, which are used up. It goes on by itself."),
    noop("Mixpanel ended the export of a day early. It is tried again."),
    noop("Nothing is fetched from Segment."),
)


def connect() -> None:
    for said in (_ASKING, _OURS, _RECORDS, _HUBSPOT, _SALESFORCE, _ZOHO, _ANALYTICS, _OTHERS):
        tell_again(said)
