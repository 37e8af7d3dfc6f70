"""What a group of rejected rows is called where its rows say it in different words, of a file, a request, a system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

TITLES: Final[Mapping[str, str]] = {
    "missing_customer": gettext_noop("It does not say which customer."),
    "invalid_time": gettext_noop("The time cannot be read."),
    "missing_time": gettext_noop("It does not say when."),
    "day_out_of_range": gettext_noop("The day lies too far back or ahead."),
    "missing_event": gettext_noop("The event has no name."),
    "invalid_event": gettext_noop("The name of the event cannot be used."),
    "invalid_id": gettext_noop("An id cannot be used."),
    "invalid_message_id": gettext_noop("The id of the event cannot be used."),
    "missing_message_id": gettext_noop("The event has no id."),
    "invalid_count": gettext_noop("The count cannot be used."),
    "invalid_properties": gettext_noop("The properties cannot be read."),
    "unknown_type": gettext_noop("The type of the message is not known."),
    "wrong_field_count": gettext_noop("The row has more or fewer cells than there are columns."),
    "unknown_value": gettext_noop("A value is not known."),
    "missing_field": gettext_noop("A field is missing."),
    "other_type": gettext_noop("A field holds something else than it should."),
}


def group_words(*, code: str, reason: str, remedy: str, reasons: int, remedies: int) -> tuple[str, str]:
    """The reason and the remedy of a group: those of its latest row where all say the same."""
    if reasons > 1 and code in TITLES:
        reason = _(TITLES[code])
    return reason, remedy if remedies == 1 else _("What to do stands with each.")
