"""HubSpot as far as the sample's connection asks it, answered in this process: nothing leaves the machine."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from engagement.demo.samples.intake_types import CrmRecord
from tenants.outgoing_session import OutgoingSession, Response

_STEP: Final = timedelta(seconds=20)
_CHANGED: Final = {"contacts": "lastmodifieddate"}


class SampleHubSpot(OutgoingSession):
    """An account with some records; `changed` says for each round when what is there from it on was written down.

    `round` is the one at hand: what comes later is not there yet.
    """

    def __init__(self, *, account: int, records: Sequence[CrmRecord], changed: Sequence[datetime]) -> None:
        super().__init__()
        self._account, self.round = account, 0
        self._all = [(one, _properties(one, changed[one.round])) for one in records]

    def send(self, request: Any, **settings: Any) -> Response:
        """The answer, where HubSpot would be asked."""
        said = msgspec.json.decode(request.body) if request.body else {}
        made = Response()
        made.status_code, made.url, made.request = 200, request.url, request
        made.raw = io.BytesIO(msgspec.json.encode(self._answer(urlsplit(request.url).path, said)))
        made.encoding = "utf-8"
        return made

    def _answer(self, path: str, said: Mapping[str, Any]) -> dict[str, Any]:
        parts = path.strip("/").split("/")
        if parts[-1] == "search":
            return {"results": self._search(parts[-2], said)}
        if parts[-1] == "details":
            return {"portalId": self._account}
        wanted = {str(one["id"]) for one in said["inputs"]}
        if "associations" in parts:
            return {"results": [_linked(one) for one, _said in self._found if one.contacts and str(one.id) in wanted]}
        contacts = [pair for pair in self._found if pair[0].path == "contacts" and str(pair[0].id) in wanted]
        return {"results": [_shown(*pair) for pair in contacts]}

    @property
    def _found(self) -> list[tuple[CrmRecord, dict[str, str]]]:
        return [pair for pair in self._all if pair[0].round <= self.round]

    def _search(self, path: str, said: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Those of one kind that pass every filter, sorted and no more than asked for."""
        (group,), (sort,) = said["filterGroups"], said["sorts"]
        found = [
            pair for pair in self._found
            if pair[0].path == path and all(_passes(pair[1], test) for test in group["filters"])
        ]  # fmt: skip
        found.sort(key=lambda pair: _number(pair[1][sort["propertyName"]]))
        return [_shown(*pair) for pair in found[: said["limit"]]]


def _properties(record: CrmRecord, changed: datetime) -> dict[str, str]:
    changed -= _STEP * (record.id % 100)  # one after the other, as people write them down
    said = {
        **record.properties, "hs_object_id": str(record.id),
        _CHANGED.get(record.path, "hs_lastmodifieddate"): changed.isoformat(),
    }  # fmt: skip
    return said if record.at is None else {**said, "hs_timestamp": record.at.isoformat()}


def _shown(record: CrmRecord, said: Mapping[str, str]) -> dict[str, Any]:
    return {"id": str(record.id), "properties": dict(said)}


def _linked(record: CrmRecord) -> dict[str, Any]:
    return {"from": {"id": str(record.id)}, "to": [{"toObjectId": one} for one in record.contacts]}


def _passes(said: Mapping[str, str], test: Mapping[str, str]) -> bool:
    value, wanted = _number(said.get(test["propertyName"], "0")), int(test["value"])
    operator = test["operator"]
    if operator == "EQ":
        return value == wanted
    return value <= wanted if operator == "LTE" else value > wanted if operator == "GT" else value >= wanted


def _number(text: str) -> int:
    """Milliseconds of an instant, or the number itself."""
    return int(text) if text.isdecimal() else round(datetime.fromisoformat(text).timestamp() * 1000)
