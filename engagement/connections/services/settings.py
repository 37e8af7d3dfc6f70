"""What the form of a vendor asks for, checked and told apart: settings that are shown, credentials that are not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings as deployment
from django.utils.translation import gettext as _

from engagement.connections.types import Field
from engagement.connections.vendors.base import Connector
from engagement.errors import InvalidInputError
from tenants.outgoing import check_url

FieldErrors = dict[str, list[str]]
_LONGEST: Final = 4_000


def check_said(
    connector: Connector, *, said: Mapping[str, str], known: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str], FieldErrors]:
    """Settings, credentials and what is wrong with them by field; a secret left empty is the one that is `known`."""
    settings: dict[str, str] = {}
    credentials: dict[str, str] = {}
    problems: FieldErrors = {}
    for field in connector.fields:
        value = (said.get(field.name) or "").strip()
        value = value or known.get(field.name, "") if field.is_secret else value
        problem = _problem(field, value)
        if problem:
            problems[field.name] = [problem]
        (credentials if field.is_secret else settings)[field.name] = value
    for name, text in connector.problems(settings).items():
        problems.setdefault(name, [text])
    return settings, credentials, problems


def secrets_to_enter_again(
    connector: Connector, *, said: Mapping[str, str], known: Mapping[str, str], before: Mapping[str, str]
) -> FieldErrors:
    """A kept secret is for the host it was entered for: where an address now leads to another, it is typed again."""
    addresses = [field.name for field in connector.fields if field.kind == "url"]
    if all(_host(said.get(name) or "") == _host(before.get(name, "")) for name in addresses):
        return {}
    secrets = [field.name for field in connector.fields if field.is_secret and known.get(field.name)]
    words = _("The address leads to another host than before. Enter this again: it was kept for the former one.")
    return {name: [words] for name in secrets if not (said.get(name) or "").strip()}


def _host(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return "", ""  # refused where it is looked at
    return parts.scheme, parts.netloc.lower()


def _problem(field: Field, value: str) -> str:
    if not value:
        return _("Fill this in.") if field.is_required else ""
    if len(value) > _LONGEST or "\0" in value:
        return _("This is too long, or holds a character that cannot be kept.")
    if field.is_secret and (not value.isascii() or (any(mark < " " for mark in value) and field.kind != "long")):
        return _("This does not look like one: it holds characters that none has.")
    if len(value) < field.shortest:
        return _("This is too short: at least {n} characters.").format(n=field.shortest)
    if field.choices and value not in {choice for choice, _words in field.choices}:
        return _("Choose one of these.")
    return _url_problem(value) if field.kind == "url" else ""


def _url_problem(url: str) -> str:
    """https, by its looks; where it leads is looked at each time it is asked. Inner hosts may be named for http."""
    try:
        parts = check_url(url)
    except InvalidInputError as error:
        return " ".join(error.fields.get("url", [error.message]))
    inner = f"{parts.hostname}:{parts.port or 80}".lower() in deployment.OUTGOING_ALLOWED
    if parts.scheme != "https" and not inner:
        return _("It must begin with https://, so that nobody on the way reads along.")
    return ""
