"""How large the files are: a minute's worth by default, a gigabyte of CSV with SIZE=full, or NAME=megabytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tests.benchmarks.sizes import ArgumentError

_SIZES: Final[Mapping[str, Mapping[str, int]]] = {
    "small": {"csv": 50, "jsonl": 10, "parquet": 5, "xlsx": 3},
    "full": {"csv": 1_024, "jsonl": 100, "parquet": 100, "xlsx": 100},
}
FORMS: Final = tuple(_SIZES["small"])


def read_sizes(*, arguments: Sequence[str], environment: Mapping[str, str]) -> dict[str, int]:
    """Megabytes of each form, those that ONLY names; arguments win over the environment. Raises ArgumentError."""
    known = {"SIZE", "ONLY", *(form.upper() for form in FORMS)}
    given = {name: environment[name] for name in known if environment.get(name)}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals or name not in known:
            raise ArgumentError(f"“{argument}” is not one of {', '.join(sorted(known))} with =value.")
        given[name] = value
    size = given.get("SIZE", "small")
    if size not in _SIZES:
        raise ArgumentError(f"SIZE is {' or '.join(_SIZES)}, not “{size}”.")
    only = [form.strip() for form in given.get("ONLY", ",".join(FORMS)).split(",")]
    if not set(only) <= set(FORMS):
        raise ArgumentError(f"ONLY names some of {', '.join(FORMS)}, not “{given['ONLY']}”.")
    return {form: _megabytes(form, given.get(form.upper()), _SIZES[size][form]) for form in FORMS if form in only}


def _megabytes(form: str, text: str | None, usual: int) -> int:
    if text is None:
        return usual
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ArgumentError(f"{form.upper()} is a whole number of megabytes from 1, not “{text}”.")
    return int(text)
