"""Photographs filtered by pyconvolve and by SciPy: times, agreement, a picture."""
