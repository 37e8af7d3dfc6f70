"""Model validation in our own words."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from engagement.errors import InvalidInputError


def full_clean(instance: Any, *, exclude: tuple[str, ...] = ()) -> None:
    """Model validation with our error: raises InvalidInputError with the fields."""
    try:
        instance.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise InvalidInputError(fields=error.message_dict) from None
