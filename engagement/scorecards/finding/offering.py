"""What later steps offer to "Find": they register, because imports run one way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from tenants.actor import Reach
from tenants.models import Organisation


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Offer:
    """Something with an address of its own in the organisation one is in; names are in the reader's language."""

    name: str
    also: str
    about: str
    url: str


Offerer = Callable[[Reach, Organisation], Iterable[Offer]]
OFFERERS: Final[dict[str, Offerer]] = {}


def offers(key: str, offerer: Offerer) -> None:
    """Let what `offerer` gives be found; it gives only what opens for the reader. Doing it again changes nothing."""
    OFFERERS[key] = offerer
