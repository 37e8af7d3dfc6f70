"""What Salesforce is asked, and where a stretch of records stands: by instant, and within one instant by id."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from engagement.connections.faults import SurpriseError, VendorError
from engagement.connections.types import Json
from engagement.connections.vendors.reading import instant, object_in, text
from engagement.connections.vendors.salesforce_records import Kind
from engagement.connections.vendors.stretches import Stretch

AT_ONCE: Final = 500
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*){0,4}")
_ID: Final = re.compile(r"[A-Za-z0-9]{15,18}")


def check_name(name: str) -> str:
    """The name of a field as it may stand in a query; raises VendorError: a query takes nothing else from a form."""
    if not _NAME.fullmatch(name):
        raise VendorError(f"“{name[:60]}” is not the API name of a field at Salesforce.", is_passing=False)
    return name


def _soql(names: Iterable[str], table: str, rest: str) -> str:
    """A query of our own words, with names that were looked at."""
    return " ".join(("SELECT", ", ".join(sorted({"Id", *map(check_name, names)})), "FROM", table, rest))


def query_fields(names: Iterable[str]) -> str:
    """One contact with all that will be asked for: a name that is none is refused now, and not at night."""
    return _soql(names, "Contact", "LIMIT 1")


def query_contacts(ids: list[str], *, customer: str) -> str:
    """The contacts of these ids with the field that says who they are."""
    quoted = ", ".join(f"'{one}'" for one in ids if _ID.fullmatch(one))
    return _soql([customer], "Contact", f"WHERE Id IN ({quoted})")


def said(moment: datetime) -> str:
    """An instant as SOQL writes it, to the second: Salesforce keeps no more."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class Rows(Stretch):
    """Records from `since` on and before `until`; with `after`, of the very instant `since` those above that id."""

    after: str = ""

    @classmethod
    def _within(cls, kept: dict[str, Any]) -> dict[str, Any]:
        return {"after": str(kept.get("after", ""))}

    def _place(self) -> Json:
        return {"after": self.after}

    def query(self, kind: Kind) -> str:
        """The next records; names come from our own lists or were checked, instants and ids are ours to write."""
        since, stamp = said(self.since), kind.stamp
        begun = f"({stamp} > {since} OR ({stamp} = {since} AND Id > '{self.after}'))" if self.after else (
            f"{stamp} >= {since}"
        )  # fmt: skip
        only = f" AND {kind.only}" if kind.only else ""
        rest = f"WHERE {begun} AND {stamp} < {said(self.until)}{only} ORDER BY {stamp}, Id LIMIT {AT_ONCE}"
        return _soql((stamp, *kind.names), kind.table, rest)

    def advance(self, found: list[object], kind: Kind) -> None:
        """Where to go on after an answer; an empty one ends the stretch, a short one may only be a short one."""
        if not found:
            self.since, self.after, self.is_done = self.until, "", True
            return
        before = self.since.replace(microsecond=0)  # the query knows no more of it, nor do the records
        for record in reversed(found):
            try:
                whole = object_in(record)
                since, after = instant(whole, kind.stamp), text(whole, "Id")
            except SurpriseError:
                continue
            if not _ID.fullmatch(after) or (since, after) <= (before, self.after):
                continue
            self.since, self.after = since, after
            return
        raise VendorError("Salesforce’s records have neither times nor ids any more: tell us.", is_passing=False)
