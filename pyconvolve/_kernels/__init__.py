"""Compiled kernels: one module per kernel, element type and instruction set."""
