from __future__ import annotations

from django.apps import AppConfig


class PooledConfig(AppConfig):
    name = "engagement.pooled"
    label = "pooled"
