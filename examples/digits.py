"""Trains a small convolutional network on handwritten digits, with NumPy only.

The network is in pyconvolve/demo/network.py: two layers of `pyconvolve.nn`, pooling, a
linear layer, and their gradients. pyconvolve/demo/digits.py trains it three times:

- all weights;
- all weights, and `kernels.normalize` gives each filter unit energy after each step;
- all weights but the filters of the first layer, which are learned by k-means on
  patches of the images, or random, or hand-made edges and corners (--first).

It prints the accuracy on digits that were held out and the seconds of each training,
and saves a picture of the filters. `pip install ".[demo]"` installs what it needs.
"""

import argparse
from pathlib import Path

from pyconvolve.demo import digits


def main() -> None:
    """Train, print and save."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, help="number of images (default: all)")
    parser.add_argument("--epochs", type=int, default=digits.EPOCHS)
    parser.add_argument("--first", choices=digits.FIRST, default=digits.FIRST[0])
    parser.add_argument("--output", type=Path, default=Path("digits.png"))
    given = parser.parse_args()
    results = digits.train(given.images, given.epochs, given.first)
    digits.save_picture(results, given.output)
    digits.show(results, given.output)


if __name__ == "__main__":
    main()
