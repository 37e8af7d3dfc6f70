"""From a text file to its parts: front matter, then a body or sections under headings. No Django, no files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_FENCE = "---"
_HEADING = "## "


class TextError(ValueError):
    """A file that does not have the shape of a text: a mistake of ours, which a test finds."""


@dataclass(frozen=True, slots=True)
class Page:
    """What stands between the fences of a file, and what stands below them."""

    facts: Mapping[str, str]
    body: str

    def listed(self, name: str) -> tuple[str, ...]:
        """A fact that is a list, parted by commas.

        >>> Page({"explains": "score, churn"}, "").listed("explains")
        ('score', 'churn')
        """
        return tuple(part for text in self.facts.get(name, "").split(",") if (part := text.strip()))


def page_of(text: str) -> Page:
    r"""Lines "name: value" between two fences, then the body; raises TextError for anything else.

    >>> page = page_of("---\nquestion: Why?\n---\n\nBecause.\n")
    >>> page.facts, page.body
    ({'question': 'Why?'}, 'Because.')
    """
    lines = text.splitlines()
    if not lines or lines[0] != _FENCE or _FENCE not in lines[1:]:
        raise TextError("a text begins with its facts between two lines of ---")
    end = lines.index(_FENCE, 1)
    pairs = [line.partition(":") for line in lines[1:end] if line.strip()]
    if wrong := [name for name, colon, _value in pairs if not colon]:
        raise TextError(f"not “name: value”: {wrong[0]}")
    return Page({name.strip(): value.strip() for name, _colon, value in pairs}, "\n".join(lines[end + 1 :]).strip())


def sections_of(body: str) -> dict[str, str]:
    r"""The text under each heading "## key", in order; raises TextError for text before the first and keys given twice.

    >>> sections_of("## formula\nOne.\n\n## trend\nTwo.")
    {'formula': 'One.', 'trend': 'Two.'}
    """
    found: dict[str, list[str]] = {}
    key = ""
    for line in body.splitlines():
        if line.startswith(_HEADING):
            key = line.removeprefix(_HEADING).strip()
            if key in found:
                raise TextError(f"two sections are called {key}")
            found[key] = []
        elif key:
            found[key].append(line)
        elif line.strip():
            raise TextError("text stands before the first heading")
    return {name: "\n".join(lines).strip() for name, lines in found.items()}
