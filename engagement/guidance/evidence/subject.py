"""What evidence is about: one segment as the scorecard shows it now, each part read when it is first asked for."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from django.urls import reverse

from engagement.insights.explaining import Explanation
from engagement.insights.selectors import limited
from engagement.insights.selectors.comparing import EVERYBODY, Viewing, compared_runs, viewing
from engagement.insights.selectors.explaining import explanation
from engagement.insights.selectors.figures import Minimum, figures_of_run, run_facts
from engagement.insights.selectors.scorecard import INDUSTRY_RANGES, targets_of_view
from engagement.insights.selectors.segments import distribution, segment_named
from engagement.insights.terms import Terms, terms_of
from engagement.insights.types import Distribution, Figures, RunFacts, TargetFigures
from engagement.scoring.formula import Measure
from engagement.scoring.selectors.weights import published_view
from engagement.scoring.types import WeightSetView
from tenants.limits import Limit
from tenants.models import Organisation


class Subject:
    """A segment of a client on the day that its scorecard opens with. What there is none of is None.

    A limit to segments takes away the names of others; who may ask for which segment is `subject_of`'s to say.
    """

    def __init__(
        self, *, organisation: Organisation, key: str, now: datetime, view: Viewing, keys: limited.Keys
    ) -> None:
        self.organisation, self.key, self.now, self.view = organisation, key, now, view
        self._keys = keys

    @cached_property
    def run(self) -> RunFacts:
        return run_facts(self.view.run)

    @cached_property
    def terms(self) -> Terms:
        return terms_of(organisation=self.organisation, run=self.run)

    @cached_property
    def _all_figures(self) -> dict[str, Figures]:
        minimum = Minimum.of(self.organisation)
        return figures_of_run(run=self.view.run, minimum=minimum, segment_keys=[self.key])

    @cached_property
    def figures(self) -> Figures | None:
        """The figures of the day that is shown; None for a segment that was not there yet."""
        found = self._all_figures.get(self.key)
        return limited.figures_within(found, keys=self._keys) if found else None

    @cached_property
    def compared(self) -> tuple[Figures, Figures] | None:
        """The last two finished periods, the earlier one second; None where one has not been scored."""
        runs, minimum = compared_runs(self.view), Minimum.of(self.organisation)
        ends = [
            figures_of_run(run=run, minimum=minimum, segment_keys=[self.key]).get(self.key) if run else None
            for run in (runs.now, runs.before)
        ]
        return (ends[0], ends[1]) if ends[0] and ends[1] else None

    @cached_property
    def targets(self) -> dict[str, TargetFigures]:
        """Targets in force of this segment, by measure."""
        figures = {self.key: self.figures} if self.figures else {}
        found = targets_of_view(organisation=self.organisation, view=self.view, figures=figures)
        return {target.measure: target for target in found if target.segment_key == self.key}

    @cached_property
    def spread(self) -> Distribution | None:
        return distribution(run=self.view.run, segment_key=self.key)

    @cached_property
    def explained(self) -> Explanation:
        return self.explained_by("score")

    def explained_by(self, measure: Measure) -> Explanation:
        """Why a measure moved over the last two finished periods."""
        return explanation(
            organisation=self.organisation, view=self.view, segment_key=self.key, measure=measure
        )  # fmt: skip

    @cached_property
    def weights(self) -> WeightSetView | None:
        return published_view(organisation=self.organisation)

    @property
    def industry(self) -> tuple[int, int] | None:
        return INDUSTRY_RANGES.get(Organisation.Industry(self.organisation.industry))

    @property
    def segment_name(self) -> str:
        return self.figures.segment_name if self.figures else self.key

    @property
    def url(self) -> str:
        """The page that shows this segment's figures."""
        return reverse("segment", args=[self.organisation.slug, self.key])

    @property
    def why_url(self) -> str:
        """The page that says why its score moved."""
        return f"{reverse('explained', args=[self.organisation.slug])}?segment={self.key}"


def subject_of(*, organisation: Organisation, limit: Limit, key: str, now: datetime) -> Subject | None:
    """The segment that is asked about, everybody by default; a limited reader's first own one by default.

    None before anything was scored, and for a limit to segments that are all gone. NotFoundError for a segment outside
    the limit, and for one that there is not.
    """
    keys = limited.keys_within(limit)
    wanted = key or (EVERYBODY if keys is None else next(iter(keys), ""))
    if not wanted:
        return None
    limited.check_key(wanted, keys=keys)
    segment_named(wanted)
    view = viewing(organisation=organisation, now=now)
    if view is None:
        return None
    found = Subject(organisation=organisation, key=wanted, now=now, view=view, keys=keys)
    return found if found.figures is not None else None
