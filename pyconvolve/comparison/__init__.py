"""pyconvolve beside other libraries: the same problems, in one process, in turn."""
