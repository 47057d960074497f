"""Compare register tiles of direct sums: rows, vectors, and bytes of a vector.

    python benchmarks/tiles.py [--compiler gcc] [--march x86-64-v4] [--dtype float]

tiles.c runs the loops of src/direct/tile.h. The program compiles it for tiles of
several sizes, and times them on a window in the caches, for tap columns of each span.
It prints the share of the best speed of all: a tile that keeps its accumulators in
registers comes close to 1. `TILE_ROWS` and `TILE_VECTORS` in src/common/simd.h were
chosen by it.
"""

import argparse
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

SOURCES = Path(__file__).parents[1] / "src"
TILES = ((3, 3), (4, 2), (4, 3), (4, 4), (5, 2), (6, 2), (6, 3), (8, 1), (8, 2), (8, 3))
SPANS = (1, 2, 3, 4, 5)
PROGRAM = Path(__file__).with_suffix(".c")


def speed(folder: Path, options: list[str], tile: tuple[int, int], span: int) -> float:
    """Return operations per second of one tile, for tap columns of one span."""
    program = folder / "tile"
    sizes = dict(zip(("TILE_ROWS", "TILE_VECTORS"), tile, strict=True))
    defined = [
        f"-D{name}={value}" for name, value in (sizes | {"SPANNED": span}).items()
    ]
    command = [*options, *defined, str(PROGRAM), "-o", str(program)]
    subprocess.run(command, check=True)
    done = subprocess.run([str(program)], check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--compiler", default="gcc")
    parser.add_argument("--march", default="native")
    parser.add_argument("--dtype", choices=["float", "double"], default="float")
    given = parser.parse_args()
    element = {"float": "FLOAT32", "double": "FLOAT64"}[given.dtype]
    found = {}
    with TemporaryDirectory() as name:
        for size in (
            (32, 64) if "v4" in given.march or given.march == "native" else (32,)
        ):
            options = [
                given.compiler,
                *("-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast"),
                *("-Wno-psabi", f"-march={given.march}", f"-DVECTOR_BYTES={size}"),
                *(f"-DREAL={given.dtype}", f"-DREAL_ELEMENT={element}"),
                *(f"-I{SOURCES / folder}" for folder in ("common", "direct")),
            ]
            for tile in TILES:
                found[size, tile] = [
                    speed(Path(name), options, tile, span) for span in SPANS
                ]
    best = max(max(speeds) for speeds in found.values())
    print(f"best {1e-9 * best:.1f} GFLOP/s; spans {', '.join(map(str, SPANS))}")
    for (size, (rows, vectors)), speeds in found.items():
        shares = " ".join(f"{value / best:5.2f}" for value in speeds)
        print(f"{rows} x {vectors} vectors of {size} bytes  {shares}")


if __name__ == "__main__":
    main()
