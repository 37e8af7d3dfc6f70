"""The sample organisations of the demo: one firm, three clients with a past, and a live, empty one."""

from __future__ import annotations

from engagement.demo.samples.grocery import FENNEL_GROCERS
from engagement.demo.samples.orrin import ORRIN_LEARNING
from engagement.demo.samples.tessel import TESSEL_SOFTWARE
from engagement.demo.samples.types import SampleOrganisation

SAMPLE_FIRM = SampleOrganisation(
    slug="northgate-advisory",
    name="Northgate Advisory",
    industry="other",
    time_zone="Europe/London",
    currency="GBP",
)

SAMPLE_CLIENTS = (FENNEL_GROCERS, TESSEL_SOFTWARE, ORRIN_LEARNING)

LIVE_CLIENT = SampleOrganisation(
    slug="heron-books",
    name="Heron Books",
    industry="retail",
    time_zone="Europe/London",
    currency="GBP",
)

__all__ = [
    "FENNEL_GROCERS",
    "LIVE_CLIENT",
    "ORRIN_LEARNING",
    "SAMPLE_CLIENTS",
    "SAMPLE_FIRM",
    "TESSEL_SOFTWARE",
]
