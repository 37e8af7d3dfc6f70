"""Words that are looked up by a key: each in the language that is on when somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from django.utils.translation import gettext

Key = TypeVar("Key")


class Said(Mapping[Key, str], Generic[Key]):
    """A mapping of English words, marked for the catalogue where they are written, that answers in the language on."""

    def __init__(self, words: Mapping[Key, str]) -> None:
        self._words = words

    def __getitem__(self, key: Key) -> str:
        return gettext(self._words[key])

    def __iter__(self) -> Iterator[Key]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)
