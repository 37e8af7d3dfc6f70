"""What the code and the templates say, gathered, and the catalogues that say it otherwise.

Babel reads the code and writes the catalogues, so that no program of the system is needed; Django says what in a
template is said, in a form that Babel can read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "engagement" / "locale"
LANGUAGES: Final = ("de",)

# Which arguments of which functions are said: Babel's form.
_KEYWORDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("_", "_lazy", "gettext", "gettext_lazy", "gettext_noop", "noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
Said = tuple[str, int, str | tuple[str, ...], str | None]  # file, line, what, in which context


def gather() -> Catalog:
    """Every text of the code and the templates, with the places that say it."""
    catalog = Catalog(project="Rapport", charset="utf-8", fuzzy=False)
    for path, line, message, context in sorted(_said(), key=lambda said: said[:2]):
        catalog.add(message, locations=[(path, line)], context=context)
    return catalog


def _said() -> Iterator[Said]:
    for folder in ("engagement", "tenants"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _said_by(path, path.read_bytes())
    for path in sorted((ROOT / "templates").rglob("*.*")):
        # Indentation means nothing in a template, and would in the code that stands for it.
        lines = templatize(path.read_text(), origin=path.name).splitlines()
        yield from _said_by(path, "\n".join(line.strip() for line in lines).encode())


def _said_by(path: Path, code: bytes) -> Iterator[Said]:
    name = str(path.relative_to(ROOT))
    found: Iterable[Any] = extract_python(BytesIO(code), _KEYWORDS, [], {"encoding": "utf-8"})
    for line, function, arguments, _ in found:
        spec = _KEYWORDS[str(function)] or (1,)
        given: Sequence[object] = list(arguments) if isinstance(arguments, (list, tuple)) else [arguments]
        said = [given[part - 1] for part in spec if isinstance(part, int) and part <= len(given)]
        texts = [text for text in said if isinstance(text, str) and text]
        if not said or len(texts) < len(said):
            continue  # something that is worked out: what it may be is marked where it is written
        context = next((str(given[part[0] - 1]) for part in spec if isinstance(part, tuple)), None)
        yield name, line, texts[0] if len(texts) == 1 else tuple(texts), context


def path_of(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """The catalogue as it stands in the tree."""
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language, charset="utf-8")


def renewed(language: str) -> Catalog:
    """The catalogue with exactly the texts that are said now; what is new in it is not translated yet."""
    path = path_of(language)
    catalog = read(language) if path.exists() else Catalog(locale=language)
    catalog.update(gather(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    catalog.header_comment = (
        f"# What Rapport says, in “{language}”. Made by `make messages`; the translations are ours."
    )
    return catalog


def missing(catalog: Catalog) -> list[Message]:
    """The texts that have no translation, or a form without one."""
    return [message for message in catalog if message.id and not all(forms_of(message))]


def forms_of(message: Message) -> list[str]:
    """The translation, or each of its forms; an empty one where there is none."""
    said = message.string
    if not said or isinstance(said, str):
        return [str(said or "")]
    return [str(form) for form in said]


def po_bytes(catalog: Catalog) -> bytes:
    """The catalogue for people, without places: a moved line would change the file."""
    file = BytesIO()
    write_po(file, catalog, width=120, no_location=True, omit_header=False, sort_output=True)
    return file.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """The catalogue for the program."""
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()
