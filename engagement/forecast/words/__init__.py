"""Forecasts in sentences: plain, and no surer than the figures."""
