"""Private parts of `pyconvolve.xarray`."""
