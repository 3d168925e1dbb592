"""Measurements of this package; see README.md."""
