"""A sample of customers that does not depend on the order in which they come."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_START: Final = 20_260_301
_TEST_OF: Final = 3


def sample_keys(numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A mixed-up key for each customer number (splitmix64), always the same; the smallest keys are a sample."""
    key = numbers.astype(np.uint64) + np.uint64(_START)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        key = (key ^ (key >> np.uint64(shift))) * np.uint64(factor)
    found: NDArray[np.uint64] = key ^ (key >> np.uint64(31))
    return found


def is_tested(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """A third of the customers, by key: what is made from the others is tested on them."""
    tested: NDArray[np.bool_] = keys % np.uint64(_TEST_OF) == 0
    return tested
