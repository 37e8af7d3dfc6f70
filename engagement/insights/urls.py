"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern

root_urls: list[URLPattern] = []
organisation_urls: list[URLPattern] = []
api_urls: list[URLPattern] = []
