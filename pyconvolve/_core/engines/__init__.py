"""Ways to compute a convolution; each has supports, cost and prepare."""
