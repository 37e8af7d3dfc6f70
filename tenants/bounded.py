"""What a process remembers of many, up to a bound: who was not heard of for longest is forgotten."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def remember(kept: OrderedDict[K, V], key: K, value: V, *, most: int) -> None:
    """Put it last, and forget the first where there are more than `most`. The caller holds the lock.

    >>> kept = OrderedDict(a=1, b=2)
    >>> remember(kept, "a", 3, most=2)
    >>> remember(kept, "c", 4, most=2)
    >>> dict(kept)
    {'a': 3, 'c': 4}
    """
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)
