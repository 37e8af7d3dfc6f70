"""Reading pages in tests: their words, and what a browser would send back."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from tenants.models import Organisation


def url(organisation: Organisation, path: str) -> str:
    return f"/o/{organisation.slug}/{path}"


def words(answer: Any) -> str:
    """The main part of a page as a person reads it."""
    main = re.search(r"<main.*</main>", answer.content.decode(), re.DOTALL)
    assert main is not None, answer.content[:200]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main[0])))


def form_of(answer: Any, **changes: Any) -> dict[str, Any]:
    """What a browser would send of the page's main form, with what is typed."""
    form = answer.context["form"]
    sent = {bound.html_name: bound.value() for bound in form}
    sent |= changes
    return {name: value for name, value in sent.items() if value is not None and value is not False}
