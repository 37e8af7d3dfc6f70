"""What can be asked of the customers of a run: every condition holds, those that are not asked hold for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerQuestion:
    """Texts are "" and numbers None where nothing is asked; both ends of a range count.

    `done` and `not_done` are keys of actions, by whether they were done in the window at all · `channel` any counted
    action in it · `least_days` and `most_days` since the last counted action: whoever did nothing in the window is
    older than every day, so `least_days` lets them in and `most_days` does not · `trait` and `value` what is known of
    somebody now, as text · `is_newly_silent` points at the end of the month before, no counted action now.
    """

    search: str = ""
    segment_key: str = ""
    band: str = ""
    done: str = ""
    not_done: str = ""
    channel: str = ""
    least_days: int | None = None
    most_days: int | None = None
    least_score: Decimal | None = None
    most_score: Decimal | None = None
    trait: str = ""
    value: str = ""
    is_newly_silent: bool = False

    @property
    def is_asked(self) -> bool:
        """Whether anything at all is asked."""
        return self != CustomerQuestion()
