"""The transform: values of a polynomial at all roots of 1, or of i, in any order."""

from functools import cache
from math import prod
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pyconvolve._core import cost, cpu, planner
from pyconvolve._core.engines.fft.modules import SOURCES

pytestmark = pytest.mark.compiled

# Element types, and those that a kernel with wider vectors computes in.
ELEMENTS = ["float32", "float64", "longdouble"]
if cpu.wide():
    ELEMENTS += ["wide float32", "wide float64"]
PASSES = cost.constants().tables["passes"]
SHORT = [n for n in planner.all_lengths(PASSES[32]) if n <= 700]
LENGTHS = [*SHORT, 1024, 2048, 3000, 4096, 6000]
# Number of outputs of a transform that are compared with direct sums.
SAMPLE = 100

every_element = pytest.mark.parametrize("element", ELEMENTS)
every_start = pytest.mark.parametrize("halved", [False, True], ids=["whole", "halved"])
every_length = pytest.mark.parametrize("points", LENGTHS)


class Transform(NamedTuple):
    """Compiled passes of some radices."""

    module: ModuleType
    radices: tuple[int, ...]
    twiddles: bytes

    @property
    def points(self) -> int:
        return prod(self.radices)

    def run(self, packed: NDArray[Any], inverse: bool) -> None:
        self.module.transform(packed, self.radices, self.twiddles, inverse)


def module_of(element: str) -> ModuleType:
    *wide, name = element.split()
    return cpu.module(SOURCES["wide" if wide else "usual"], name)


def transform(element: str, radices: tuple[int, ...], halved: bool) -> Transform:
    name = element.split()[-1]
    twiddles = planner.twiddles(name, radices, halved)
    return Transform(module_of(element), radices, twiddles)


def plan(element: str, points: int, halved: bool) -> Transform:
    _, registers, _ = module_of(element).SHAPE
    return transform(element, planner.radices_of(points, PASSES[registers]), halved)


def signals(element: str, points: int, seed: int = 0) -> NDArray[Any]:
    """A different random signal for each lane."""
    rng = np.random.default_rng(seed)
    lanes, _, _ = module_of(element).SHAPE
    name = element.split()[-1]
    real, imaginary = rng.standard_normal((2, lanes, points))
    return (real + 1j * imaginary).astype(np.result_type(name, "c8"))


def run(planned: Any, x: NDArray[Any], inverse: bool = False) -> NDArray[Any]:
    packed = np.ascontiguousarray(np.stack([x.T.real, x.T.imag], 1))
    planned.run(packed, inverse)
    result = np.empty_like(x)
    result.real, result.imag = packed[:, 0].T, packed[:, 1].T
    return result


def bound(x: NDArray[Any]) -> Any:
    """Return a bound of the errors: outputs are about as large as the input's norm."""
    log = max(np.log2(x.shape[-1]), 1)
    return 8 * np.finfo(x.dtype).eps * log * np.linalg.norm(x, axis=-1)


def largest(x: NDArray[Any]) -> Any:
    return abs(x).max(-1)


