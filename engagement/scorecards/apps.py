from __future__ import annotations

from django.apps import AppConfig


class ScorecardsConfig(AppConfig):
    name = "engagement.scorecards"
    label = "scorecards"
