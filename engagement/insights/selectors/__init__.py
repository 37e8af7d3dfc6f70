"""Reads of this step, for pages and API; every one is called inside a scope."""

from engagement.insights.selectors.customer import customer_card
from engagement.insights.selectors.customer_list import CustomerFile, customer_file, customers, end_customers
from engagement.insights.selectors.history import restated_days, run_record
from engagement.insights.selectors.portfolio import client_rows, portfolio
from engagement.insights.selectors.progress import first_steps, has_score, run_storage, runs, runs_page
from engagement.insights.selectors.scorecard import scorecard, scorecard_points
from engagement.insights.selectors.segments import segment_figures
from engagement.insights.selectors.targets import is_met, suggested_target, target_history, targets

__all__ = [
    "CustomerFile",
    "client_rows",
    "customer_card",
    "customer_file",
    "customers",
    "end_customers",
    "first_steps",
    "has_score",
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
]
