"""What it takes to stand in for SciPy: its names, its messages, patching it."""
