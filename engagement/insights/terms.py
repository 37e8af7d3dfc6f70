"""How an organisation's numbers are read: the reader's language, its clock, bands and names, and smallest groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from engagement.insights.types import RunFacts
from engagement.look.bands import CODES, Bands
from engagement.look.exact import Number, exact, rounded
from engagement.look.locales import Locale, spoken
from engagement.look.numbers import decimal_text
from tenants.models import Organisation
from tenants.selectors import OrganisationLine, band_names, threshold


@dataclass(frozen=True, slots=True)
class Terms:
    """What turns an exact number into the text that this organisation's people read."""

    locale: Locale
    zone: tzinfo
    bands: Bands
    minimum_n: int
    minimum_n_band: int

    def printed(self, score: Number, *, places: int, target: Number | None = None) -> Decimal:
        """A score rounded to `places` decimals, or to as many more as it takes to stay on its side of every line.

        Lines are the two band thresholds and the target (reached or not). Half away from zero; always ends, because a
        value that is not on a line differs from it at some decimal.
        Example: 69.95 at one place stays 69.95 (Poor), and so does 74.98 where the target is 75.
        """
        wanted = self._side(score, target)
        while self._side(rounded(score, places=places), target) != wanted:
            places += 1
        return rounded(score, places=places)

    def _side(self, score: Number, target: Number | None) -> tuple[str, bool]:
        return self.bands.code(score), target is not None and exact(score) >= exact(target)

    def text(self, value: Decimal) -> str:
        """A printed number with the decimals that it has."""
        return decimal_text(value, places=places_of(value), locale=self.locale)


def places_of(value: Decimal) -> int:
    """The decimals that a Decimal carries.

    Example: places_of(Decimal("68.90")) == 2.
    """
    exponent = value.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def ordered_names(names: Mapping[str, str]) -> tuple[str, str, str]:
    """Band names from the lowest band to the highest."""
    poor, good, excellent = (names[code] for code in CODES)
    return poor, good, excellent


def terms_of(*, organisation: Organisation, run: RunFacts | None) -> Terms:
    """The terms a page is written in: thresholds of the run that is shown, everything else as set today."""
    good = run.good_threshold if run else threshold(organisation.band_good_thousandths)
    excellent = run.excellent_threshold if run else threshold(organisation.band_excellent_thousandths)
    return Terms(
        locale=spoken(),
        zone=ZoneInfo(organisation.time_zone),
        bands=Bands(good=good, excellent=excellent, names=ordered_names(band_names(organisation))),
        minimum_n=organisation.minimum_n,
        minimum_n_band=organisation.minimum_n_band,
    )


def terms_of_line(line: OrganisationLine) -> Terms:
    """The terms of one client among several, as its settings say today."""
    return Terms(
        locale=spoken(),
        zone=ZoneInfo(line.time_zone),
        bands=Bands(good=line.band_good, excellent=line.band_excellent, names=ordered_names(line.band_names)),
        minimum_n=line.minimum_n,
        minimum_n_band=line.minimum_n_band,
    )
