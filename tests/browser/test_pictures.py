"""After everything has been looked at: no page of the resolver is without its picture."""

from __future__ import annotations

import pytest

from tests.browser.everything import WITHOUT_PICTURE, page_routes, without_any_picture
from tests.browser.visitor import WHOLE


@pytest.mark.browser
@pytest.mark.skipif(not WHOLE, reason="make browser takes the pictures first")
def test_every_page_has_a_picture() -> None:
    assert without_any_picture() == []


def test_what_is_said_to_have_no_picture_is_there_and_could_have_one() -> None:
    known = {route.name for route in page_routes()}
    assert WITHOUT_PICTURE.keys() - known == set()
    assert len(known - WITHOUT_PICTURE.keys()) > 80  # the control: the resolver is read at all
