from __future__ import annotations

import pytest

from tests.conftest import World
from tests.reviews.quarters import Quarters, make_quarters


@pytest.fixture
def quarters(world: World) -> Quarters:
    return make_quarters(world)
