"""Stands in for SciPy: its names, its messages, its choices, and patching it."""
