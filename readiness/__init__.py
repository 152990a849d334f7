"""Readiness: launch reviews decided from evidence files."""

__version__ = "0.1.0"
