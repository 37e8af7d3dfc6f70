from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.look.bands import Bands
from engagement.look.locales import DE, EN, locale_for
from engagement.look.numbers import (
    Change,
    Number,
    Share,
    chance_text,
    count_text,
    decimal_text,
    delta_text,
    exact,
    headline_score_text,
    per_customer_text,
    plus_minus_text,
    points_text,
    range_text,
    read_change,
    round_parts,
    rounded,
    score_text,
    share_text,
    share_with_base,
    short_text,
)

NUMBERS = st.one_of(
    st.integers(-(10**12), 10**12), st.fractions(-(10**6), 10**6, max_denominator=10**6), st.decimals(-(10**6), 10**6)
)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Decimal("68.928716"), 1, "68.9"),
        (Decimal("68.928716"), 2, "68.93"),
        (Decimal("69.95"), 1, "69.95"),
        (Decimal("69.94"), 1, "69.9"),
        (Decimal("69.9999996"), 2, "69.9999996"),
        (Fraction(6999999999, 10**8), 1, "69.99999999"),
        (70, 1, "70.0"),
        (80, 1, "80.0"),
        (Decimal("80.0001"), 1, "80.0001"),
        (Decimal("80.0001"), 6, "80.000100"),
        (Decimal("80.04"), 1, "80.04"),
        (Decimal("80.06"), 1, "80.1"),
        (Fraction(200, 3), 2, "66.67"),
        (0, 2, "0.00"),
        (100, 2, "100.00"),
        (None, 1, "–"),
    ],
)
def test_a_score_never_contradicts_its_band(value: Number | None, places: int, text: str) -> None:
    assert score_text(value, places=places) == text


def test_thresholds_of_the_organisation_decide() -> None:
    bands = Bands(good=Decimal("69.9"), excellent=Decimal("80.05"))
    assert score_text(Decimal("69.95"), places=1, bands=bands) == "70.0"
    assert score_text(Decimal("80.05"), places=1, bands=bands) == "80.05"
    assert [bands.code(Decimal(text)) for text in ("69.8999", "69.9", "80.05", "80.0500001")] == [
        "poor",
        "good",
        "good",
        "excellent",
    ]


@given(st.integers(0, 100 * 10**6), st.integers(1, 10**6), st.integers(0, 3))
def test_what_is_printed_has_the_band_of_what_is_meant(total: int, customers: int, places: int) -> None:
    score = Fraction(total % (100 * customers + 1), customers)
    text = score_text(score, places=places)
    assert Bands().code(Decimal(text)) == Bands().code(score)
    assert abs(Fraction(text) - score) <= Fraction(1, 2 * 10**places)


@pytest.mark.parametrize(
    ("value", "text"),
    [(100, "100"), (0, "0"), (Decimal("99.96"), "100.0"), (Decimal("68.93"), "68.9"), (None, "–")],
)
def test_the_big_number(value: Number | None, text: str) -> None:
    assert headline_score_text(value) == text


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Decimal(-5), 1, "−5.0"),
        (Decimal("-0.04"), 1, "0.0"),
        (Decimal("-0.05"), 1, "−0.1"),
        (Decimal("0.05"), 1, "0.1"),
        (Fraction(5, 2), 0, "3"),
        (1234567, 0, "1,234,567"),
        (Decimal("1234.5"), 2, "1,234.50"),
        (10**30 + 1, 0, "1" + ",000" * 9 + ",001"),
        (None, 2, "–"),
    ],
)
def test_decimals(value: Number | None, places: int, text: str) -> None:
    assert decimal_text(value, places=places) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(75, "75"), (Decimal("72.50"), "72.5"), (Fraction(1, 3), "0.33"), (1000, "1,000"), (Decimal("1E+3"), "1,000")],
)
def test_as_few_decimals_as_there_are(value: Number, text: str) -> None:
    assert short_text(value) == text


def test_counts_points_and_averages() -> None:
    assert count_text(2469) == "2,469"
    assert count_text(0) == "0"
    assert count_text(None) == "–"
    assert points_text(963) == "963"
    assert points_text(Decimal("1029.250")) == "1,029.25"
    assert per_customer_text(Fraction(199_966, 2_469)) == "80.99"
    assert per_customer_text(Fraction(200, 60)) == "3.33"
    assert plus_minus_text(Decimal("1.42")) == "± 1.4"
    assert plus_minus_text(None) == "–"
    assert [range_text(19, 24), range_text(-5, 20), range_text(Decimal("0.5"), 1)] == ["19–24", "−5 to 20", "0.5–1"]


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Decimal("0.16"), 2, "+0.16"),
        (Decimal(-5), 1, "−5.0"),
        (0, 2, "0.00"),
        (Decimal("0.004"), 2, "0.00"),
        (Decimal("-0.004"), 2, "0.00"),
        (15, 0, "+15"),
        (None, 2, "–"),
    ],
)
def test_a_difference_shows_its_sign(value: Number | None, places: int, text: str) -> None:
    assert delta_text(value, places=places) == text


