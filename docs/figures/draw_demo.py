"""Draw docs/demo.png, the picture of the README.

    python docs/figures/draw_demo.py

The program runs `pyconvolve demo` on a part of a photograph that comes with
scikit-image, and reduces the colours of the picture that the command saves.
"""

import sys
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from pyconvolve import cli

PICTURE = Path(__file__).parents[1] / "demo.png"
# Left, upper, right and lower end of the part, in pixels. The demo shows its centre.
PART = (80, 0, 380, 300)
# More colours make a larger file: 256 of them need 218 kB, 64 need 143 kB.
COLOURS = 64


def main() -> int:
    """Draw the picture; the exit code is that of the demo."""
    with TemporaryDirectory() as name:
        photograph = Path(name) / "astronaut.png"
        drawn = Path(name) / "drawn.png"
        with as_file(files("skimage") / "data" / "astronaut.png") as path:
            Image.open(path).convert("RGB").crop(PART).save(photograph)
        code = cli.main(["demo", str(photograph), "--output", str(drawn)])
        picture = Image.open(drawn).convert("RGB")
        reduced = picture.quantize(COLOURS, kmeans=1, dither=Image.Dither.NONE)
        reduced.save(PICTURE, optimize=True)
    print(PICTURE, f"{PICTURE.stat().st_size / 1000:.0f} kB")
    return code


if __name__ == "__main__":
    sys.exit(main())
