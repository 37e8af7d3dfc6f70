"""What was seen, what was done about it, what came of it; and tests with arms."""

from engagement.cases.models.experiments import Experiment, ExperimentReadOut
from engagement.cases.models.findings import Finding
from engagement.cases.models.initiatives import (
    Initiative,
    InitiativeChange,
    InitiativeComparison,
    InitiativeFinding,
    Lever,
    Measure,
    ReadOut,
)

__all__ = [
    "Experiment",
    "ExperimentReadOut",
    "Finding",
    "Initiative",
    "InitiativeChange",
    "InitiativeComparison",
    "InitiativeFinding",
    "Lever",
    "Measure",
    "ReadOut",
]
