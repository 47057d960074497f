"""Stands in for SciPy: its names, its messages and its choices."""
