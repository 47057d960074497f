"""Ways to compute a convolution; each has supports, seconds and prepare."""
