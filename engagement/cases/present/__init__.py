"""Findings, steps, read-outs and tests as they are printed."""
