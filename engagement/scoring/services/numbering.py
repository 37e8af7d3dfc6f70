"""Numbers and keys of new versions: one after the other within an organisation, never the same one twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from itertools import count
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import models
from django.db.models import Max
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError
from engagement.scoring import queries
from tenants.scope import require_write

MAX_KEY: Final = 60
MAX_NAME: Final = 80
_RESERVED: Final = frozenset({"new", "draft"})  # these words stand in addresses where a key may stand


def lock_versions() -> None:
    """Wait until nobody else numbers or publishes versions of the organisation; holds until the transaction ends."""
    queries.fetch("lock_numbering", organisation_id=require_write())


def next_number(model: type[models.Model]) -> int:
    """The organisation's next number of a kind of version. Nobody else gets one until the transaction ends."""
    lock_versions()
    rows: Any = model._default_manager.all()  # noqa: SLF001  Django's documented door
    return int(rows.aggregate(last=Max("number"))["last"] or 0) + 1


def slug_of(text: str, *, fallback: str) -> str:
    """Small letters and digits joined by hyphens: "65+ years" gives "65-plus-years"; never empty."""
    plain = unicodedata.normalize("NFKD", text.replace("+", " plus ")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_KEY].strip("-") or fallback


def free_key(*, name: str, wanted: str, taken: Collection[str], fallback: str) -> str:
    """The wanted key, or one made from the name with a number where that is taken.

    Raises InvalidInputError for a wish that is no slug, ConflictError for one that is taken.
    """
    if wanted:
        return _checked_key(wanted, taken=taken)
    base = slug_of(name, fallback=fallback)
    candidates = (base if n == 1 else f"{base[: MAX_KEY - 5].rstrip('-')}-{n}" for n in count(1))
    return next(key for key in candidates if key not in taken and key not in _RESERVED)


def _checked_key(wanted: str, *, taken: Collection[str]) -> str:
    try:
        validate_slug(wanted)
    except ValidationError:
        raise InvalidInputError(fields={"key": [_("Use letters, digits, hyphens and underscores.")]}) from None
    if len(wanted) > MAX_KEY or wanted in _RESERVED:
        text = _("Use at most {most} characters; “new” and “draft” are kept.").format(most=MAX_KEY)
        raise InvalidInputError(fields={"key": [text]})
    if wanted in taken:
        text = _("The key “{key}” is taken. Choose another.").format(key=wanted)
        raise ConflictError(text, fields={"key": [_("Taken.")]})
    return wanted


def checked_name(name: str) -> str:
    """A trimmed name of 1 to 80 printable characters; raises InvalidInputError."""
    text = name.strip()
    if not text or len(text) > MAX_NAME or not text.isprintable():
        problem = _("Give a name of 1 to {most} characters, on one line.").format(most=MAX_NAME)
        raise InvalidInputError(fields={"name": [problem]})
    return text
