"""`make clients`: every client library, unmodified, against a live server behind a proxy that fails on purpose.

Prints library by fault; "ok" is every event stored exactly once (for a wrong key: none, and how many requests it took),
"told" that the library does not send again and told its caller, "n/a" that it cannot do this. Libraries for browsers
run in a real one, on a page of another site. The last line says what was tried and what was not. The exit code is 1
when a cell is wrong, and 2 when there was nothing to try. What a registry did not give is said and is no failure,
unless STRICT=1; ONLY=python,node (or browser) leaves the others out, LIBRARY=part of a name all others, and
CASES=happy,snippet all other columns.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.clients.matrix import Cell


def main() -> int:
    """Install, send, judge, print."""
    from tests.clients.installing import NotInstalledError, install_browser, install_node, install_python
    from tests.clients.libraries import COLUMNS

    begun, left_out, present = time.monotonic(), [], set()
    installers = {"python": install_python, "node": install_node, "browser": install_browser}
    try:
        only, columns = chosen("ONLY", installers), chosen("CASES", COLUMNS)
    except ValueError as error:
        return _said("", str(error), 2)
    for name in only:
        try:
            installers[name]()
            present.add(name)
        except NotInstalledError as error:
            left_out.append(f"NOT TRIED: the libraries for {name} ({error})")
    return _tried(present, left_out, columns=columns, begun=begun)


def chosen(variable: str, known: Iterable[str]) -> list[str]:
    """What the variable names of what is known, by comma; all of it where it names nothing, ValueError for another."""
    names = [name for name in os.environ.get(variable, "").split(",") if name]
    if unknown := [name for name in names if name not in set(known)]:
        raise ValueError(f"{variable}={','.join(unknown)} is none of {', '.join(known)}")
    return names or list(known)


def _tried(present: set[str], left_out: Sequence[str], *, columns: Sequence[str], begun: float) -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "engagement.settings"
    from tests import database  # starts the server of the database

    try:
        database.clone(database.DATABASE)
        import django

        django.setup()
        from tests.clients.matrix import closing, printed

        cells = _cells(present, columns=columns, wanted=os.environ.get("LIBRARY", ""))
        line, code = closing(
            cells, left_out, seconds=time.monotonic() - begun, is_strict=os.environ.get("STRICT", "0") == "1"
        )
        return _said(printed(cells) if cells else "", line, code)
    finally:
        database.pytest_unconfigure(None)


def _cells(present: set[str], *, columns: Sequence[str], wanted: str) -> list[Cell]:
    """Everything that is to be tried, side by side, then judged."""
    from tests.clients import snippets
    from tests.clients.libraries import LIBRARIES
    from tests.clients.matrix import cell_of, ledger_of, left_of, sent_of, serving, together, trials_of

    libraries = [one for one in LIBRARIES if one.runs_in in present and wanted in one.name]
    with tempfile.TemporaryDirectory() as name, serving(Path(name), "--threads", "8") as place:
        trials = trials_of(libraries, place=place, columns=columns)
        shown = snippets.examples(place=place, present=present, wanted=wanted) if "snippet" in columns else []
        sent = together(
            [
                *((one.library.runs_in, partial(sent_of, one, place=place)) for one in trials),
                *((snippets.runs_in(one.snippet), partial(snippets.sent_of, one, place=place)) for one in shown),
            ]
        )
        place.work()
        ledger = ledger_of(place.home)
        cells = [cell_of(trial, one, ledger=ledger) for trial, one in zip(trials, sent, strict=False)]
        cells += [cell for library in libraries for cell in left_of(library, columns=columns)]
        ran = zip(shown, sent[len(trials) :], strict=True)
        return [*cells, *(snippets.cell_of(example, one, home=place.home) for example, one in ran)]


def _said(table: str, line: str, code: int) -> int:
    print("\n".join(text for text in (table, line) if text), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
