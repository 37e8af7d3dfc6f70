"""What the pages of accounts hand to a script, and what they call a role."""

from __future__ import annotations

import json

from django import template
from django.conf import settings

from tenants.accounts import words
from tenants.models import Role

register = template.Library()


@register.filter(name="json")
def as_json(value: object) -> str:
    """For an attribute, where Django escapes it like any other text."""
    return json.dumps(value)


@register.filter
def role_within(role: str) -> str:
    """`{{ member.role|role_within }}`: “viewer”, as it stands within a sentence."""
    return Role(role).noun


@register.filter
def role_head(role: str) -> str:
    """`{{ role|role_head }}`: “Viewer”, as the head of a column."""
    return words.role_head(role)


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    """Every language there is, each called in its own words (Django's own tag would translate their names)."""
    return list(settings.LANGUAGES)