@pytest.mark.parametrize(
    ("value", "half_width", "change"),
    [
        (Decimal("0.16"), Decimal("0.55"), Change("unchanged", is_unchanged=True, interval_known=True)),
        (Decimal("-0.55"), Decimal("0.55"), Change("unchanged", is_unchanged=True, interval_known=True)),
        (Decimal("0.56"), Decimal("0.55"), Change("+0.56", is_unchanged=False, interval_known=True)),
        (Decimal("0.0499"), None, Change("unchanged", is_unchanged=True, interval_known=False)),
        (Decimal("0.05"), None, Change("+0.05", is_unchanged=False, interval_known=False)),
        (Decimal("-1.97"), None, Change("−1.97", is_unchanged=False, interval_known=False)),
        (0, Decimal(0), Change("unchanged", is_unchanged=True, interval_known=True)),
        (None, Decimal(1), Change("–", is_unchanged=False, interval_known=True)),
    ],
)
def test_unchanged(value: Number | None, half_width: Number | None, change: Change) -> None:
    assert read_change(value, half_width_95=half_width) == change


def test_a_share_stands_with_its_base() -> None:
    assert share_text(Fraction(2343, 2469)) == "94.9 %"
    assert share_text(None) == "–"
    assert share_with_base(part=2343, whole=2469) == Share("94.9 %", "2,343 of 2,469")
    assert share_with_base(part=0, whole=0) == Share("–", "0 of 0")


@pytest.mark.parametrize(
    ("values", "total", "places", "parts"),
    [
        ([Fraction(1, 3)] * 3, 1, 0, ["1", "0", "0"]),
        ([Fraction(132100, 2469), Fraction(10500, 2469), Fraction(104300, 2469)], 100, 1, ["53.5", "4.3", "42.2"]),
        ([Decimal("0.4"), 0, Decimal("0.6")], None, 0, ["0", "0", "1"]),
        ([Decimal("-10.876"), Decimal("10.957"), Decimal("0.079")], None, 2, ["-10.88", "10.96", "0.08"]),
        ([Decimal("1.005"), Decimal("1.005")], Decimal("2.01"), 2, ["1.01", "1.00"]),
        ([], 0, 1, []),
    ],
)
def test_parts_add_up_as_printed(values: list[Number], total: Number | None, places: int, parts: list[str]) -> None:
    assert [f"{part:f}" for part in round_parts(values, total=total, places=places)] == parts


@given(st.lists(NUMBERS, max_size=20), st.integers(0, 6))
def test_parts_of_anything_add_up(values: list[Number], places: int) -> None:
    parts = round_parts(values, places=places)
    total = sum((exact(value) for value in values), Fraction(0))
    assert sum((exact(part) for part in parts), Fraction(0)) == exact(rounded(total, places=places))
    unit = Fraction(1, 10**places)
    assert all(abs(exact(part) - exact(value)) < unit for part, value in zip(parts, values, strict=True))


@pytest.mark.parametrize(("values", "total"), [([1, 2], 4), ([Decimal("0.5")], -1), ([1], 2)])
def test_parts_of_something_else_are_refused(values: list[Number], total: Number) -> None:
    with pytest.raises(ValueError, match="do not add up"):
        round_parts(values, total=total, places=0)


@pytest.mark.parametrize("value", [0.5, True, "1"])
def test_a_float_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="int, Decimal or Fraction"):
        decimal_text(value, places=1)


def test_german_numbers() -> None:
    assert decimal_text(Decimal("-1234.5"), places=2, locale=DE) == "−1.234,50"
    assert count_text(1_234_567, locale=DE) == "1.234.567"
    assert short_text(Decimal("72.5"), locale=DE) == "72,5"
    assert score_text(Decimal("69.95"), places=1, locale=DE) == "69,95"
    assert [headline_score_text(value, locale=DE) for value in (100, Decimal("68.93"), None)] == ["100", "68,9", "–"]
    assert [delta_text(Decimal(text), locale=DE) for text in ("0.16", "-5", "0")] == ["+0,16", "−5,00", "0,00"]
    assert plus_minus_text(Decimal("1.42"), locale=DE) == "± 1,4"
    assert read_change(0, half_width_95=None, locale=DE).text == "unverändert"
    assert share_with_base(part=1, whole=2000, locale=DE) == Share("0,1 %", "1 von 2.000")
    assert [chance_text(chance, locale=DE) for chance in (0, Fraction(41, 100), 1)] == ["< 1 %", "41 %", "> 99 %"]
    assert [range_text(19, 24, locale=DE), range_text(-5, 20, locale=DE), range_text(Decimal("0.5"), 1, locale=DE)] == [
        "19–24", "−5 bis 20", "0,5–1",
    ]  # fmt: skip


def test_a_language_has_its_locale_and_english_is_for_all_others() -> None:
    assert [locale_for(code) for code in ("en", "en-gb", "EN-US", "xx", "", None)] == [EN] * 6
    assert [locale_for(code) for code in ("de", "de-at", "DE")] == [DE] * 3
