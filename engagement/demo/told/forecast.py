"""Where the scores will be on the days of their targets."""

from __future__ import annotations

from engagement.demo.told.teller import Teller
from engagement.forecast.models import Forecast
from engagement.forecast.services import ask_forecast, make_forecasts


def is_told() -> bool:
    return Forecast.objects.exists()


def tell(teller: Teller) -> bool:
    with teller.writing() as organisation:
        job = ask_forecast(organisation=organisation, user=teller.consultant, now=teller.now)
    teller.work_off(job.pk, make_forecasts)
    return True
