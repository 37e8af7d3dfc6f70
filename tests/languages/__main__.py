"""`make messages`: gathers what the code says into the catalogues, compiles them, and prints what is not translated.

`python -m tests.languages PATH…` prints, as a catalogue to fill, what the files under these paths say and no catalogue
has; `python -m tests.languages --take FILE…` takes filled ones into the German catalogue.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.conf import settings

from tests.languages import catalogue as c


def main(arguments: list[str]) -> int:
    settings.configure()  # to read templates needs no more
    if arguments[:1] == ["--take"]:
        take([Path(name) for name in arguments[1:]])
        return 0
    if arguments:
        sys.stdout.write(c.po_bytes(untranslated("de", under=tuple(arguments))).decode())
        return 0
    for language in c.LANGUAGES:
        keep(language, c.renewed(language))
    return 0


def keep(language: str, catalog: Catalog) -> None:
    path = c.path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(c.po_bytes(catalog))
    path.with_suffix(".mo").write_bytes(c.mo_bytes(c.read(language)))
    left = c.missing(catalog)
    print(f"{language}: {len(catalog)} texts, {len(left)} not translated")
    for message in left[:20]:
        print(f"  {message.id!r}")


def untranslated(language: str, *, under: tuple[str, ...]) -> Catalog:
    left = Catalog(locale=language, project="Rapport", charset="utf-8")
    for message in c.missing(c.renewed(language)):
        if any(place.startswith(under) for place, _ in message.locations):
            left.add(message.id, locations=message.locations, context=message.context)
    return left


def take(files: list[Path]) -> None:
    catalog = c.renewed("de")
    for path in files:
        with path.open("rb") as file:
            filled = read_po(file, locale="de", charset="utf-8")
        for message in filled:
            known = catalog.get(message.id, message.context) if message.id else None
            if known is None or known not in c.missing(catalog):
                continue
            known.string = message.string
    keep("de", catalog)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
