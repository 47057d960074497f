"""Convolutions as matrices and operators: `pyconvolve.matrix` has the names."""
