"""What a page may not hold under the strict policy: read as a browser reads it, tag by tag."""

from __future__ import annotations

from html.parser import HTMLParser

_ADDRESSES = {"href", "src", "action", "formaction", "poster", "data", "srcset"}
_NEVER = {"style", "iframe", "frame", "object", "embed", "applet", "base"}
_LOADED = {"script", "link", "img", "source", "audio", "video", "input"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in _NEVER:
            self.problems.append(f"<{tag}>")
        if tag == "script" and not values.get("src"):
            self.problems.append("an inline script")
        if tag == "meta" and "refresh" in values.get("http-equiv", "").lower():
            self.problems.append("a refresh")
        for name, value in values.items():
            self._look_at(tag, name, value)

    def _look_at(self, tag: str, name: str, value: str) -> None:
        if name == "style":
            self.problems.append(f"a style on <{tag}>")
        if name.startswith(("on", "hx-on")):
            self.problems.append(f"{name} on <{tag}>")
        if name in _ADDRESSES and "".join(value.split()).lower().startswith("javascript:"):
            self.problems.append(f"a javascript address on <{tag}>")
        if name in {"src", "href", "srcset"} and tag in _LOADED and "//" in value.partition("?")[0]:
            self.problems.append(f"<{tag}> from {value}")


def unsafe_parts(page: str) -> list[str]:
    """Everything in a page that the policy would refuse, or that would weaken it."""
    reader = _Reader()
    reader.feed(page)
    return reader.problems


def policy(header: str) -> dict[str, list[str]]:
    """A Content-Security-Policy by directive."""
    parts = (part.split() for part in header.split(";") if part.strip())
    return {name: values for name, *values in parts}
