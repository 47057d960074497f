"""Convolution of streams, block by block."""
