"""The German catalogue says everything that the code and the templates say, and says it with the same values."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message

from tests.languages import catalogue as c

_MARKUP = re.compile(r"</?[a-z]+[^>]*>")
_PERCENT = re.compile(r"%\((\w+)\)s")


def values_of(text: str) -> set[str]:
    """The placeholders of a text, in either form, and its mark-up."""
    in_braces = {name for _, name, _, _ in Formatter().parse(text) if name is not None} if "%(" not in text else set()
    return in_braces | set(_PERCENT.findall(text)) | set(_MARKUP.findall(text))


def strange_values(message: Message) -> list[str]:
    """Where a translation leaves a value out, or asks for one that there is not."""
    said = message.id if isinstance(message.id, tuple | list) else [message.id]
    allowed, needed = set.union(*map(values_of, said)), set.intersection(*map(values_of, said))
    return [
        f"{message.id!r}: {form!r}"
        for form in c.forms_of(message)
        if (form and not needed <= values_of(form) | _counted(message)) or not values_of(form) <= allowed
    ]


def _counted(message: Message) -> set[str]:
    """The form for one may say "one" in words, and the count be left out."""
    return {"n", "count", "number"} if isinstance(message.id, tuple | list) else set()


@pytest.mark.parametrize(
    ("said", "translated", "is_strange"),
    [
        ("{n} rules", "{n} Regeln", False),
        ("{n} rules", "Regeln", True),
        ("{n} rules", "{m} Regeln", True),
        ("%(n)s of <b>%(all)s</b>", "%(n)s von <b>%(all)s</b>", False),
        ("%(n)s of <b>%(all)s</b>", "%(n)s von %(all)s", True),
        (("{n} rule", "{n} rules"), ("eine Regel", "{n} Regeln"), False),
    ],
)
def test_values_that_a_translation_loses_are_seen(
    said: str | tuple[str, str], translated: str | tuple[str, str], is_strange: bool
) -> None:
    assert bool(strange_values(Message(said, translated))) is is_strange


def test_what_is_not_translated_is_seen() -> None:
    catalog = Catalog(locale="de")
    catalog.add("Save", "Speichern")
    catalog.add("Undo", "")
    catalog.add(("{n} rule", "{n} rules"), ("{n} Regel", ""))
    assert [message.id for message in c.missing(catalog)] == ["Undo", ("{n} rule", "{n} rules")]


@pytest.mark.parametrize("language", c.LANGUAGES)
def test_everything_is_translated_and_nothing_is_left_over(language: str) -> None:
    renewed = c.renewed(language)
    assert len(renewed) > 1000
    assert [message.id for message in c.missing(renewed)] == []
    assert c.po_bytes(renewed) == c.path_of(language).read_bytes(), "make messages"


@pytest.mark.parametrize("language", c.LANGUAGES)
def test_what_the_program_reads_is_what_people_wrote(language: str) -> None:
    assert c.mo_bytes(c.read(language)) == c.path_of(language).with_suffix(".mo").read_bytes(), "make messages"


@pytest.mark.parametrize("language", c.LANGUAGES)
def test_translations_hold_the_same_values(language: str) -> None:
    assert [problem for message in c.read(language) if message.id for problem in strange_values(message)] == []
