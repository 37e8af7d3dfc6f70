"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from engagement.cases import api, api_experiments, views
from engagement.cases.views import experiments, steps

root_urls: list[URLPattern] = []
organisation_urls: list[URLPattern] = [
    path("cases/", views.cases, name="cases"),
    path("cases/findings/new/", views.finding_new, name="finding-new"),
    path("cases/findings/<uuid:finding_id>/", views.finding, name="finding"),
    path("cases/findings/<uuid:finding_id>/change/", views.finding_change, name="finding-change"),
    path("cases/findings/<uuid:finding_id>/close/", views.finding_close, name="finding-close"),
    path("cases/findings/<uuid:finding_id>/open/", views.finding_reopen, name="finding-reopen"),
    path("cases/steps/new/", steps.step_new, name="step-new"),
    path("cases/steps/<uuid:step_id>/", steps.step, name="step"),
    path("cases/steps/<uuid:step_id>/change/", steps.step_change, name="step-change"),
    path("cases/steps/<uuid:step_id>/start/", steps.step_start, name="step-start"),
    path("cases/steps/<uuid:step_id>/end/", steps.step_end, name="step-end"),
    path("cases/steps/<uuid:step_id>/stop/", steps.step_stop, name="step-stop"),
    path("cases/steps/<uuid:step_id>/read-out/", steps.step_read_out, name="step-read-out"),
    path("cases/steps/<uuid:step_id>/progress/", steps.step_progress, name="step-progress"),
    path("cases/tests/", experiments.experiments, name="experiments"),
    path("cases/tests/new/", experiments.experiment_new, name="experiment-new"),
    path("cases/tests/<uuid:experiment_id>/", experiments.experiment, name="experiment"),
    path("cases/tests/<uuid:experiment_id>/progress/", experiments.experiment_progress, name="experiment-progress"),
    path("cases/tests/<uuid:experiment_id>/start/", experiments.experiment_start, name="experiment-start"),
    path("cases/tests/<uuid:experiment_id>/stop/", experiments.experiment_stop, name="experiment-stop"),
    path("cases/tests/<uuid:experiment_id>/read-out/", experiments.experiment_read_out, name="experiment-read-out"),
]
_O = "organisations/<slug:slug>/cases/"
api_urls: list[URLPattern] = [
    path(_O + "findings/", api.Findings.as_view(), name="api-findings"),
    path(_O + "findings/<uuid:finding_id>/", api.OneFinding.as_view(), name="api-finding"),
    path(_O + "steps/", api.Steps.as_view(), name="api-steps"),
    path(_O + "steps/<uuid:step_id>/", api.OneStep.as_view(), name="api-step"),
    path(_O + "steps/<uuid:step_id>/state/", api.StepState.as_view(), name="api-step-state"),
    path(_O + "steps/<uuid:step_id>/read-outs/", api.ReadOuts.as_view(), name="api-step-read-outs"),
    path(_O + "tests/", api_experiments.Trials.as_view(), name="api-experiments"),
    path(_O + "tests/<uuid:experiment_id>/", api_experiments.OneTrial.as_view(), name="api-experiment"),
    path(_O + "tests/<uuid:experiment_id>/state/", api_experiments.TrialState.as_view(), name="api-experiment-state"),
    path(
        _O + "tests/<uuid:experiment_id>/read-outs/",
        api_experiments.TrialReadOuts.as_view(),
        name="api-experiment-read-outs",
    ),
]
