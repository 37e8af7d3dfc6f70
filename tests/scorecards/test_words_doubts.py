"""How sure scores, bands and changes are, as pages say it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from engagement.insights.exactly import whole_percent
from engagement.insights.outlook_types import ChangeError
from engagement.insights.types import Figures
from engagement.look.numbers import chance_text
from engagement.scorecards.doubt import band_doubt, score_interval
from engagement.scorecards.present.score import band_mark, facts
from engagement.scorecards.present.scorecard import scorecard_page
from engagement.scorecards.present.segment import segment_page
from engagement.scorecards.serializers import FiguresSerializer
from engagement.scorecards.words.doubts import doubt_words, odds_text
from engagement.scoring.formula import Bands, band_chances
from tests.scorecards.made import ages, comparison, figures, row, run, scorecard, spread, terms


def sure(score: str, error: str, **changes: object) -> Figures:
    """Figures with the chances of the bands that follow from the score and its standard error."""
    chances = band_chances(score=Fraction(score), error=Decimal(error), bands=Bands())
    return replace(figures(score), standard_error=Decimal(error), band_chances=chances, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("score", "error", "words"),
    [
        ("68.928716", "0.7231", "1 in 14 that it is Good"),
        ("69.5", "0.74", "1 in 4 that it is Good"),
        ("70", "1", "1 in 2 that it is Poor"),
        ("79.5", "1", "1 in 3 that it is Excellent"),
        ("75", "4", "1 in 5 that it is another band"),  # a tenth on either side
        ("75", "20", "4 in 5 that it is another band"),
        ("68.35", "1", ""),  # 4.95 %
        ("68.36", "1", "1 in 20 that it is Good"),  # 5.05 %
        ("60", "1", ""),
        ("60", "0", ""),
    ],
)
def test_a_band_that_could_be_another_says_so(score: str, error: str, words: str) -> None:
    shown = sure(score, error)
    assert doubt_words(figures=shown, terms=terms()) == words
    assert band_mark(figures=shown, terms=terms()).doubt == words


def test_where_there_is_no_band_there_is_no_doubt() -> None:
    for shown in (
        sure("69.5", "1", is_missing_data=True),
        sure("69.5", "1", band=None, band_reason="no band: fewer than 30 customers"),
        figures("69.5"),
    ):
        assert band_doubt(figures=shown) is None
        assert band_mark(figures=shown, terms=terms()).doubt == ""


@pytest.mark.parametrize(
    ("chance", "text", "percent"),
    [
        ("0", "< 1 %", 1),
        ("0.0099", "< 1 %", 1),
        ("0.01", "1 %", 1),
        ("0.254", "25 %", 25),
        ("0.99", "99 %", 99),
        ("0.9901", "> 99 %", 99),
        ("1", "> 99 %", 99),
    ],
)
def test_a_chance_is_never_nought_or_certain(chance: str, text: str, percent: int) -> None:
    assert chance_text(Decimal(chance)) == text
    assert whole_percent(Decimal(chance)) == percent


def test_odds() -> None:
    found = {chance: odds_text(chance=Decimal(chance)) for chance in ("0.5", "0.41", "0.35", "0.24", "0.06", "0.66")}
    assert found == {
        "0.5": "1 in 2", "0.41": "2 in 5", "0.35": "1 in 3", "0.24": "1 in 4", "0.06": "1 in 17", "0.66": "2 in 3",
    }  # fmt: skip


def test_the_interval_of_points_stands_beside_them() -> None:
    first = facts(figures=figures(points_half_width_95=Decimal("2.941")), run=run(), terms=terms())[0]
    assert (first.value, first.base) == ("80.99", "± 2.94")
    assert "± 2.94 is its 95 % interval." in first.why
    assert facts(figures=figures(), run=run(), terms=terms())[0].base == ""


def test_the_api_gives_the_same() -> None:
    given = FiguresSerializer(sure("99.5", "0.5", half_width_95=Decimal("0.98"))).data
    assert (given["standard_error"], given["low_95"], given["high_95"]) == ("0.500000", "98.520000", "100.000000")
    assert (given["chance_of_another_band_percent"], given["likeliest_other_band"]) == (1, None)
    near = FiguresSerializer(sure("69.5", "0.74")).data
    assert (near["chance_of_another_band_percent"], near["likeliest_other_band"]) == (25, "good")
    assert score_interval(figures=figures(half_width_95=None)) is None


# ── changes ──────────────────────────────────────────────────────────────────────────────────────────────────

SURE = ChangeError(Decimal("0.05"), Decimal("0.10"))
UNSURE = ChangeError(Decimal("0.2"), Decimal("0.39"))


def test_a_change_outside_its_interval_is_printed() -> None:
    page = scorecard_page(card=scorecard(change_error=SURE), set_key="", industry="", terms=terms())
    assert page.finding.startswith("Engagement rose by 0.2 to 68.9")
    assert page.change.heading == "The score rose by 0.16 since 30 November 2017"
    assert page.change.caption == (
        "What each segment of Age adds to it. Each looks 90 days back, so they share 59 of them. 95 % interval of the"
        " change: ± 0.10, customer by customer."
    )
    assert page.change.sum.endswith("= 68.93.")
    assert page.table is not None
    assert page.table.total.change.text == "+0.16"


def test_a_change_inside_its_interval_reads_unchanged_everywhere() -> None:
    page = scorecard_page(card=scorecard(change_error=UNSURE), set_key="", industry="", terms=terms())
    assert page.finding.startswith("Engagement is unchanged at 68.9")
    assert page.change.heading == "The score is unchanged since 30 November 2017"
    assert page.change.sum.endswith("= 68.93. A change of +0.16 lies within its interval: unchanged.")
    assert page.table is not None
    assert (page.table.total.change.text, page.table.total.change.is_quiet) == ("unchanged", True)


def test_segments_have_their_own_intervals() -> None:
    group = ages()
    rows = tuple(
        replace(each, change_error=ChangeError(Decimal(1), Decimal("0.8")) if each.change else None)
        for each in group.rows
    )
    card = scorecard(groups=(replace(group, rows=rows),), change_error=SURE)
    page = scorecard_page(card=card, set_key="", industry="", terms=terms())
    assert page.table is not None
    assert {line.name: line.change.text for line in page.table.lines} == {
        "45–54": "−1.20", "19–24": "unchanged", "Unknown": "unchanged",
    }  # fmt: skip
    assert "“unchanged” is inside their 95 % interval." in page.table.caption


def test_without_an_interval_the_page_says_why() -> None:
    error = ChangeError(None, None, "no interval: the segment was not there in Nov")
    page = scorecard_page(card=scorecard(change_error=error), set_key="", industry="", terms=terms())
    assert page.change.caption.endswith("No interval: the segment was not there in Nov.")
    assert page.finding.startswith("Engagement rose by 0.2 to 68.9")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (None, "−1.20. No interval is known for it."),
        (ChangeError(Decimal(1), Decimal("1.5")), "unchanged (−1.20 ± 1.50, customer by customer)."),
        (ChangeError(Decimal(1), Decimal("0.9")), "−1.20 ± 0.90, customer by customer."),
        (ChangeError(None, None, "no interval: x"), "−1.20. No interval: x."),
    ],
)
def test_a_segments_page_says_how_sure_its_change_is(error: ChangeError | None, words: str) -> None:
    line = replace(row("older", "45–54", "94.4444", n=700, change="-1.2"), change_error=error)
    seen = spread(n=700)
    page = segment_page(
        row=line, run=run(), trend=(), spread=seen, comparison=comparison(), most=(), fewest=(), terms=terms()
    )
    assert page.compared == f"December 2017 against November 2017: {words}"
    assert page.finding.startswith("45–54 is unchanged" if words.startswith("un") else "45–54 fell by 1.2")
