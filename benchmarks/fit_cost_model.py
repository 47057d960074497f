"""Fit the numbers that the package plans by: tables, thresholds and constants.

    python benchmarks/fit_cost_model.py [--seconds 30]

The program measures on one core, for the instruction set in use (PYCONVOLVE_ISA chooses
another), and writes pyconvolve/_core/cost/constants.json in this source tree. It begins
with the numbers of this file, so that a second run is closer than the first one. A set,
or an element type, that the file doesn't have is planned by the nearest numbers: the
docstring of pyconvolve/_core/cost/__init__.py has the rule.
`pyconvolve tune` makes the same measurements, and writes into the user's cache folder.
"""

import argparse
from pathlib import Path

from pyconvolve import tuning

CORE = Path(__file__).parents[1] / "pyconvolve" / "_core"
FILE = CORE / "cost" / "constants.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--seconds", type=float, default=30, help="per fit; all take 24 times as long"
    )
    arguments = parser.parse_args()
    print(tuning.save(tuning.fit(arguments.seconds), FILE))


if __name__ == "__main__":
    main()
