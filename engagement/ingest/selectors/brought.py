"""Which connection brought something in, by its name today.

Connections stand above this step: who is asked is the register of names that the record uses, too (tenants/record).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from tenants.actor import Reach
from tenants.record.objects import Found, find

_KIND = "connection"


@dataclass(frozen=True, slots=True)
class Bringer:
    """Where something came from in words, the page about it, "" for readers who may not open it, and its bare name."""

    name: str
    url: str = ""
    called: str = ""


def bringers(connection_ids: Iterable[UUID | None], *, reach: Reach) -> Mapping[UUID, Bringer]:
    """Each connection as it is called for this reader, those that nobody knows any more too; one query at most."""
    ids = {one for one in connection_ids if one is not None}
    found = find(reach=reach, wanted=[(_KIND, str(one)) for one in ids]) if ids else {}
    return {one: _named(found.get((_KIND, str(one)))) for one in ids}


def _named(found: Found | None) -> Bringer:
    if found is None:
        return Bringer(_("a connection that is gone"))
    return Bringer(_("from the connection {name}").format(name=found.name), found.url, found.name.strip("“”"))
