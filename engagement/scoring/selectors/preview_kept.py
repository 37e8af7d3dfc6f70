"""Previews that were worked out already: as JSON in a worker’s row, and in the process where the counts are a run’s."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from typing import Any, Final

import msgspec
from django.utils.translation import gettext as _

from engagement.scoring.types import DraftPreview
from tenants.scope import require_scope

Named = tuple[int, str, str, str]  # the organisation, the run's digest, the fingerprint, the language of its reasons


def to_stored(preview: DraftPreview) -> Any:
    """The preview as JSON holds it, without loss."""
    return msgspec.to_builtins(preview, enc_hook=str)


def from_stored(stored: Any) -> DraftPreview:
    """The preview again, its reason in the language that is on."""
    found = msgspec.convert(stored, DraftPreview, strict=False, dec_hook=lambda kind, text: kind(text))
    return replace(found, reason=_(found.reason)) if found.reason else found


class KeptPreviews:
    """The last few, by everything they rest on; safe between threads. A few kilobytes each."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Named, DraftPreview] = OrderedDict()
        self._lock = Lock()

    def of(self, named: Named, make: Callable[[], DraftPreview]) -> DraftPreview:
        """What is kept, else what `make` gives; raises LookupError outside the organisation's own scope."""
        if named[0] not in require_scope().read:
            raise LookupError("This preview belongs to an organisation that is not in scope.")
        with self._lock:
            found = self._kept.get(named)
            if found is not None:
                self._kept.move_to_end(named)
                return found
        made = make()
        with self._lock:
            self._kept[named] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


PREVIEWS: Final = KeptPreviews(most=64)
