"""Google Analytics 4: how often each known customer did each thing on each day, by the Data API.

Reports: https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport,
signing in: https://developers.google.com/identity/protocols/oauth2/service-account, limits:
https://developers.google.com/analytics/devguides/reporting/data/v1/quotas, thresholds, sampling and the row “(other)”:
https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/ResponseMetaData.

Analytics gives counts, no events, and says who only where the site sends its own id of the customer as a user
property that is registered as a custom dimension. Totals without that cannot be anybody's score, so this connection
does not work without the dimension, and says so before anything is fetched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import ClassVar, Final

import jwt
from django.utils.translation import gettext_lazy as _lazy

from engagement.connections.calling import Caller, wait_of
from engagement.connections.faults import RateLimitedError, SignInError, SurpriseError, VendorError
from engagement.connections.types import Field, Json, Page, Wanted
from engagement.connections.vendors import ga4_rows as made
from engagement.connections.vendors.base import Connector
from engagement.connections.vendors.reading import object_in, optional_text, read_each, records, text
from tenants.outgoing_session import Response

AT_ONCE: Final = 2_000
_SCOPE: Final = "https://www.googleapis.com/auth/analytics.readonly"
_TOKEN_LIFE: Final = timedelta(hours=1)
_HOUR, _DAY = 3_600, 24 * 3_600


class GoogleAnalytics(Connector):
    """Whole days up to yesterday; the last three come again, because Analytics goes on counting them."""

    key: ClassVar[str] = "ga4"
    title: ClassVar[str] = "Google Analytics 4"
    about = _lazy(
        "How often each known customer did each thing, day by day. Analytics says who only if your site sends its own "
        "id of the customer as a user property, registered as a custom dimension. Without one it gives totals, which "
        "cannot be scored by customer, and are not fetched. What visitors did whom nobody knows is left out and said."
    )
    fields: ClassVar[tuple[Field, ...]] = (
        Field("property", _lazy("Property ID"), _lazy("The number in Admin, Property details."), kind="number"),
        Field(
            "dimension",
            _lazy("User property that holds your customer’s id"),
            _lazy("As registered in Admin, Custom definitions, with the scope User: for example crm_id."),
        ),
        Field(
            "key",
            _lazy("Key of a service account, as JSON"),
            _lazy("Made in Google Cloud. Give the account’s address the role Viewer of the property."),
            kind="long",
            is_secret=True,
            shortest=100,
        ),
        Field(
            "events",
            _lazy("Events to fetch"),
            _lazy("Names as in Analytics, with commas between. Left empty, all but those that every visit makes."),
            is_required=False,
        ),
    )
    overlap: ClassVar[timedelta] = timedelta(days=3)
    can_renew: ClassVar[bool] = True
    data: ClassVar[str] = "https://analyticsdata.googleapis.com/v1beta"
    tokens: ClassVar[str] = "https://oauth2.googleapis.com/token"  # not what the key says: nobody types it

    def sign_in(self, caller: Caller, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> None:
        """A token of an hour, for a claim that the service account's key signs."""
        asked = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": self._claim(credentials.get("key", ""), now=caller.clock()),
        }
        answer = caller.json("POST", self.tokens, data=asked)
        try:
            caller.headers["Authorization"] = f"Bearer {text(object_in(answer), 'access_token')}"
        except SurpriseError as error:
            raise SignInError(f"Google gives no token: {error.reason}") from error

    def _claim(self, key: str, *, now: datetime) -> str:
        try:
            whole = object_in(json.loads(key))
            claim: dict[str, object] = {
                "iss": text(whole, "client_email"), "scope": _SCOPE, "aud": self.tokens,
                "iat": int(now.timestamp()), "exp": int((now + _TOKEN_LIFE).timestamp()),
            }  # fmt: skip
            headers = {"kid": optional_text(whole, "private_key_id")}
            return jwt.encode(claim, text(whole, "private_key"), algorithm="RS256", headers=headers)
        except (ValueError, TypeError, SurpriseError, jwt.PyJWTError) as error:
            raise SignInError(
                "This is not the key of a service account. Make one of the kind JSON, and enter the whole file’s text."
            ) from error

    def check(self, caller: Caller, *, settings: Mapping[str, str], credentials: Mapping[str, str]) -> str:
        """The property's number, once its dimensions are known to hold the one that says who."""
        answer = caller.json("GET", f"{self._property(settings)}/metadata")
        known = {record.get("apiName") for record in records(answer, "dimensions") if isinstance(record, dict)}
        if _dimension(settings) not in known:
            raise VendorError(
                f"The property has no custom dimension {_dimension(settings)}. Register the user property that holds "
                "your customer’s id, with the scope User, in Admin, Custom definitions. Without it Analytics gives "
                "totals only.",
                is_passing=False,
            )
        return settings.get("property", "").strip()

    def told(self, answer: Response, *, now: datetime) -> VendorError | None:
        """Google names every fault; which limit is used up stands in the words."""
        status, words = _fault(answer)
        if status == "RESOURCE_EXHAUSTED":
            lowered = words.lower()
            wait = _DAY if "per day" in lowered else _HOUR if "per hour" in lowered else 60
            return RateLimitedError(
                "Analytics’ limit of requests is used up. It goes on by itself.",
                wait_seconds=wait_of(answer, now=now, default=wait),
            )
        if status in {"invalid_grant", "invalid_client", "unauthorized_client"}:
            return SignInError("Google does not take the key of the service account any more. Enter a new one.")
        if status == "INVALID_ARGUMENT":
            return VendorError(f"Analytics does not understand what is asked for: {words}", is_passing=False)
        return None

    def pull(self, caller: Caller, wanted: Wanted) -> Iterator[Page]:
        """Day after day, each in parts."""
        cursor = dict(wanted.cursor)
        this_round = wanted.until.isoformat()
        if cursor.get("done") == this_round:
            return
        day, offset = _from(cursor, since=wanted.since, overlap=self.overlap)
        end = wanted.until.astimezone(UTC).date() - timedelta(days=1)
        while day <= end:
            answer = self._report(caller, wanted.settings, day=day, offset=offset)
            made.check_exact(answer)
            found = made.rows_of(answer, day=day)
            read = partial(made.row_messages, account=wanted.account, day=day, zone=made.zone_of(answer))
            messages, refused = read_each(found, read)
            if offset == 0:
                refused += made.left_out(answer, day=day)
            offset += len(found)
            if not found or offset >= made.row_count(answer):
                day, offset = day + timedelta(days=1), 0
            cursor |= {"day": day.isoformat(), "offset": offset, "done": this_round if day > end else ""}
            yield Page(dict(cursor), tuple(messages), tuple(refused))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _property(self, settings: Mapping[str, str]) -> str:
        number = settings.get("property", "").strip()
        if not (number.isascii() and number.isdecimal()):
            raise VendorError("The property’s ID is a number: Admin, Property details.", is_passing=False)
        return f"{self.data}/properties/{number}"

    def _report(self, caller: Caller, settings: Mapping[str, str], *, day: date, offset: int) -> object:
        names = [name.strip() for name in settings.get("events", "").split(",") if name.strip()]
        by_name: Json = {"fieldName": "eventName", "inListFilter": {"values": names or sorted(made.OF_EVERY_VISIT)}}
        asked: Json = {
            "dateRanges": [{"startDate": day.isoformat(), "endDate": day.isoformat()}],
            "dimensions": [{"name": _dimension(settings)}, {"name": "eventName"}],
            "metrics": [{"name": "eventCount"}],
            "orderBys": [{"dimension": {"dimensionName": name}} for name in (_dimension(settings), "eventName")],
            "dimensionFilter": {"filter": by_name} if names else {"notExpression": {"filter": by_name}},
            "limit": str(AT_ONCE),
            "offset": str(offset),
            "keepEmptyRows": False,
        }
        return caller.json("POST", f"{self._property(settings)}:runReport", json=asked)


def _dimension(settings: Mapping[str, str]) -> str:
    name = settings.get("dimension", "").strip()
    return name if name.startswith("customUser:") else f"customUser:{name}"


def _from(cursor: Json, *, since: datetime, overlap: timedelta) -> tuple[date, int]:
    kept, offset = cursor.get("day"), cursor.get("offset")
    if not isinstance(kept, str):
        return since.astimezone(UTC).date(), 0
    day = date.fromisoformat(kept)
    if cursor.get("done"):
        return max(day - overlap, since.astimezone(UTC).date()), 0
    return day, offset if isinstance(offset, int) else 0


def _fault(answer: Response) -> tuple[str, str]:
    """The name and the words of a fault: an object from the API, a bare name when signing in."""
    try:
        said = answer.json().get("error")
    except (ValueError, AttributeError):
        return "", ""
    if not isinstance(said, dict):
        return str(said or ""), ""
    return str(said.get("status") or ""), " ".join(str(said.get("message") or "").split())[:200]
