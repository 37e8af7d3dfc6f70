"""Sentences that are kept as they were said, in English and with their values, told in the language of a reader.

Why a row was refused, or what a connection ran into, is kept finished: pages, files and programs read the same. Each
step lists the forms of its sentences (`sentences.py`); who shows one asks `retold`, which finds the form again and says
it with the same values. A test finds a sentence that no form is listed for (tests/languages/test_retelling.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Final

from engagement.language import _


@dataclass(frozen=True, slots=True)
class Form:
    """A sentence with places to fill: `pieces` is what stands around them, one more than there are `names`."""

    template: str
    pieces: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, template: str) -> Form:
        pieces, names = [""], []
        for said, name, _spec, _conversion in Formatter().parse(template):
            pieces[-1] += said
            if name is not None:
                names.append(name)
                pieces.append("")
        return cls(template, tuple(pieces), tuple(names))

    def values_in(self, text: str) -> Mapping[str, str] | None:
        """What stands at the places, each as short as it can be; None where the text is no such sentence.

        >>> Form.of("{field} has {n} letters.").values_in("name has 300 letters.")
        {'field': 'name', 'n': '300'}
        """
        first, *inner, last = self.pieces
        end = len(text) - len(last)
        if not (text.startswith(first) and text.endswith(last)):
            return None
        begun, found = len(first), []
        for piece in inner:
            at = text.find(piece, begun, end)
            if at < 0:
                return None
            found.append(text[begun:at])
            begun = at + len(piece)
        return dict(zip(self.names, [*found, text[begun:end]], strict=True)) if begun <= end else None

    @property
    def weight(self) -> int:
        """How much of it is said whatever the values are: of two that fit, the one that says more is meant."""
        return sum(map(len, self.pieces))


class _Value(str):
    """A value that was formatted when it was said."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return str(self)


_FORMS: Final[dict[str, Form]] = {}
_PHRASES: Final[set[str]] = set()


def tell_again(templates: Iterable[str]) -> None:
    """Let these be found: sentences with places, and phrases without one that stand at a place of another."""
    for template in templates:
        form = Form.of(template)
        if form.names:
            _FORMS[template] = form
        else:
            _PHRASES.add(template)


def known_forms() -> tuple[Form, ...]:
    """Those that were given to `tell_again`."""
    return tuple(_FORMS.values())


def form_of(text: str) -> Form | None:
    """The form that a sentence has."""
    fitting = [form for form in _FORMS.values() if form.values_in(text) is not None]
    return max(fitting, key=lambda form: form.weight, default=None)


def retold(text: str) -> str:
    """The sentence in the language that is on; itself where nobody has said it in that."""
    said = _(text) if text else ""
    return _retold_by_form(text) if said == text else said


def _retold_by_form(text: str) -> str:
    first, last = _parted(text)
    if last:
        return f"{_inner(first)} {_inner(last)}"
    form = form_of(text)
    template = _(form.template) if form is not None else ""
    if form is None or template == form.template:
        return text
    values = form.values_in(text) or {}
    return template.format(**{name: _Value(_inner(value)) for name, value in values.items()})


def _parted(text: str) -> tuple[str, str]:
    """A sentence and, where they are known one by one, those that were added to it; "" where there is one alone."""
    at = text.find(". ")
    while at >= 0:
        first, last = text[: at + 1], text[at + 2 :]
        if last in _PHRASES and (first in _PHRASES or form_of(first) is not None or _parted(first)[1]):
            return first, last
        at = text.find(". ", at + 1)
    return text, ""


def _inner(value: str) -> str:
    """What stands at a place: a phrase or a sentence of ours, or a value, which stays as it is."""
    return _(value) if value in _PHRASES else _retold_by_form(value)
