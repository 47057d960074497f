"""Time operators of convolutions beside `Convolver`, PyLops and SciPy.

    OPENBLAS_NUM_THREADS=1 python benchmarks/matrix.py [--seconds 2] [--only lsqr]

The program times both functions of each problem in turns, on one core, and prints the
least seconds of each and their ratio: those of the other function for one second of
ours. An operator's product with a vector is to take no longer than a `Convolver`. Least
squares are 50 iterations of `scipy.sparse.linalg.lsqr` with each operator, whose own
vectors take the same time for both. PyLops' operators are left out if it isn't there.
"""

import argparse
from collections.abc import Callable, Iterator

import numpy as np
import scipy.linalg
from filters import times
from scipy.sparse.linalg import lsqr

import pyconvolve
from pyconvolve.matrix import (
    ConvolutionOperator,
    circulant_operator,
    convolution_matrix,
    toeplitz_operator,
)

try:
    from pylops.signalprocessing import Convolve2D
except ImportError:
    Convolve2D = None

Function = Callable[[], object]
ITERATIONS = 50


def problems() -> Iterator[tuple[str, str, Function, Function]]:
    """Yield a title, whose function the other one is, our function and the other."""
    if Convolve2D is not None:
        # first, before other arrays have changed how the system gives memory
        yield from least_squares()
    yield from products()
    yield from toeplitz()
    yield from sparse()


def least_squares() -> Iterator[tuple[str, str, Function, Function]]:
    rng = np.random.default_rng(0)
    for side, taps in ((512, 15), (256, 9), (1024, 31)):
        h, x = rng.standard_normal((taps, taps)), rng.standard_normal((side, side))
        ours = ConvolutionOperator(h, x.shape, "same")
        theirs = Convolve2D(x.shape, h, offset=(taps // 2, taps // 2))
        y = ours @ x.ravel()
        np.testing.assert_allclose(theirs @ x.ravel(), y, 0, 1e-9)
        solve, product, adjoint = (
            [lambda f=f, a=a, y=y: f(a, y) for a in (ours, theirs)]
            for f in (solve_by, product_by, adjoint_by)
        )
        size = f"{side}^2 by {taps}^2, float64"
        yield f"lsqr, {ITERATIONS} iterations, {size}", "PyLops", *solve
        yield f"product, {size}", "PyLops", *product
        yield f"product with the adjoint, {size}", "PyLops", *adjoint


def solve_by(operator: object, y: np.ndarray) -> object:
    return lsqr(operator, y, atol=0, btol=0, conlim=0, iter_lim=ITERATIONS)


def product_by(operator: ConvolutionOperator, y: np.ndarray) -> object:
    return operator.matvec(y)


def adjoint_by(operator: ConvolutionOperator, y: np.ndarray) -> object:
    return operator.rmatvec(y)


def products() -> Iterator[tuple[str, str, Function, Function]]:
    rng = np.random.default_rng(0)
    for dtype in (np.float32, np.float64):
        for side, taps, boundary in (
            (2048, 31, "constant"),
            (2048, 31, "wrap"),
            (2048, 5, "constant"),
            (256, 9, "symmetric"),
            (64, 3, "constant"),
        ):
            x = rng.standard_normal((side, side)).astype(dtype)
            h = rng.standard_normal((taps, taps)).astype(dtype)
            how = {"mode": "same", "boundary": boundary}
            A = ConvolutionOperator(h, x.shape, **how)
            convolver = pyconvolve.Convolver(h, **how)
            vector = x.ravel()
            title = f"{side}^2 by {taps}^2, {boundary}, {np.dtype(dtype).name}"
            yield (
                f"product, {title}",
                "Convolver",
                lambda A=A, v=vector: A.matvec(v),
                lambda c=convolver, x=x: c(x),
            )
            yield (
                f"product with the adjoint, {title}",
                "Convolver",
                lambda A=A, v=vector: A.rmatvec(v),
                lambda c=convolver, x=x: c(x),
            )


def toeplitz() -> Iterator[tuple[str, str, Function, Function]]:
    rng = np.random.default_rng(0)
    for n in (100, 1000, 10_000, 100_000):
        c, r, x = rng.standard_normal((3, n))
        T, C = toeplitz_operator(c, r), circulant_operator(c)
        yield (
            f"toeplitz_operator, {n}",
            "scipy.linalg.matmul_toeplitz",
            lambda T=T, x=x: T.matvec(x),
            lambda c=c, r=r, x=x: scipy.linalg.matmul_toeplitz((c, r), x),
        )
        yield (
            f"circulant_operator.solve, {n}",
            "scipy.linalg.solve_circulant",
            lambda C=C, x=x: C.solve(x),
            lambda c=c, x=x: scipy.linalg.solve_circulant(c, x),
        )


def sparse() -> Iterator[tuple[str, str, Function, Function]]:
    """Matrices and their products, beside the operator."""
    rng = np.random.default_rng(0)
    for boundary in ("constant", "wrap"):
        h, x = rng.standard_normal((9, 9)), rng.standard_normal(256 * 256)
        how = {"shape": (256, 256), "mode": "same", "boundary": boundary}
        A, matrix = ConvolutionOperator(h, **how), convolution_matrix(h, **how)
        yield (
            f"product, 256^2 by 9^2, {boundary}, float64",
            "the sparse matrix",
            lambda A=A, x=x: A.matvec(x),
            lambda m=matrix, x=x: m @ x,
        )
        yield (
            f"product, 256^2 by 9^2, {boundary}, float64",
            "making the sparse matrix",
            lambda A=A, x=x: A.matvec(x),
            lambda h=h, how=how: convolution_matrix(h, **how),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=2, help="for each problem")
    parser.add_argument("--only", default="", help="part of the titles of problems")
    arguments = parser.parse_args()
    with pyconvolve.set_workers(1):
        for title, name, ours, other in problems():
            if arguments.only not in title:
                continue
            least, others = times([ours, other], arguments.seconds)
            print(
                f"{others / least:7.2f}  {1e3 * least:9.3f} ms, {name} "
                f"{1e3 * others:9.3f} ms  {title}",
                flush=True,
            )


if __name__ == "__main__":
    main()
