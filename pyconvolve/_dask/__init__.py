"""Private parts of `pyconvolve.dask`."""
