from __future__ import annotations

from django.apps import AppConfig


class ScoringConfig(AppConfig):
    name = "engagement.scoring"
    label = "scoring"
