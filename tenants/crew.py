"""How many processes work side by side: known before Django is, so that whoever starts them can say it."""

from __future__ import annotations


class Crew:
    """The worker that this process is one of; None outside of a worker."""

    processes: int | None = None


crew = Crew()
