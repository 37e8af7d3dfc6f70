"""Mails: short plain text, our own words, links to PUBLIC_URL only, no pictures and nothing that tells who reads.

A letter is templates/mail/<name>.txt; its first line is the subject.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.template import Context
from django.template.backends.django import Template
from django.template.loader import get_template

from engagement.errors import UnavailableError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a mail."""

    name: str
    content: bytes
    kind: str


def letter(name: str, **context: object) -> tuple[str, str]:
    """Subject and text; nothing is escaped, because nothing is HTML."""
    template = get_template(f"mail/{name}.txt")
    assert isinstance(template, Template)
    text = template.template.render(Context({"public_url": settings.PUBLIC_URL, **context}, autoescape=False))
    subject, _, body = text.strip().partition("\n")
    return " ".join(subject.split()), f"{body.strip()}\n"


def send(
    name: str,
    *,
    to: str,
    headers: Mapping[str, str] | None = None,
    attached: Sequence[Attached] = (),
    **context: object,
) -> None:
    """Hand a letter to the mail server; raises UnavailableError when it does not take it. The log has no address."""
    subject, body = letter(name, **context)
    message = EmailMessage(subject, body, to=[to], headers={"Auto-Submitted": "auto-generated", **(headers or {})})
    for one in attached:
        message.attach(one.name, one.content, one.kind)
    try:
        message.send()
    except OSError as error:  # smtplib's errors are OSErrors, too
        # The kind of failure only: what a mail server says repeats the address.
        log.warning("mail_not_sent", letter=name, error=type(error).__name__)
        raise UnavailableError("The mail could not be sent. Try again in a few minutes, or tell an operator.") from None
    log.info("mail_sent", letter=name)


def notify(name: str, *, to: str, **context: Any) -> None:
    """The same for a mail that must not undo what it tells about."""
    try:
        send(name, to=to, **context)
    except UnavailableError:
        log.warning("mail_given_up", letter=name)  # the act itself stands
