"""Photographs filtered by pyconvolve and by SciPy, and a network that learns digits."""
