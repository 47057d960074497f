"""The reference itself, compared with numpy.pad, NumPy, SciPy and sums by hand."""

from fractions import Fraction

import numpy as np
import pytest
import reference
import scipy.signal

from pyconvolve._core.boundary import BOUNDARIES

CONTINUED = {
    "constant": "0 0 0 0 0 | 1 2 3 | 0 0 0 0 0",
    "edge": "1 1 1 1 1 | 1 2 3 | 3 3 3 3 3",
    "reflect": "2 1 2 3 2 | 1 2 3 | 2 1 2 3 2",
    "symmetric": "2 3 3 2 1 | 1 2 3 | 3 2 1 1 2",
    "wrap": "2 3 1 2 3 | 1 2 3 | 1 2 3 1 2",
}


def continued(x: np.ndarray, boundary: str, width: int) -> np.ndarray:
    source = reference.SOURCE[boundary](np.arange(-width, len(x) + width), len(x))
    return np.where(source == reference.OUTSIDE, 0, x[source])


def test_every_boundary_is_known_here() -> None:
    assert set(BOUNDARIES) == set(reference.SOURCE) == set(CONTINUED)


@pytest.mark.parametrize("boundary", CONTINUED)
def test_continued_as_in_the_table(boundary: str) -> None:
    want = CONTINUED[boundary].replace("|", "").split()
    got = continued(np.array([1, 2, 3]), boundary, 5)
    np.testing.assert_array_equal(got, np.array(want, int))


@pytest.mark.parametrize("n", [1, 2, 3, 7])
@pytest.mark.parametrize("boundary", CONTINUED)
def test_continued_as_numpy_pads(boundary: str, n: int) -> None:
    x = np.arange(1, n + 1)
    want = np.pad(x, 20, mode=boundary)
    np.testing.assert_array_equal(continued(x, boundary, 20), want)


@pytest.mark.parametrize("taps", [1, 4, 5, 19])
@pytest.mark.parametrize("boundary", CONTINUED)
def test_full_is_padding_then_valid(boundary: str, taps: int) -> None:
    x, h = np.arange(7) ** 2 - 5, np.arange(taps) - 2
    want = np.convolve(np.pad(x, taps - 1, mode=boundary), h, "valid")
    np.testing.assert_array_equal(reference.convolve(x, h, boundary=boundary), want)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("kernel", [(3, 4), (2, 5), (6, 7), (1, 1)])
def test_as_scipy(kernel: tuple[int, int], mode: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(-9, 9, (6, 7)) + 1j * rng.integers(-9, 9, (6, 7))
    h = rng.integers(-9, 9, kernel) + 1j * rng.integers(-9, 9, kernel)
    for name in ("convolve", "correlate"):
        for a, b in ((x, h), (h, x)):
            want = getattr(scipy.signal, name)(a, b, mode, "direct")
            got = getattr(reference, name)(a, b, mode)
            np.testing.assert_array_equal(got, want)


def test_by_hand() -> None:
    x, h = [1, 2, 3, 4, 5], [1, 10]
    convolve = reference.convolve
    assert convolve(x, h, "full").tolist() == [1, 12, 23, 34, 45, 50]
    assert convolve(x, h, "same").tolist() == [1, 12, 23, 34, 45]
    assert convolve(x, h, "same", stride=2).tolist() == [1, 23, 45]
    assert convolve(x, h, "full", dilation=3).tolist() == [1, 2, 3, 14, 25, 30, 40, 50]
    assert convolve(x, h, "same", origin=-1).tolist() == [0, 1, 12, 23, 34]
    assert reference.correlate(x, h, "same").tolist() == [10, 21, 32, 43, 54]
    assert reference.correlate(x, h, "same", origin=-1).tolist() == [21, 32, 43, 54, 5]
    assert convolve(x, h, "same", cval=7).tolist() == [71, 12, 23, 34, 45]
    assert convolve(np.uint8([200]), np.uint8([3])).tolist() == [600 - 512]
    assert convolve(np.int8([-100]), np.int8([2])).tolist() == [256 - 200]
    assert convolve([True, False], [True, True]).tolist() == [True, True, False]
    assert convolve([Fraction(1, 3)], [3, 6]).tolist() == [1, 2]
    columns = convolve([[1, 2], [3, 4]], [1, 1], axes=0)
    assert columns.tolist() == [[1, 2], [4, 6], [3, 4]]
    assert convolve([np.inf, 1], [0, 1]).tolist()[1:] == [np.inf, 1]
