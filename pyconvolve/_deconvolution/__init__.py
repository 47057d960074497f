"""The methods of `pyconvolve.deconvolve`, one in each module."""
