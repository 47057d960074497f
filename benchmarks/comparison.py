"""Time pyconvolve beside other libraries, as `pyconvolve bench` does.

    python benchmarks/comparison.py [--quick] [--workers N] [--json FILE] [--plot FILE]

docs/guide/speed.md describes how times are taken, and has the tables of one run.
"""

import sys

from pyconvolve.cli import main

if __name__ == "__main__":
    sys.exit(main(["bench", *sys.argv[1:]]))
