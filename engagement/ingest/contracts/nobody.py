"""Ids that name nobody: what senders write where they have none. Taken as ids, each would be one visitor for all.

Compared without regard to case and outer blanks; "" is no id anyway (values.id_text).
"""

from __future__ import annotations

from typing import Final

from engagement.ingest.contracts.values import RefusedError, id_text, shown

NEVER_A_CUSTOMER: Final = frozenset(
    {
        "undefined",
        "null",
        "(null)",
        "nil",
        "<nil>",
        "none",
        "nan",
        "[object object]",
        "00000000-0000-0000-0000-000000000000",
    }
)
"""How programming languages write that there is no value: in no place for an id an id."""

NEVER_A_VISITOR: Final = NEVER_A_CUSTOMER | frozenset(
    {
        "0",
        "-1",
        "true",
        "false",
        "[]",
        "{}",
        "n/a",
        "na",
        "unknown",
        "anon",
        "anonymous",
        "guest",
        "not_authenticated",
        "id",
        "email",
        "distinct_id",
        "distinctid",
    }
)
"""What a library makes up for a visitor is random; of a customer these may be the id."""

_LONGEST: Final = max(map(len, NEVER_A_VISITOR))


def customer_id(value: object, *, field: str) -> str | None:
    """The id of a customer as text, None where none is given; raises RefusedError for what can be none.

    >>> customer_id(" c1 ", field="userId"), customer_id("undefined", field="userId"), customer_id(0, field="userId")
    ('c1', None, '0')
    """
    return _id_among(value, field=field, never=NEVER_A_CUSTOMER)


def visitor_id(value: object, *, field: str) -> str | None:
    """The same of a visitor who is not known yet.

    >>> visitor_id("7f3a", field="anonymousId"), visitor_id("Anonymous", field="anonymousId")
    ('7f3a', None)
    """
    return _id_among(value, field=field, never=NEVER_A_VISITOR)


def _id_among(value: object, *, field: str, never: frozenset[str]) -> str | None:
    found = id_text(value, field=field)
    return None if found is not None and len(found) <= _LONGEST and found.casefold() in never else found


def nobodys_id(value: object, *, field: str) -> RefusedError | None:
    """The refusal of a message whose id there is one that names nobody; None where none is given at all."""
    found = id_text(value, field=field)
    if found is None:
        return None
    return RefusedError(
        "missing_customer",
        f"{field} is {shown(found)}, which names nobody: it is written where there is no id.",
        f"Send the id as {field}, or look for what writes this one where it has none.",
    )
