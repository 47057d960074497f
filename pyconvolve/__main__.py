"""``python -m pyconvolve`` is the command ``pyconvolve``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
