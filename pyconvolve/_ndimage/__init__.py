"""Private parts of `pyconvolve.ndimage`."""
