"""Times of pyconvolve and of other libraries for the same problems, in one process."""
