"""Putting an act on record: append-only, one chain an organisation, in the transaction of the act itself.

An entry says who (person, token, operator, worker or command, with ids), what, on which object, the old and the new
value, why, and in which request. Values are ids, numbers and codes; no name, address or trait of anybody.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from tenants.acting import current_acting
from tenants.scope import ScopeError, require_scope
from tenants.statements import Statements
from tenants.tenancy import new_id

_sql = Statements(Path(__file__).parent / "sql")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REASON_LENGTH = 500
REWRITTEN = "rewritten"
# Reasons are people's own words. What can be told for certain to be somebody's address is not kept.
_ADDRESS = re.compile(r"[^\s@<>()\[\]:;,\"]+@[^\s@<>()\[\]:;,\"]+")

Values = Mapping[str, object]


def audit_append(
    *,
    act: str,
    object_kind: str = "",
    object_id: object = "",
    old: Values | None = None,
    new: Values | None = None,
    reason: str = "",
    organisation_id: int | None = None,
) -> int:
    """Append one entry to the chain of the organisation in scope for writing, or of the one named; returns its number.

    `act` is "what.done" ("member.added"). A viewer's scope writes nothing, and yet an export is put on record: the
    organisation then has to be named, and in scope for reading. Raises ScopeError outside every scope, or for an
    organisation that is not in it. The entry is kept exactly if the caller's transaction is.
    """
    scope = require_scope()
    target = organisation_id if organisation_id is not None else scope.write
    if target is None:
        raise ScopeError("Name the organisation whose record this is: this scope writes none.")
    who = current_acting()
    content = {
        "act": act,
        "object_kind": object_kind,
        "object_id": str(object_id),
        "kind": who.kind.value,
        "user": _text(who.user_id),
        "role": who.role,
        "token": _text(who.token_id),
        "grant": _text(who.grant_id),
        "name": who.name,
        "request": who.request_id,
        "old": old,
        "new": new,
        "reason": _ADDRESS.sub("[address]", reason.strip())[:REASON_LENGTH],
    }
    found = _sql.fetch("audit_append", organisation_id=target, id=new_id(), content=canonical(content))
    number = found[0][0] if found else None
    if number is None:
        raise ScopeError(f"Organisation {target} is not in scope: nothing was put on record.")
    return int(number)


def changed(old: Values, new: Values, *, texts: Collection[str] = ()) -> tuple[dict[str, object], dict[str, object]]:
    """The two sides of a change, only where they differ: ({"role": "viewer"}, {"role": "admin"}).

    Of `texts`, which people word as they like, it says that they are other ones, and not what they say.
    """
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    before = {name: old.get(name) for name in names if name not in texts}
    return before, {name: REWRITTEN if name in texts else new.get(name) for name in names}


def canonical(content: Values) -> str:
    """The one text of an entry: sorted keys, no spaces, no NUL (which PostgreSQL's JSON does not know)."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return text.replace("\\u0000", "")


def genesis(organisation_id: int) -> bytes:
    """What stands before an organisation's first entry."""
    return hashlib.sha256(f"rapport audit {organisation_id}".encode()).digest()


def link(before: bytes, *, number: int, at: datetime, content: str) -> bytes:
    """The hash of an entry, computed here for the verifier as audit_append() computes it in the database."""
    microseconds = (at - _EPOCH) // timedelta(microseconds=1)
    numbers = number.to_bytes(8, "big", signed=True) + microseconds.to_bytes(8, "big", signed=True)
    return hashlib.sha256(before + numbers + content.encode()).digest()


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _plain(value: Any) -> object:
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be put on record")
