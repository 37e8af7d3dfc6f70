"""What was counted of a round. Without Django, which the process that adds the parts of others has no settings for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_KEPT: Final = 40
_WATCHED_EVERY: Final = 1_000
FAILURE: Final = 500


@dataclass
class Tally:
    """How many requests there were, by address and status, and the first of those that went wrong."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    n_wrong: int = 0
    worked: Counter[str] = field(default_factory=Counter)
    watch: Callable[[], None] = field(default=lambda: None, compare=False)  # called now and then
    _noted: int = field(default=0, compare=False)

    def as_json(self) -> dict[str, Any]:
        """For another process to add to its own."""
        answers = [[path, status, n] for (path, status), n in sorted(self.answers.items())]
        return {"answers": answers, "wrong": self.wrong, "n_wrong": self.n_wrong, "worked": dict(self.worked)}

    def add(self, other: Mapping[str, Any]) -> None:
        """What `as_json` of another said."""
        for path, status, n in other["answers"]:
            self.answers[path, status] += n
        self.wrong = [*self.wrong, *other["wrong"]][:_KEPT]
        self.n_wrong += other["n_wrong"]
        self.worked.update(other["worked"])

    @property
    def asked(self) -> int:
        return self.answers.total()

    @property
    def broken(self) -> int:
        """Answers that say something is wrong with us."""
        return sum(n for (_, status), n in self.answers.items() if status >= FAILURE)

    def note(self, path: str, status: int, faults: list[str], *, sent: str) -> None:
        self.answers[path, status] += 1
        self.n_wrong += bool(faults)
        raised = _last_raised() if status >= FAILURE else ""
        if faults and len(self.wrong) < _KEPT:
            self.wrong.append(f"{path}: {'; '.join(faults)}\n    {sent}\n{raised}")
        self._noted += 1
        if not self._noted % _WATCHED_EVERY:
            self.watch()

    def fault(self, said: str) -> None:
        """Something went wrong beside the answers."""
        self.n_wrong += 1
        if len(self.wrong) < _KEPT:
            self.wrong.append(said)

    def classes(self) -> str:
        """How many answers of each hundred."""
        found: Counter[int] = Counter()
        for (_, status), n in self.answers.items():
            found[status // 100] += n
        return "  ".join(f"{hundred}xx: {n:,}" for hundred, n in sorted(found.items()))

    def table(self) -> str:
        """A line for each address: how many of which status."""
        lines, by_path = [], dict[str, list[tuple[int, int]]]()
        for (path, status), n in self.answers.items():
            by_path.setdefault(path, []).append((status, n))
        for path in sorted(by_path):
            found = sorted(by_path[path])
            said = "  ".join(f"{status}: {n:,}" for status, n in found)
            lines.append(f"{path:<44} {sum(n for _, n in found):>9,}   {said}")
        return "\n".join(lines)


def _last_raised() -> str:
    from tests.fuzz.asking import last_raised

    return last_raised()
