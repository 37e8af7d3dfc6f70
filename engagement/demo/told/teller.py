"""Who tells a sample's story, and when: the consultant, in the client's own working hours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from engagement.demo.samples.story_types import SampleStory
from engagement.demo.samples.types import SampleClient
from tenants.jobs import Work, run_job
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tenants.selectors import DEMO_LOGINS

_MORNING = time(9, 30)


@dataclass(frozen=True, slots=True)
class Teller:
    """A sample being told. `now` is the morning of the day at which it stands still."""

    organisation_id: int
    story: SampleStory
    now: datetime
    consultant: User | None

    @classmethod
    def of(cls, organisation_id: int, sample: SampleClient) -> Teller:
        consultant = User.objects.filter(email=DEMO_LOGINS[0].email).first()
        with organisation_scope(organisation_id, write=False):
            zone = Organisation.objects.get(pk=organisation_id).zone
        now = datetime.combine(sample.today, _MORNING, tzinfo=zone)
        return cls(organisation_id, sample.story, now, consultant)

    def at(self, day: date) -> datetime:
        """The morning of a day."""
        return datetime.combine(day, _MORNING, tzinfo=self.now.tzinfo)

    def standing(self, organisation: Organisation, day: date) -> Organisation:
        """The organisation as it was on a day: what is said on it is dated so, though the sample stands still later."""
        then = copy(organisation)
        then.sample_today = day
        return then

    @contextmanager
    def writing(self) -> Iterator[Organisation]:
        """The organisation, in one transaction that writes."""
        with organisation_scope(self.organisation_id):
            yield Organisation.objects.get(pk=self.organisation_id)

    def work_off(self, job_id: UUID, do: Callable[[Work], None]) -> None:
        """Do at once what a worker would do."""
        run_job(organisation_id=self.organisation_id, job_id=job_id, do=do, clock=lambda: self.now)
