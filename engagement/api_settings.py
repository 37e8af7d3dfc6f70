"""How the API behaves, and how its document reads: the part of the settings that no environment changes."""

from __future__ import annotations

from typing import Any, Final

REST_FRAMEWORK: Final[dict[str, Any]] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tenants.rest.ResolvedAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.rest.NamedPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["tenants.parsers.WritableJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "tenants.links.PublicPagination",
    "PAGE_SIZE": 100,
    "EXCEPTION_HANDLER": "tenants.rest.error_response",
    "DEFAULT_SCHEMA_CLASS": "engagement.api_tags.StepSchema",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
# Headings of the API's document by step: who, what came in, what is configured, what came out, what is done about it.
HEADINGS: Final[dict[str, tuple[str, str]]] = {
    "tenants": ("Organisations and people", "Organisations, members, invitations, tokens, the record."),
    "ingest": ("Data", "Events, customers and files coming in, and what was rejected."),
    "connections": ("Connections", "Other systems that data is fetched from, and what came of it."),
    "scoring": ("Definitions", "Actions, weight sets, segments, full points, templates."),
    "insights": ("Scores", "Runs, figures, targets, alerts, notes and questions."),
    "scorecards": ("Scorecards", "The pages' figures: scorecard, segments, customers, why a number moved."),
    "companions": ("Beside the score", "NPS, CSAT, churn, repeat purchase, revenue, profit."),
    "feedback": ("Feedback", "What customers say, its themes, figures of the market."),
    "validity": ("Validity", "Whether a low score precedes what it should precede."),
    "cases": ("Cases", "Findings, steps, read-outs, tests with arms."),
    "forecast": ("Forecast", "Where the score is going, and the path to a target."),
    "guidance": ("Guidance", "What the numbers mean, and how well they are measured."),
    "pooled": ("Evidence", "What moved the score across a firm's clients that agreed."),
    "reports": ("Reports", "Drafts, published versions and their links."),
    "rounds": ("Rounds", "The reports of a month: approved and mailed, each client its own."),
    "reviews": ("Reviews", "Review cycles: agenda, decisions, and whether they worked."),
}
# How a request may be refused: what the document calls it, and what it means. All have one shape.
REFUSALS: Final[dict[str, tuple[str, str]]] = {
    "400": ("Invalid", "Some of what was sent cannot be used; `fields` says what."),
    "401": ("NotAuthenticated", "Send a token that is in force, or sign in."),
    "403": ("Forbidden", "The role, or the token, does not allow this; or the organisation rests."),
    "404": ("NotFound", "There is nothing at this address, or it is another organisation's."),
    "409": ("Conflict", "It has changed meanwhile, or is in a state that does not allow this."),
    "413": ("TooLarge", "The body is larger than the limit."),
    "415": ("UnknownFormat", "The body is of a type that is not taken here."),
    "429": ("TooMany", "Too many in a short time; `Retry-After` says in how many seconds the next is let through."),
}
UNCHANGED: Final = ("NotModified", "The answer is the one whose `ETag` was sent as `If-None-Match`; it has no body.")
_REFUSAL: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Why a request was refused.",
    "properties": {
        "code": {"type": "string"},
        "message": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
    "required": ["code", "message"],
}
SPECTACULAR_SETTINGS: Final[dict[str, Any]] = {
    "TITLE": "Rapport API",
    "DESCRIPTION": "Every number of the pages, as exact decimals, and everything that can be configured.",
    "VERSION": "1",
    "TAGS": [{"name": name, "description": words} for name, words in HEADINGS.values()],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": ["tenants.rest.Public"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "APPEND_COMPONENTS": {
        "schemas": {"Refusal": _REFUSAL},
        "responses": {
            UNCHANGED[0]: {"description": UNCHANGED[1]},
            **{
                name: {
                    "description": words,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
                }
                for name, words in REFUSALS.values()
            },
        },
    },
    "ENUM_NAME_OVERRIDES": {
        "OrganisationKindEnum": "tenants.models.Organisation.Kind",
        "ImportKindEnum": "engagement.ingest.models.FileImport.Kind",
        "ImportStateEnum": "engagement.ingest.models.ImportState",
        "WorkStateEnum": "engagement.ingest.models.WorkState",
        "ConnectionStateEnum": "engagement.connections.models.Connection.State",
        "SyncStateEnum": "engagement.connections.models.Sync.State",
        "FeedbackKindEnum": "engagement.feedback.models.Kind",
        "FeedbackToneEnum": "engagement.feedback.models.Tone",
        "JudgedToneEnum": "engagement.feedback.serializers.JUDGED",
        "ThemeStateEnum": "engagement.feedback.models.Theme.State",
        "TargetMeasureEnum": "engagement.insights.models.Target.Measure",
        "ExplainedMeasureEnum": "engagement.scorecards.api_explaining.MEASURES",
        "RunStateEnum": "engagement.insights.serializers.STATES",
        "BandEnum": "engagement.scoring.formula.BAND_NAMES",
        "RiskStateEnum": "engagement.scorecards.serializers_at_risk.STATES",
        "BaselineOfEnum": "engagement.insights.models.RiskRule.Baseline",
        "CompanionMeasureEnum": "engagement.companions.serializers.MEASURE_KEYS",
        "ContradictionKindEnum": "engagement.companions.serializers.CONTRADICTIONS",
        "MoneyKindEnum": "engagement.companions.models.MonthlyMoney.Kind",
        "SurveyKindEnum": "engagement.companions.models.SurveyAnswer.Kind",
        "WeightSetStateEnum": "engagement.scoring.models.WeightSet.State",
        "StepStateEnum": "engagement.cases.models.Initiative.State",
        "JudgedMeasureEnum": "engagement.cases.models.Measure",
        "RestatementStateEnum": "engagement.scoring.models.Restatement.State",
        "CauseEnum": "engagement.scoring.models.ScoreRun.Cause",
        "FindingSeverityEnum": "engagement.cases.models.Finding.Severity",
        "PitfallSeverityEnum": "engagement.guidance.api_quality.SEVERITIES",
        "JobStateEnum": "engagement.validity.serializers.STATES",
        "ValidityCauseEnum": "engagement.validity.models.ValidityCheck.Cause",
        "EvidenceOutcomeEnum": "engagement.pooled.serializers.OUTCOMES",
        "OutreachOutcomeEnum": "engagement.insights.models.Outreach.Outcome",
        "OutcomeKindEnum": "engagement.validity.models.Outcome.Kind",
    },
}
