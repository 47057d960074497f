"""Compiled modules: one per source, element type and instruction set."""
