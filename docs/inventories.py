"""Fetch the lists of other projects' pages, which the documentation then links to.

The program takes no arguments: python docs/inventories.py

It needs the network. Without it, or without this program, names of other projects are
shown without links.
"""

import sys
from pathlib import Path
from urllib.request import urlopen

FOLDER = Path(__file__).parent / "inventories"
PROJECTS = {
    "python": "https://docs.python.org/3",
    "numpy": "https://numpy.org/doc/stable",
    "scipy": "https://docs.scipy.org/doc/scipy",
    "dask": "https://docs.dask.org/en/stable",
    "xarray": "https://docs.xarray.dev/en/stable",
    "matplotlib": "https://matplotlib.org/stable",
}


def main() -> int:
    """Save the inventories; the exit code is 1 if one can't be fetched."""
    FOLDER.mkdir(exist_ok=True)
    code = 0
    for name, address in PROJECTS.items():
        try:
            with urlopen(f"{address}/objects.inv", timeout=30) as response:
                inventory = response.read()
        except OSError as error:
            print(f"{address}: {error}", file=sys.stderr)
            code = 1
        else:
            (FOLDER / f"{name}.inv").write_bytes(inventory)
            print(FOLDER / f"{name}.inv")
    return code


if __name__ == "__main__":
    sys.exit(main())
