"""Reads of this step. Reports and reviews take these, and the frozen dataclasses of `types` and `readout_types`."""

from __future__ import annotations

from engagement.cases.selectors.findings import (
    finding,
    findings,
    findings_between,
    findings_without_step,
    open_findings,
)
from engagement.cases.selectors.initiatives import (
    initiative,
    initiatives,
    initiatives_between,
    waiting_for_read_out,
)
from engagement.cases.selectors.read_outs import latest_readout, read_out, read_outs

__all__ = [
    "finding",
    "findings",
    "findings_between",
    "findings_without_step",
    "initiative",
    "initiatives",
    "initiatives_between",
    "latest_readout",
    "open_findings",
    "read_out",
    "read_outs",
    "waiting_for_read_out",
]
