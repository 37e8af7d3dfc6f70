"""Reads of this step, for pages and API; every one is called inside a scope."""

from engagement.insights.selectors.customers import customer_card, customers, top_customers
from engagement.insights.selectors.history import restated_days, run_record
from engagement.insights.selectors.portfolio import portfolio
from engagement.insights.selectors.progress import first_steps, run_storage, runs, runs_page
from engagement.insights.selectors.scorecard import scorecard, scorecard_points
from engagement.insights.selectors.segments import segment_figures
from engagement.insights.selectors.targets import is_met, suggested_target, target_history, targets

__all__ = [
    "customer_card",
    "customers",
    "first_steps",
    "is_met",
    "portfolio",
    "restated_days",
    "run_record",
    "run_storage",
    "runs",
    "runs_page",
    "scorecard",
    "scorecard_points",
    "segment_figures",
    "suggested_target",
    "target_history",
    "targets",
    "top_customers",
]