@cache
def circle(order: int) -> NDArray[Any]:
    """All roots of 1 of an order."""
    eighth = np.arange(order // 8 + 1).astype(np.longdouble) / order
    eighth *= 8 * np.arctan(np.longdouble(1))
    cosine, sine = np.zeros((2, order // 4), np.longdouble)
    cosine[: eighth.size], sine[: eighth.size] = np.cos(eighth), np.sin(eighth)
    rest = np.arange(eighth.size, order // 4)
    cosine[rest], sine[rest] = sine[order // 4 - rest], cosine[order // 4 - rest]
    quarter = cosine + 1j * sine
    return np.concatenate([quarter, 1j * quarter, -quarter, -1j * quarter])


def turns(planned: Any, element: str) -> NDArray[np.int64]:
    """Return the roots of the outputs, as indices of `circle(4 * points)`."""
    impulse = np.zeros_like(signals(element, planned.points))
    impulse[:, 1] = 1
    roots = run(planned, impulse)
    assert (roots == roots[:1]).all()
    steps = np.angle(roots[0]) * (4 * planned.points / (2 * np.pi))
    return np.rint(steps.astype(float)).astype(np.int64) % (4 * planned.points)


@pytest.mark.pairwise
@every_element
@every_start
@every_length
def test_impulses_give_powers_of_all_roots(
    points: int, halved: bool, element: str
) -> None:
    planned = plan(element, points, halved)
    step = turns(planned, element)
    # the roots of i are the first, fifth, ninth ... step
    np.testing.assert_array_equal(np.sort(step), np.arange(halved, 4 * points, 4))
    x = signals(element, points)
    for j in {0, 1, 2, 3, points // 2, points - 1, *range(5, points, points // 4)}:
        x[:] = 0
        x[:, j] = 1
        powers = circle(4 * points)[step * j % (4 * points)]
        assert (largest(run(planned, x) - powers) <= bound(x)).all()


@pytest.mark.pairwise
@every_element
@every_start
@every_length
def test_values_at_the_roots(points: int, halved: bool, element: str) -> None:
    planned = plan(element, points, halved)
    x = signals(element, points)
    chosen = np.random.default_rng(1).permutation(points)[:SAMPLE]
    step = turns(planned, element)[chosen]
    powers = circle(4 * points)[np.outer(np.arange(points), step) % (4 * points)]
    some = x[[0, len(x) // 2, -1]]
    error = run(planned, x)[[0, len(x) // 2, -1]][:, chosen] - some @ powers
    assert (largest(error) <= bound(some)).all()


@every_start
@every_length
def test_equals_numpy_in_another_order(points: int, halved: bool) -> None:
    planned, x = plan("float64", points, halved), signals("float64", points)
    start = circle(4 * points)[np.arange(points) * halved].astype(complex)
    want = np.fft.ifft(x * start, norm="forward")
    got = np.empty_like(x)
    got[:, turns(planned, "float64") // 4] = run(planned, x)
    assert (largest(got - want) <= bound(x)).all()


@pytest.mark.pairwise
@every_element
@every_start
@every_length
def test_back_again(points: int, halved: bool, element: str) -> None:
    planned, x = plan(element, points, halved), signals(element, points)
    there = run(planned, x)
    back = run(planned, there, True)
    assert (largest(back - points * x) <= np.sqrt(points) * bound(x)).all()
    energy = np.linalg.norm(there, axis=1) / np.linalg.norm(x, axis=1)
    eps = np.finfo(x.dtype).eps
    assert abs(energy**2 / points - 1).max() <= 8 * eps * np.log2(points)
    repeated = run(planned, run(planned, x, True))
    assert (largest(repeated - points * x) <= np.sqrt(points) * bound(x)).all()


@pytest.mark.pairwise
@every_element
@every_start
@every_length
def test_shifts_multiply_by_the_roots(points: int, halved: bool, element: str) -> None:
    planned, x = plan(element, points, halved), signals(element, points)
    step, still = turns(planned, element), run(planned, x)
    for shift in {1, points // 3, points - 1}:
        moved = np.roll(x, shift, 1)
        if halved:
            moved[:, :shift] *= 1j
        want = still * circle(4 * points)[step * shift % (4 * points)]
        assert (largest(run(planned, moved) - want) <= 2 * bound(x)).all()


@pytest.mark.pairwise
@every_element
@every_start
@pytest.mark.parametrize("points", [4, 8, 12, 20, 32, 96, 240, 480, 3000, 4096])
def test_products_are_convolutions(points: int, halved: bool, element: str) -> None:
    planned = plan(element, points, halved)
    x, h = signals(element, points), signals(element, points, 1)
    got = run(planned, run(planned, x) * run(planned, h), True) / points
    index = np.add.outer(np.arange(0, points, max(points // 50, 1)), -np.arange(points))
    wrapped = np.where(index < 0, 1j if halved else 1, 1).astype(np.clongdouble)
    for lane in (0, len(x) - 1):
        want = (h[lane][index] * wrapped) @ x[lane].astype(np.clongdouble)
        error = got[lane, :: max(points // 50, 1)] - want
        assert largest(error) <= 2 * bound(x[lane]) * np.linalg.norm(h[lane])


@given(
    st.sampled_from(ELEMENTS),
    st.sampled_from(SHORT),
    st.booleans(),
    st.booleans(),
    st.integers(0, 999),
)
@settings(max_examples=settings.default.max_examples // 2)
def test_linear(
    element: str, points: int, halved: bool, inverse: bool, seed: int
) -> None:
    planned = plan(element, points, halved)
    x, y = signals(element, points, seed), signals(element, points, seed + 1)
    factor = np.array(3 - 2j).astype(x.dtype)
    left = run(planned, x + factor * y, inverse)
    right = run(planned, x, inverse) + factor * run(planned, y, inverse)
    assert (largest(left - right) <= 2 * (bound(x) + 4 * bound(y))).all()
    # powers of two are exact
    np.testing.assert_array_equal(
        run(planned, 4 * x, inverse), 4 * run(planned, x, inverse)
    )


@pytest.mark.pairwise
@every_element
@every_start
@pytest.mark.parametrize("points", [4, 60, 96, 512, 3000])
def test_lanes_are_independent(points: int, halved: bool, element: str) -> None:
    planned, x = plan(element, points, halved), signals(element, points)
    want = run(planned, x)
    for inverse in (False, True):
        want = run(planned, x, inverse)
        np.testing.assert_array_equal(run(planned, x[::-1], inverse), want[::-1])
        for lane in range(len(x)):
            single = np.zeros_like(x)
            single[lane] = x[lane]
            got = run(planned, single, inverse)
            np.testing.assert_array_equal(got[lane], want[lane])
            assert not np.delete(got, lane, 0).any()
            with_nan = x.copy()
            with_nan[lane, points // 3] = np.nan
            got = np.delete(run(planned, with_nan, inverse), lane, 0)
            np.testing.assert_array_equal(got, np.delete(want, lane, 0))


@every_element
@pytest.mark.parametrize("radix", [2, 3, 4, 5, 6, 8, 10, 12])
def test_a_pass_of_each_radix(radix: int, element: str) -> None:
    x = signals(element, radix)
    order = np.outer(np.arange(radix), np.arange(radix)) % radix
    # some block whose root is no power of i, too
    for turn in (0, 1, 3, 7):
        whole = circle(8 * 15 * radix)
        twiddles = whole[8 * np.arange(1, radix) * turn]
        pairs = np.stack([twiddles.real, twiddles.imag], -1).ravel()
        pairs = pairs.astype(element.split()[-1])
        planned = Transform(module_of(element), (radix,), pairs.tobytes())
        powers = whole[
            (8 * turn * np.arange(radix)[:, None] + 120 * order) % len(whole)
        ]
        got = run(planned, x)
        assert (largest(got - x @ powers) <= bound(x)).all()
        back = run(planned, got, True)
        assert (largest(back - radix * x) <= np.sqrt(radix) * bound(x)).all()


@every_element
def test_transforms_run_side_by_side(element: str) -> None:
    """A transform changes no memory but its array."""
    planned = [plan(element, n, halved) for n in (60, 96) for halved in (0, 1)]
    inputs = [signals(element, each.points) for each in planned]
    first = [run(each, x) for each, x in zip(planned, inputs, strict=True)]
    for _ in range(2):
        for each, x, want in zip(planned, inputs, first, strict=True):
            np.testing.assert_array_equal(run(each, x), want)


def test_lengths() -> None:
    known = np.array(planner.all_lengths(PASSES[16]))
    assert (np.diff(known) > 0).all()
    smooth = [
        n for n in range(4, 20001, 4) if prod(f**9 for f in (2, 3, 5)) ** 9 % n == 0
    ]
    np.testing.assert_array_equal(known[known <= 20000], smooth)
    assert known[-1] == 2**24


@cache
def orders(points: int) -> list[tuple[int, ...]]:
    """All sequences of radices with a product."""
    if points == 1:
        return [()]
    return [
        (radix, *rest)
        for radix in (2, 3, 4, 5, 6, 8, 10, 12)
        if points % radix == 0
        for rest in orders(points // radix)
    ]


@pytest.mark.pairwise
@every_element
@every_start
@pytest.mark.parametrize("points", [48, 120, 240])
def test_passes_in_any_order(points: int, halved: bool, element: str) -> None:
    x = signals(element, points)
    for outer in orders(points // 4):
        planned = transform(element, (*outer, 4), halved)
        got = run(planned, x)
        step = turns(planned, element)
        np.testing.assert_array_equal(np.sort(step), np.arange(halved, 4 * points, 4))
        powers = circle(4 * points)[np.outer(np.arange(points), step) % (4 * points)]
        assert (largest(got - x @ powers) <= bound(x)).all()
        back = run(planned, got, True)
        assert (largest(back - points * x) <= np.sqrt(points) * bound(x)).all()


@pytest.mark.parametrize("registers", [16, 32])
def test_radices(registers: int) -> None:
    each = PASSES[registers]
    for points in planner.all_lengths(each):
        found = planner.radices_of(points, each)
        assert prod(found) == points
        assert found[-1] == 4
        assert {*found} <= {2, 3, 4, 5, 6, 8, 10, 12}
        assert list(found[:-1]) == sorted(found[:-1])
        if points <= 500:
            taken = sum(each[radix] for radix in found[:-1])
            least = min(
                sum(each[radix] for radix in outer) for outer in orders(points // 4)
            )
            assert taken <= least * (1 + 1e-12)


def test_every_radix_is_of_use() -> None:
    used = {
        radix
        for passes in PASSES.values()
        for n in SHORT
        for radix in planner.radices_of(n, passes)
    }
    assert used == {2, 3, 4, 5, 6, 8, 10, 12}


@pytest.mark.parametrize(
    "points", [-4, 0, 1, 2, 3, 5, 6, 10, 18, 28, 30, 44, 700, 4 * 7**3, 2**24 + 4]
)
def test_other_lengths_are_refused(points: int) -> None:
    with pytest.raises(ValueError, match=f"not {points}"):
        planner.radices_of(points, PASSES[16])


@pytest.mark.pairwise
@pytest.mark.parametrize("element", ["float32", "float64", "longdouble"])
@pytest.mark.parametrize(("radices", "points"), [((8, 4), 64), ((5, 3, 4), 96)])
@pytest.mark.parametrize("halved", [False, True])
def test_four_step_twiddles(
    halved: bool, radices: tuple[int, ...], points: int, element: str
) -> None:
    """A coarse twiddle times a fine one is a power of a root of the columns."""
    lanes, _, fine = module_of(element).SHAPE
    rows = prod(radices)
    if rows % lanes:
        return
    made = planner.four_step_twiddles(element, radices, halved, points, lanes, fine)
    table = np.frombuffer(made, element).reshape(rows // lanes, -1, 2, lanes)
    table = table.transpose(0, 3, 1, 2).reshape(rows, -1, 2).astype(np.longdouble)
    pairs = table[..., 0] + 1j * table[..., 1]
    coarse, steps = pairs[:, : points // fine], pairs[:, points // fine :]
    powers = (coarse[:, :, None] * (1 + steps[:, None])).reshape(rows, points)
    # of the rows' roots, those of the columns' transform, in its order
    columns = transform("longdouble", radices, halved)
    turn = turns(columns, "longdouble")
    turn = np.where(turn > 2 * rows, turn - 4 * rows, turn)
    want = circle(4 * rows * points)[
        np.outer(turn, np.arange(points)) % (4 * rows * points)
    ]
    assert abs(powers - want).max() <= 3 * np.finfo(element).eps
