"""What the pages of accounts hand to a script."""

from __future__ import annotations

import json

from django import template

register = template.Library()


@register.filter(name="json")
def as_json(value: object) -> str:
    """For an attribute, where Django escapes it like any other text."""
    return json.dumps(value)
