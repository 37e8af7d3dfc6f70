"""What is kept in the database in English, said in the reader's language: why a run failed, or a message was not sent.

What writes such a text marks it with `gettext_noop` there; its number, if it has one, is `{n}` in the catalogue.
"""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext as _

_NUMBER: Final = re.compile(r"\d[\d,.]*\d|\d")


def said(stored: str) -> str:
    """A stored text in the language that is on; as it was stored where no catalogue has it."""
    if not stored:
        return ""
    translated = _(stored)
    numbers = _NUMBER.findall(stored)
    if translated != stored or len(numbers) != 1 or "{" in stored:
        return translated
    return _(_NUMBER.sub("{n}", stored)).replace("{n}", numbers[0])
