"""Reads of this step, for pages and API; every one is called inside a scope."""

from engagement.reviews.selectors.document import frozen, minutes_of, review_document, states_since
from engagement.reviews.selectors.due import due_review, periods_to_review, setting
from engagement.reviews.selectors.restated import since_then
from engagement.reviews.selectors.reviews import decision, item, latest_review, notes_of, review, reviews, undecided

__all__ = [
    "decision",
    "due_review",
    "frozen",
    "item",
    "latest_review",
    "minutes_of",
    "notes_of",
    "periods_to_review",
    "review",
    "review_document",
    "reviews",
    "setting",
    "since_then",
    "states_since",
    "undecided",
]
