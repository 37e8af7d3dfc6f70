"""The form of a page as a browser would send it back untouched."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

_NOT_SENT = {"submit", "button", "image", "reset", "file"}


@dataclass(slots=True)
class _Form:
    action: str
    values: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str | None, value: str | None) -> None:
        if name:
            self.values.setdefault(name, []).append(value or "")


class _Reader(HTMLParser):
    """Collects the forms that post, with what their fields hold."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self._form: _Form | None = None
        self._select: tuple[str | None, list[str]] | None = None
        self._area: tuple[str | None, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self._form = _Form(found.get("action") or "") if (found.get("method") or "").lower() == "post" else None
            if self._form is not None:
                self.forms.append(self._form)
        elif self._form is None or "disabled" in found:
            return
        elif tag == "input":
            self._input(found)
        elif tag == "select":
            self._select = (found.get("name"), [])
        elif tag == "option" and self._select is not None:
            self._option(found)
        elif tag == "textarea":
            self._area = (found.get("name"), "")

    def _input(self, found: dict[str, str | None]) -> None:
        kind = found.get("type") or "text"
        is_mark = kind in {"checkbox", "radio"}
        if self._form and kind not in _NOT_SENT and not (is_mark and "checked" not in found):
            self._form.add(found.get("name"), found.get("value", "on" if is_mark else ""))

    def _option(self, found: dict[str, str | None]) -> None:
        assert self._select is not None
        options = self._select[1]
        if "selected" in found:
            options.insert(0, found.get("value") or "")
        else:
            options.append(found.get("value") or "")

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area = (self._area[0], self._area[1] + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select" and self._form and self._select:
            self._form.add(self._select[0], (self._select[1] or [""])[0])
            self._select = None
        elif tag == "textarea" and self._form and self._area:
            self._form.add(self._area[0], self._area[1].removeprefix("\n"))
            self._area = None


def served_form(html: str, *, page: str, address: str) -> dict[str, Any]:
    """What the form that posts to an address holds; raises AssertionError where the page has none."""
    reader = _Reader()
    reader.feed(html)
    wanted = urlsplit(address).path
    fitting = [form for form in reader.forms if urlsplit(urljoin(page, form.action)).path == wanted]
    assert fitting, f"{page} has no form that posts to {wanted}"
    values = {name: values for name, values in fitting[0].values.items() if name != "csrfmiddlewaretoken"}
    return dict(values)
