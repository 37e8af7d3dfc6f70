"""Writes of this step; every one is called inside a scope that writes."""

from engagement.reviews.services.agenda import OutdatedNoteError, put_on_agenda, save_note, take_off_agenda
from engagement.reviews.services.closing import close_review
from engagement.reviews.services.deciding import change_decision, decide
from engagement.reviews.services.opening import open_review, refresh_review
from engagement.reviews.services.rhythm import set_rhythm
from engagement.reviews.services.settling import settle_decision

__all__ = [
    "OutdatedNoteError",
    "change_decision",
    "close_review",
    "decide",
    "open_review",
    "put_on_agenda",
    "refresh_review",
    "save_note",
    "set_rhythm",
    "settle_decision",
    "take_off_agenda",
]
