"""How the API behaves, and how its document reads: the part of the settings that no environment changes."""

from __future__ import annotations

from typing import Any, Final

REST_FRAMEWORK: Final[dict[str, Any]] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tenants.rest.ResolvedAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.rest.NamedPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "tenants.links.PublicPagination",
    "PAGE_SIZE": 100,
    "EXCEPTION_HANDLER": "tenants.rest.error_response",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS: Final[dict[str, Any]] = {
    "TITLE": "Rapport API",
    "DESCRIPTION": "Every number of the pages, as exact decimals, and everything that can be configured.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": ["tenants.rest.Public"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "OrganisationKindEnum": "tenants.models.Organisation.Kind",
        "ImportKindEnum": "engagement.ingest.models.FileImport.Kind",
        "WorkStateEnum": "engagement.ingest.models.WorkState",
        "TargetMeasureEnum": "engagement.insights.models.Target.Measure",
        "ExplainedMeasureEnum": "engagement.scorecards.api_explaining.MEASURES",
        "RunStateEnum": "engagement.insights.serializers.STATES",
        "BandEnum": "engagement.scoring.formula.BAND_NAMES",
        "RiskStateEnum": "engagement.scorecards.serializers_at_risk.STATES",
        "BaselineOfEnum": "engagement.insights.models.RiskRule.Baseline",
        "WeightSetStateEnum": "engagement.scoring.models.WeightSet.State",
        "RestatementStateEnum": "engagement.scoring.models.Restatement.State",
    },
}
