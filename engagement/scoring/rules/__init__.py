"""Who belongs to a segment: rules over traits, activity and lists, from JSON to a mask and a sentence."""

from __future__ import annotations

from engagement.scoring.rules.describe import describe
from engagement.scoring.rules.evaluate import CodedTexts, Columns, evaluate
from engagement.scoring.rules.parse import (
    MAX_CONDITIONS,
    MAX_DEPTH,
    MAX_LISTED_CUSTOMERS,
    parse_rule,
    stored_rule,
)
from engagement.scoring.rules.sentence import sentence
from engagement.scoring.rules.tree import (
    ACTIVITY_NAMES,
    DAYS,
    ActivityCondition,
    Condition,
    Group,
    MembershipCondition,
    Rule,
    TraitCondition,
)
from engagement.scoring.rules.values import is_missing, read_number

__all__ = [
    "ACTIVITY_NAMES",
    "DAYS",
    "MAX_CONDITIONS",
    "MAX_DEPTH",
    "MAX_LISTED_CUSTOMERS",
    "ActivityCondition",
    "CodedTexts",
    "Columns",
    "Condition",
    "Group",
    "MembershipCondition",
    "Rule",
    "TraitCondition",
    "describe",
    "evaluate",
    "is_missing",
    "parse_rule",
    "read_number",
    "sentence",
    "stored_rule",
]
