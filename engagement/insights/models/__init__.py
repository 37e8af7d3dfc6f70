"""What runs said about segments, where these are meant to be, who is at risk, what is said of it, who is told."""

from engagement.insights.models.alerts import Alert, AlertCheck, AlertRule
from engagement.insights.models.at_risk import Outreach, RiskCohort, RiskRule
from engagement.insights.models.figures import SegmentLedger, SegmentSnapshot, SnapshotPart, Target
from engagement.insights.models.notes import Note, Question, QuestionLine
from engagement.insights.models.webhooks import PushPage, SegmentPush, WebhookDelivery, WebhookEndpoint

__all__ = [
    "Alert",
    "AlertCheck",
    "AlertRule",
    "Note",
    "Outreach",
    "PushPage",
    "Question",
    "QuestionLine",
    "RiskCohort",
    "RiskRule",
    "SegmentLedger",
    "SegmentPush",
    "SegmentSnapshot",
    "SnapshotPart",
    "Target",
    "WebhookDelivery",
    "WebhookEndpoint",
]
