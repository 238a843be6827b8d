"""Packs and treatments as YAML, checked against their schemas, into frozen domain types."""
