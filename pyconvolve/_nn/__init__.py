"""Layers: their arguments and descriptions, pooling, and checks of equivariance."""
