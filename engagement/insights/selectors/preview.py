"""A draft's preview with the targets: which are met, or missed, only because of the formula."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from engagement.insights.models import Target
from engagement.insights.note_types import segment_name
from engagement.insights.selectors.targets import is_met
from engagement.scoring.previewed import SegmentLevel
from engagement.scoring.selectors.previews import draft_preview
from engagement.scoring.services.bounds import CheckedDraft
from engagement.scoring.types import DraftPreview
from tenants.models import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPreview:
    """A target under the set in force and under the draft; a number is None where none may be shown."""

    segment_key: str
    segment_name: str
    measure: str  # "score" or "points_per_customer"
    value: Decimal
    now: Fraction | None
    draft: Fraction | None

    @property
    def met_now(self) -> bool | None:
        return is_met(target=self.value, value=self.now)

    @property
    def met_draft(self) -> bool | None:
        return is_met(target=self.value, value=self.draft)

    @property
    def is_moved(self) -> bool:
        """Whether the formula alone decides: met on one side and missed on the other."""
        return None not in {self.met_now, self.met_draft} and self.met_now != self.met_draft


@dataclass(frozen=True, slots=True)
class WholePreview:
    """What a draft would give, targets included; the soonest due first."""

    draft: DraftPreview
    targets: tuple[TargetPreview, ...]


def whole_preview(*, organisation: Organisation, as_of: date, typed: CheckedDraft | None = None) -> WholePreview | None:
    """The preview of the draft, or of what was `typed` in its place, with the targets in force; None without a draft.

    As `draft_preview`; a target is compared exactly with the unrounded number.
    """
    found = draft_preview(organisation=organisation, as_of=as_of, typed=typed)
    if found is None:
        return None
    levels = {segment.key: (segment.now, segment.draft) for segment in found.segments}
    # Weights do not decide who is active, and a preview does not count it.
    wanted = Target.objects.filter(retired_at__isnull=True).exclude(measure=Target.Measure.ACTIVE_SHARE)
    in_force = wanted.select_related("segment").order_by("due_on", "id")
    return WholePreview(
        draft=found,
        targets=tuple(
            _target(target, *levels[target.segment.key]) for target in in_force if target.segment.key in levels
        ),
    )


def _target(target: Target, now: SegmentLevel | None, draft: SegmentLevel | None) -> TargetPreview:
    return TargetPreview(
        segment_key=target.segment.key,
        segment_name=segment_name(key=target.segment.key, name=target.segment.name),
        measure=target.measure,
        value=Decimal(target.value_thousandths) / 1000,
        now=_measured(target, now),
        draft=_measured(target, draft),
    )


def _measured(target: Target, level: SegmentLevel | None) -> Fraction | None:
    if level is None:
        return None
    return level.score if target.measure == Target.Measure.SCORE else level.points_per_customer
