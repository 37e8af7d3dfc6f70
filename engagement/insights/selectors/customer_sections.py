"""What later steps keep about a customer, for the document of everything that is kept: each step names its section.

Whoever keeps something under a customer's number registers it here when the app is ready, beside its eraser
(`engagement.ingest.erasers`): what is erased of somebody is also handed over to them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

Read = Callable[[Collection[int]], Iterable[Mapping[str, object]]]

_registered: dict[str, Read] = {}


def register_section(name: str, *, read: Read) -> None:
    """`read` is given the numbers of everybody the person is, within their scope. Doing it again changes nothing."""
    _registered[name] = read


def sections_of(numbers: Collection[int]) -> dict[str, Iterable[Mapping[str, object]]]:
    """The sections of later steps, by name."""
    return {name: read(numbers) for name, read in sorted(_registered.items())}
