"""Runs the command ``pyconvolve`` for ``python -m pyconvolve``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
