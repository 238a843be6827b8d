"""Builders of valid values with sensible defaults, so that a test states only what it is about."""
