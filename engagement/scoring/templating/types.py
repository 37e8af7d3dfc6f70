"""What crosses the border of templates: the template that is offered, what has been applied, what is to be decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from engagement.scoring.templating.compare import Item, Parts, Side, State
from engagement.scoring.templating.content import BANDS, Content, parts
from engagement.scoring.types import DraftPreview


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """One immutable version of a template."""

    number: int
    note: str
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateLine:
    """A template with its versions, newest first."""

    id: UUID
    key: str
    name: str
    versions: tuple[VersionLine, ...]

    @property
    def newest(self) -> VersionLine:
        return self.versions[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedTemplate:
    """One version of a firm's template, read from the firm and handed over to a client; `newest` is its last number."""

    id: UUID
    key: str
    name: str
    version: int
    newest: int
    note: str
    content: Content


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedLine:
    """What a client stands on: the version, and its content as it was applied."""

    number: int
    template_id: UUID
    key: str
    name: str
    version: int
    content: Content
    applied_by: str
    applied_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientState:
    """One client of the firm and where it stands with a template.

    `applied` is None where the client stands on no template, or on another, which `other` then names. `changed` is how
    many items the client has changed since, `version` what it stands on.
    """

    slug: str
    name: str
    applied: AppliedLine | None
    other: str
    changed: int
    is_behind: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A client beside a version of a template. `base` is what was applied of this template before, None for nothing.

    `opened` stands for all that was compared: who decides sends it back, and any change since is a conflict.
    `keeps_bands`: whoever looks may not change settings, so the bands stay and wait for somebody who may.
    """

    offered: OfferedTemplate
    base: AppliedLine | None
    client: Content
    items: tuple[Item, ...]
    opened: str
    keeps_bands: bool

    def sides(self) -> tuple[Parts, Parts, Parts]:
        """As applied, the client now, the template: without the bands where they stay."""
        return sides(
            base=self.base.content if self.base else None,
            client=self.client,
            template=self.offered.content,
            with_bands=not self.keeps_bands,
        )

    def of_state(self, *states: State) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.state in states)

    @property
    def is_first(self) -> bool:
        return self.base is None

    def proposed(self) -> dict[str, Side]:
        """What is proposed for conflicts: the template's the first time, nothing later."""
        return {item.id: Side.TEMPLATE for item in self.of_state(State.CONFLICT)} if self.is_first else {}


def sides(*, base: Content | None, client: Content, template: Content, with_bands: bool) -> tuple[Parts, Parts, Parts]:
    """Three contents as parts that can be compared, in this order; no base is an empty one."""
    found = tuple(parts(content) if content else {} for content in (base, client, template))
    left_out = () if with_bands else (BANDS,)
    first, second, third = ({path: part[path] for path in part if path not in left_out} for part in found)
    return first, second, third


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What applying would do to the numbers, computed without keeping anything.

    `full_points` is what the draft would have, None while undecided. `uncounted` names the actions whose rule would
    first have to be counted: their part is that of the rule counted now, or none. `problem` says why it cannot be
    applied like this; then there are no numbers.
    """

    preview: DraftPreview | None
    full_points: Decimal | None
    uncounted: tuple[str, ...]
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What applying did: the draft that waits to be published (None: no weight changed), and how much else."""

    version: int
    draft: int | None
    actions: int
    segments: int
    bands: bool
    decisions: Mapping[str, str]
