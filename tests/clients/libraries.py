"""What is known of each library, and what it is tried with: the rows and columns of the matrix."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

from tests.clients.installing import HERE, PYTHON

COUNT: Final = 20
COLUMNS: Final = (
    "happy",
    "gzip",
    "429",
    "503",
    "lost answer",
    "wrong key",
    "partial failure",
    "page closed",
    "snippet",
)
FAULTS: Final = {"429": [429], "503": [503], "lost answer": [0]}


@dataclass(frozen=True, slots=True)
class Library:
    """What is known of a library: `packs` whether it can be told to, `sends_again` whether it does so by itself."""

    name: str
    runs_in: str = "python"  # or "node", "browser"
    packs: bool = False
    sends_again: bool = True
    stops: int = 1  # requests with a wrong key at most
    tells: bool = True  # whether its caller learns that a key is wrong
    overload: int = 429  # with what our own doors for it answer too much
    stays: float = 0.5  # seconds on the page before it is left: less than it waits before it sends

    @property
    def command(self) -> list[str]:
        """How its driver is run, with its name."""
        return {
            "python": [str(PYTHON), str(HERE / "drivers" / "sending.py"), self.name],
            "node": ["node", str(HERE / "drivers" / "sending.js"), self.name],
            "browser": [sys.executable, "-m", "tests.clients.browsing", self.name],
        }[self.runs_in]

    def meets(self, column: str) -> bool:
        """Whether the library can be in this column at all."""
        return {"gzip": self.packs, "page closed": self.runs_in == "browser", "snippet": False}.get(column, True)

    def faults(self, column: str) -> list[int]:
        """What its first request gets in this column instead of an answer."""
        return [self.overload] if column == "429" else list(FAULTS.get(column, []))


LIBRARIES: Final = (
    Library("segment-analytics-python", packs=True),
    Library("analytics-python", stops=11),  # it sends again whatever it is told
    Library("rudder-sdk-python", packs=True),
    Library("customerio-cdp-analytics", packs=True),
    Library("posthog", packs=True),
    Library("posthog v1", packs=True),
    Library("mixpanel", stops=2),  # the second is ours: what it holds is asked for again
    Library("amplitude-analytics", tells=False),  # of a wrong key it writes to its log
    Library("amplitude-analytics batch", tells=False),
    Library("@segment/analytics-node", runs_in="node", stops=2),
    Library("@customerio/cdp-analytics-node", runs_in="node", stops=8),  # of each batch of 15 four times
    Library("customerio-node", runs_in="node", stops=COUNT),
    Library("customerio-node batch", runs_in="node"),
    Library("@rudderstack/rudder-sdk-node", runs_in="node", packs=True, stops=COUNT),
    Library("posthog-node", runs_in="node", packs=True),
    Library("mixpanel for Node", runs_in="node", sends_again=False, stops=COUNT),
    # What it got no answer to it throws away and tells; where the answer was lost that is stored all the same. Of a
    # wrong key it is told once for each heap of events, and a slow machine makes several.
    Library("@amplitude/analytics-node", runs_in="node", stops=COUNT),
    # Of these none sends with a wrong key more often than there is something to send.
    Library("@segment/analytics-next", runs_in="browser", stops=COUNT + 1, tells=False),
    # To what it can read it listens as little as to a 200, so its doors let it read neither 429 nor 503.
    Library("@customerio/cdp-analytics-browser", runs_in="browser", stops=COUNT + 1, tells=False),
    Library("@rudderstack/analytics-js", runs_in="browser", stops=COUNT + 1, tells=False),
    # What is answered 429 it throws away, so its doors say 503 instead.
    Library("posthog-js", runs_in="browser", packs=True, stops=COUNT + 2, overload=503),
    # It writes what it is told down one after the other, behind a lock; what it has not by then is lost with the page.
    Library("mixpanel-browser", runs_in="browser", stops=COUNT + 1, stays=3.5),
    Library("@amplitude/analytics-browser", runs_in="browser", stops=COUNT),
)
