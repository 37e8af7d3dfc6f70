"""What has become of a bound run since: nothing of a review changes, and its readers are told."""

from __future__ import annotations

from engagement.insights.selectors.figures import Minimum, figures_of_run
from engagement.insights.selectors.periods import runs_in_force
from engagement.reviews.models import Review
from engagement.reviews.types import Since
from tenants.models import Organisation


def since_then(*, organisation: Organisation, review: Review) -> Since:
    """The run that counts for the day now, where its scores are others, with the score of everybody; and erasures.

    A day that was scored again and came to the same scores, customer by customer, is nothing to speak of.
    """
    run = runs_in_force([review.last_day]).get(review.last_day)
    is_erased = review.run.digest != review.run_digest
    if run is None or run.pk == review.run_id or (run.digest and run.digest == review.run_digest):
        return Since(None, None, None, is_erased)
    figures = figures_of_run(run=run, minimum=Minimum.of(organisation), segment_keys=["all"]).get("all")
    return Since(run.number, run.uses["weight_set"], figures.score if figures else None, is_erased)
