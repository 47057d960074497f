"""Kernels taken apart, put together, looked at and learned, and what goes before."""

import re
import sys
import tomllib
from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from problems import any_values, small_integers
from scipy import ndimage, signal

import pyconvolve
from pyconvolve import kernels

SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple)
SEEDS = st.integers(0, 999)
PROJECT = Path(__file__).parent.parent / "pyproject.toml"


@given(SHAPES, SEEDS, st.sampled_from(["f4", "f8", "c16", "i4"]))
@settings(max_examples=150)
def test_products_are_separated(shape: tuple[int, ...], seed: int, dtype: str) -> None:
    factors = [small_integers((n,), dtype, seed + a) for a, n in enumerate(shape)]
    kernel = reduce(np.multiply.outer, factors)
    parts = kernels.separate(kernel)
    assert [part.shape for part in parts] == [(n,) for n in shape]
    np.testing.assert_allclose(
        reduce(np.multiply.outer, parts), kernel, atol=1e-5 * abs(kernel).max()
    )
    for part in parts[1:]:
        assert not kernel.any() or abs(part).max() == pytest.approx(1)
    assert kernels.rank(kernel) == kernel.any()


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 6), SEEDS)
@settings(max_examples=150)
def test_rank_of_matrices(rows: int, columns: int, terms: int, seed: int) -> None:
    left = small_integers((rows, terms), float, seed)
    kernel = left @ small_integers((terms, columns), float, seed + 1)
    expected = np.linalg.matrix_rank(kernel)
    assert kernels.rank(kernel) == expected
    assert kernels.rank(kernel * 1e-300) == expected
    if expected > 1:
        with pytest.raises(ValueError, match=rf"separable.* rank is {expected}"):
            kernels.separate(kernel)


@given(st.lists(st.integers(2, 4), min_size=3, max_size=4), SEEDS)
@settings(max_examples=60)
def test_rank_of_volumes(shape: list[int], seed: int) -> None:
    kernel = small_integers(tuple(shape), float, seed)
    assume(kernel.any())
    lines = [np.moveaxis(kernel, a, 0).reshape(n, -1) for a, n in enumerate(shape)]
    assert kernels.rank(kernel) == max(map(np.linalg.matrix_rank, lines))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g", "c8", "c16", "G"])
@pytest.mark.parametrize(
    ("make", "rank"),
    [
        (kernels.sobel, 1),
        (lambda dtype: kernels.gaussian((1, 2, 0.5), dtype=dtype), 1),
        (lambda dtype: kernels.gaussian(2, order=1, ndim=2, dtype=dtype), 1),
        (kernels.laplacian, 2),
        (lambda dtype: kernels.laplacian(ndim=3, dtype=dtype), 2),
        (kernels.emboss, 3),
        (lambda dtype: kernels.laplacian_of_gaussian(1.1, dtype=dtype), 2),
    ],
)
def test_rank_of_kernels(
    make: Callable[..., np.ndarray], rank: int, dtype: str
) -> None:
    kernel = make(dtype=dtype)
    tolerance = 8 * max(float(np.finfo(dtype).eps), 1e-15)
    assert kernels.rank(kernel, tolerance=tolerance) == rank
    if rank == 1:
        factors = kernels.separate(kernel)
        assert {factor.dtype for factor in factors} == {kernel.dtype}
    else:
        with pytest.raises(ValueError, match=rf"rank is {kernels.rank(kernel)}"):
            kernels.separate(kernel)


def test_tolerance_is_relative() -> None:
    kernel = np.outer([1, 2, 3], [4, 5, 6]) * 1e6
    kernel[0, 0] += 1e3
    assert kernels.rank(kernel) == 2
    assert kernels.rank(kernel, tolerance=1e-3) == 1
    rows, columns = kernels.separate(kernel, tolerance=1e-3)
    np.testing.assert_allclose(np.outer(rows, columns), kernel, atol=1e-3 * 18e6)
    with pytest.raises(ValueError, match="separable"):
        kernels.separate(kernel, tolerance=1e-6)


@given(SHAPES, SEEDS, st.data())
@settings(max_examples=100)
def test_flip_turns_convolution_into_correlation(
    shape: tuple[int, ...], seed: int, data: st.DataObject
) -> None:
    kernel = small_integers(shape, float, seed)
    x = small_integers(tuple(n + 3 for n in shape), float, seed + 1)
    for mode in ("full", "valid"):
        np.testing.assert_array_equal(
            pyconvolve.convolve(x, kernels.flip(kernel), mode, "direct"),
            pyconvolve.correlate(x, kernel, mode, "direct"),
        )
    axes = data.draw(st.permutations(range(len(shape))))
    axes = axes[: data.draw(st.integers(1, len(shape)))]
    flipped = kernels.flip(kernel, axes)
    np.testing.assert_array_equal(flipped, np.flip(kernel, axes))
    np.testing.assert_array_equal(kernels.flip(flipped, axes), kernel)
    assert np.shares_memory(flipped, kernel)


def test_flip_of_one_axis() -> None:
    kernel = np.arange(6).reshape(2, 3)
    assert kernels.flip(kernel, -1).tolist() == [[2, 1, 0], [5, 4, 3]]
    assert kernels.flip(kernel, 0).tolist() == [[3, 4, 5], [0, 1, 2]]
    assert kernels.flip(kernel).tolist() == [[5, 4, 3], [2, 1, 0]]


@given(SHAPES, SEEDS, st.data())
@settings(max_examples=150)
def test_embed_keeps_the_centre(
    shape: tuple[int, ...], seed: int, data: st.DataObject
) -> None:
    kernel = small_integers(shape, int, seed)
    larger = tuple(n + data.draw(st.integers(0, 5)) for n in shape)
    got = kernels.embed(kernel, larger)
    assert got.shape == larger
    assert got.dtype == kernel.dtype
    starts = [(m - 1) // 2 - (n - 1) // 2 for m, n in zip(larger, shape, strict=True)]
    inside = tuple(slice(s, s + n) for s, n in zip(starts, shape, strict=True))
    np.testing.assert_array_equal(got[inside], kernel)
    assert abs(got).sum() == abs(kernel).sum()
    x = small_integers(tuple(n + 1 for n in larger), int, seed + 1)
    np.testing.assert_array_equal(
        pyconvolve.convolve(x, got, "same"), pyconvolve.convolve(x, kernel, "same")
    )


@given(SHAPES, SEEDS, st.data())
@settings(max_examples=100)
def test_embed_makes_circular_convolutions(
    shape: tuple[int, ...], seed: int, data: st.DataObject
) -> None:
    kernel = small_integers(shape, float, seed)
    larger = tuple(n + data.draw(st.integers(0, 5)) for n in shape)
    x = small_integers(larger, float, seed + 1)
    ring = kernels.embed(kernel, larger, cyclic=True)
    circular = np.fft.ifftn(np.fft.fftn(x) * np.fft.fftn(ring)).real
    same = pyconvolve.convolve(x, kernel, "same", "direct", boundary="wrap")
    np.testing.assert_allclose(circular, same, atol=1e-10)
    centre = tuple((n - 1) // 2 for n in shape)
    assert ring[(0,) * ring.ndim] == kernel[centre]


def test_embed_takes_one_size_for_all_axes() -> None:
    np.testing.assert_array_equal(
        kernels.embed(np.ones((2, 3)), 4), kernels.embed(np.ones((2, 3)), (4, 4))
    )
    assert kernels.embed([1, 2], 5).tolist() == [0, 0, 1, 2, 0]
    assert kernels.embed([1, 2], 5, cyclic=True).tolist() == [1, 2, 0, 0, 0]


@given(SHAPES, SEEDS, st.integers(1, 4), st.data())
@settings(max_examples=80)
def test_compose_is_one_after_the_other(
    shape: tuple[int, ...], seed: int, count: int, data: st.DataObject
) -> None:
    parts = [
        small_integers(
            tuple(data.draw(st.integers(1, 3)) for _ in shape), int, seed + i
        )
        for i in range(count)
    ]
    x = small_integers(shape, int, seed - 1 if seed else 1000)
    whole = kernels.compose(*parts)
    one_by_one = reduce(lambda y, h: pyconvolve.convolve(y, h), parts, x)
    np.testing.assert_array_equal(pyconvolve.convolve(x, whole), one_by_one)
    assert whole.shape == tuple(
        sum(n - 1 for n in lengths) + 1
        for lengths in zip(*(part.shape for part in parts), strict=True)
    )


def test_composed_kernels() -> None:
    np.testing.assert_allclose(
        kernels.compose(kernels.box(3), kernels.box(3)), kernels.triangle(5), rtol=1e-15
    )
    row, column = kernels.separate(kernels.sobel())
    np.testing.assert_allclose(
        kernels.compose(row[:, np.newaxis], column[np.newaxis]), kernels.sobel()
    )
    kernel = np.array([1.0, 2.0])
    alone = kernels.compose(kernel)
    alone[0] = 9
    assert kernel[0] == 1


@given(st.integers(1, 30), st.integers(0, 40), SEEDS, st.booleans())
@settings(max_examples=80)
def test_response_is_that_of_freqz(
    taps: int, more: int, seed: int, is_complex: bool
) -> None:
    kernel = any_values((taps,), complex if is_complex else float, seed)
    (frequencies,), response = kernels.frequency_response(kernel, taps + more)
    assert len(response) == taps + more
    assert -0.5 <= frequencies[0] <= frequencies[-1] < 0.5
    np.testing.assert_allclose(np.diff(frequencies), 1 / (taps + more), atol=1e-15)
    _, causal = signal.freqz(kernel, worN=2 * np.pi * frequencies)
    shift = np.exp(2j * np.pi * frequencies * ((taps - 1) // 2))
    np.testing.assert_allclose(response, causal * shift, atol=1e-11)


@pytest.mark.parametrize("size", [(4, 5), 8, (512, 3)])
def test_response_of_images(size: Any) -> None:
    kernel = any_values((4, 3), float)
    frequencies, response = kernels.frequency_response(kernel, size)
    assert response.shape == ((8, 8) if size == 8 else size)
    rows, columns = np.indices(kernel.shape) - np.array([1, 1]).reshape(2, 1, 1)
    for i, f in list(enumerate(frequencies[0]))[:5]:
        for j, g in list(enumerate(frequencies[1]))[:5]:
            wave = np.exp(-2j * np.pi * (f * rows + g * columns))
            assert response[i, j] == pytest.approx((kernel * wave).sum(), abs=1e-12)


@pytest.mark.parametrize(
    "kernel", [kernels.gaussian(1.3, ndim=2), kernels.box(5), kernels.laplacian()]
)
def test_symmetric_kernels_have_real_responses(kernel: np.ndarray) -> None:
    frequencies, response = kernels.frequency_response(kernel, 16)
    assert abs(response.imag).max() < 1e-15
    zero = tuple(int(np.flatnonzero(f == 0)[0]) for f in frequencies)
    assert response[zero] == pytest.approx(kernel.sum(), abs=1e-15)
    assert kernels.frequency_response(kernel)[1].shape == (512,) * kernel.ndim


@pytest.mark.parametrize("dtype", ["?", "u1", "i2", "f2", "f4", "f8", "g", "c16"])
@pytest.mark.parametrize("shape", [(5,), (3, 4), (1, 300), (1,)])
def test_plot_shows_kernel_and_gain(shape: tuple[int, ...], dtype: str) -> None:
    pytest.importorskip("matplotlib")
    kernel = small_integers(shape, dtype, seed=2)
    figure = kernels.plot(kernel, title="a kernel")
    figure.draw_without_rendering()
    assert figure.get_suptitle() == "a kernel"
    left, right = figure.axes[:2]
    if len(shape) == 1:
        (gain,) = right.lines
        taps = left.containers[0].markerline.get_ydata()
        np.testing.assert_array_equal(taps, kernel.real)
    else:
        (image,), (gain,) = left.images, right.images
        np.testing.assert_array_equal(np.asarray(image.get_array()), kernel.real)
        low, high = image.get_clim()
        assert low == -high == -abs(kernel.real.astype(float)).max()
    shown = np.asarray(gain.get_ydata() if len(shape) == 1 else gain.get_array())
    sizes = [max(255, n) for n in shape]
    _, response = kernels.frequency_response(kernel, sizes)
    np.testing.assert_allclose(shown, abs(response), rtol=1e-6, atol=1e-3)


@pytest.mark.parametrize("kernel", [np.zeros((3, 3)), np.zeros(3), [[2.0]]])
def test_plot_of_flat_kernels(kernel: Any) -> None:
    pytest.importorskip("matplotlib")
    kernels.plot(kernel).draw_without_rendering()


def test_plot_of_nothing() -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(ValueError, match="kernel"):
        kernels.plot([])


def test_plot_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match="matplotlib") as caught:
        kernels.plot([1, 2])
    extra = re.search(r"pyconvolve\[(\w+)\]", str(caught.value))
    assert extra is not None
    known = tomllib.loads(PROJECT.read_text())["project"]["optional-dependencies"]
    assert extra[1] in known
    assert any("matplotlib" in requirement for requirement in known[extra[1]])


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("norm", ["l2", "l1", "max", "sum", "power", "zero_sum"])
@pytest.mark.parametrize(("shape", "count"), [((3, 2, 2), 5), (9, 9), ((4, 4), 1)])
def test_orthogonal_banks(shape: Any, count: int, norm: Any, dtype: str) -> None:
    if norm == "zero_sum" and shape == count:
        with pytest.raises(ValueError, match="count must be at most 8"):
            kernels.random(shape, count, norm, rng=0, orthogonal=True, dtype=dtype)
        return
    bank = kernels.random(shape, count, norm, rng=0, orthogonal=True, dtype=dtype)
    sizes = (shape,) if isinstance(shape, int) else shape
    assert bank.shape == (count, *sizes)
    assert bank.dtype == np.dtype(dtype)
    flat = bank.reshape(count, -1)
    if norm == "zero_sum":
        assert abs(flat.sum(1)).max() < 1e-5
    products = flat @ flat.conj().T
    energies = np.sqrt(np.diagonal(products).real)
    alike = products / np.multiply.outer(energies, energies)
    np.testing.assert_allclose(alike, np.eye(count), atol=1e-5)
    if norm == "l2":
        np.testing.assert_allclose(energies, 1, rtol=1e-6)
    elif norm == "l1":
        np.testing.assert_allclose(abs(flat).sum(1), 1, rtol=1e-6)


def test_random_banks_are_normal() -> None:
    bank = kernels.random((4, 4), 5000, rng=1).reshape(5000, 16)
    np.testing.assert_allclose((bank**2).sum(1), 1, rtol=1e-12)
    # every direction is as likely
    np.testing.assert_allclose(bank.T @ bank / 5000, np.eye(16) / 16, atol=0.005)
    np.testing.assert_allclose(bank.mean(0), 0, atol=0.015)


def test_orthogonal_banks_prefer_no_direction() -> None:
    rng = np.random.default_rng(0)
    first = np.array(
        [kernels.random(3, 3, rng=rng, orthogonal=True)[0] for _ in range(2000)]
    )
    np.testing.assert_allclose(first.mean(0), 0, atol=0.05)
    np.testing.assert_allclose(first.T @ first / 2000, np.eye(3) / 3, atol=0.05)


@pytest.mark.parametrize("orthogonal", [False, True])
def test_random_banks_are_reproducible(orthogonal: bool) -> None:
    draw = {"shape": (3, 3), "count": 4, "orthogonal": orthogonal}
    first = kernels.random(rng=7, **draw)
    np.testing.assert_array_equal(first, kernels.random(rng=7, **draw))
    generator = np.random.default_rng(7)
    np.testing.assert_array_equal(first, kernels.random(rng=generator, **draw))
    assert not np.allclose(first, kernels.random(rng=generator, **draw))
    assert not np.allclose(kernels.random(**draw), kernels.random(**draw))


@given(SHAPES, SEEDS, st.data())
@settings(max_examples=150)
def test_patches_are_slices(
    shape: tuple[int, ...], seed: int, data: st.DataObject
) -> None:
    x = any_values(tuple(n + 2 for n in shape), float, seed)
    axes = data.draw(st.permutations(range(x.ndim)))[
        : data.draw(st.integers(1, x.ndim))
    ]
    sizes = [data.draw(st.integers(1, x.shape[a])) for a in axes]
    steps = [data.draw(st.integers(1, 3)) for _ in axes]
    patches = kernels.extract_patches(x, sizes, steps, axes)
    counts = list(x.shape)
    for a, size, step in zip(axes, sizes, steps, strict=True):
        counts[a] = (x.shape[a] - size) // step + 1
    assert patches.shape == (*counts, *sizes)
    assert np.shares_memory(patches, x)
    assert not patches.flags.writeable
    for index in np.ndindex(*counts):
        cut: list[Any] = list(index)
        for a, size, step in zip(axes, sizes, steps, strict=True):
            cut[a] = slice(index[a] * step, index[a] * step + size)
        expected = x[tuple(cut)].transpose(np.argsort(np.argsort(axes)))
        np.testing.assert_array_equal(patches[index], expected)


def test_patches_of_all_axes() -> None:
    x = np.arange(20).reshape(4, 5)
    patches = kernels.extract_patches(x, 2)
    assert patches.shape == (3, 4, 2, 2)
    assert patches[1, 2].tolist() == [[7, 8], [12, 13]]
    assert kernels.extract_patches(x, 3, 2, axes=1).shape == (4, 2, 3)
    # what a correlation multiplies a kernel with
    kernel = small_integers((2, 2), int)
    np.testing.assert_array_equal(
        (patches * kernel).sum((2, 3)), pyconvolve.correlate(x, kernel, "valid")
    )


@pytest.fixture(scope="module")
def photographs() -> list[np.ndarray]:
    skimage = pytest.importorskip("skimage")
    imread = pytest.importorskip("skimage.io").imread
    folder = Path(skimage.__file__).parent / "data"
    files = [folder / f"{n}.png" for n in ("camera", "astronaut", "coffee", "chelsea")]
    if not all(file.exists() for file in files):
        pytest.skip("scikit-image came without its photographs")
    images = [np.asarray(imread(file), float) for file in files]
    grey = [image.mean(-1) if image.ndim == 3 else image for image in images]
    return [image[::2, ::2] for image in grey]


def orientation(bank: np.ndarray) -> np.ndarray:
    """How much of each filter's energy lies in one direction of frequencies.

    That is the coherence of the structure tensor: 1 for a grating, 0 for a blob.
    """
    power = abs(np.fft.fft2(bank, (32, 32))) ** 2
    f = np.fft.fftfreq(32)
    twice = np.exp(2j * np.arctan2(f[:, np.newaxis], f))
    return abs((power * twice).sum((1, 2))) / power.sum((1, 2))


def concentration(bank: np.ndarray) -> np.ndarray:
    """Share of each filter's energy in its largest peak, as narrow as peaks can be."""
    power = abs(np.fft.fft2(bank, (32, 32))) ** 2
    f = np.fft.fftfreq(32)
    shares = []
    for plane in power:
        row, column = np.unravel_index(plane.argmax(), plane.shape)
        near = np.zeros(plane.shape, bool)
        for sign in (1, -1):
            down = (f[:, np.newaxis] - sign * f[row] + 0.5) % 1 - 0.5
            across = (f - sign * f[column] + 0.5) % 1 - 0.5
            near |= down**2 + across**2 <= 1 / 8**2
        shares.append(plane[near].sum() / plane.sum())
    return np.array(shares)


@pytest.mark.parametrize(
    "options", [{}, {"whiten": "pca"}, {"whiten": None}, {"spherical": False}], ids=str
)
def test_photographs_are_made_of_edges(
    photographs: list[np.ndarray], options: dict[str, Any]
) -> None:
    bank = kernels.learn(photographs, 32, (8, 8), stride=3, rng=0, **options)
    noise = kernels.random((8, 8), 500, "zero_sum", rng=0)
    for measure in (orientation, concentration):
        usual = np.quantile(measure(noise), 0.95)
        assert (measure(bank) > usual).mean() >= 0.6
        assert np.median(measure(bank)) > 1.5 * np.median(measure(noise))


def test_learned_filters_are_found_again(photographs: list[np.ndarray]) -> None:
    """In a convolution each answers to a patch like itself more than the others do."""
    bank = kernels.learn(photographs, 16, (8, 8), stride=4, rng=0)
    for i, filter_ in enumerate(bank):
        seen = np.flip(filter_)
        responses = [pyconvolve.convolve(seen, h, "valid").item() for h in bank]
        assert np.argmax(responses) == i
        assert responses[i] == pytest.approx(1)


OPTIONS: list[dict[str, Any]] = [
    {"whiten": whiten, "spherical": spherical}
    for whiten in ("zca", "pca", None)
    for spherical in (True, False)
]


def textured(shape: Sequence[int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(shape).cumsum(0).cumsum(1)


def of_unit_energy(bank: np.ndarray, eps: float = 1e-12) -> None:
    axes = tuple(range(1, bank.ndim))
    np.testing.assert_allclose((abs(bank) ** 2).sum(axes), 1, rtol=eps)
    np.testing.assert_allclose(bank.sum(axes), 0, atol=eps)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_learned_filters_have_unit_energy_and_no_sum(options: dict[str, Any]) -> None:
    image = textured((40, 50))
    bank = kernels.learn(image, 6, (4, 5), rng=0, **options)
    assert bank.shape == (6, 4, 5)
    of_unit_energy(bank)
    again = kernels.learn(image, 6, (4, 5), rng=np.random.default_rng(0), **options)
    np.testing.assert_array_equal(bank, again)
    other = kernels.learn(image, 6, (4, 5), rng=1, **options)
    assert not np.allclose(bank, other)


@pytest.mark.parametrize("spherical", [True, False])
def test_learned_filters_are_means_of_what_is_alike(spherical: bool) -> None:
    """Of noisy patterns, it finds the patterns, turned for a convolution."""
    patterns = kernels.random((5, 5), 3, "zero_sum", rng=0, orthogonal=True)
    patterns = kernels.normalize(patterns, "l2", axis=(1, 2))
    noise = 0.1 * np.random.default_rng(0).standard_normal((300, 5, 5))
    images = np.repeat(patterns, 100, axis=0) + noise
    found = []
    for seed in range(4):
        options = {"whiten": None, "spherical": spherical, "rng": seed}
        (alone,) = kernels.learn(images[:100], 1, 5, **options)
        answer = pyconvolve.convolve(patterns[0], alone, "valid").item()
        assert answer == pytest.approx(1, abs=0.005)
        bank = kernels.learn(images, 3, 5, **options)
        answers = [
            max(pyconvolve.convolve(pattern, h, "valid").item() for h in bank)
            for pattern in patterns
        ]
        found.append(min(answers) > 0.995)
    # k-means may end where two centres share a pattern, though not always
    assert any(found)


@pytest.mark.parametrize("spherical", [True, False])
def test_clusters_do_not_depend_on_the_axes_of_whitening(spherical: bool) -> None:
    banks = [
        kernels.learn(textured((30, 30)), 4, 4, whiten=kind, spherical=spherical, rng=0)
        for kind in ("zca", "pca")
    ]
    np.testing.assert_allclose(*banks, atol=1e-8)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_learned_filters_do_not_depend_on_light(options: dict[str, Any]) -> None:
    # of which neither the mean nor the factor needs rounding
    image = np.floor(100 * textured((30, 30)))
    bank = kernels.learn(image, 4, 4, rng=0, **options)
    brighter = kernels.learn(8 * image + 64, 4, 4, rng=0, **options)
    np.testing.assert_allclose(brighter, bank, atol=1e-12)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c8"])
def test_element_types_of_learned_filters(dtype: str) -> None:
    image = textured((30, 30))
    bank = kernels.learn(image, 4, 4, rng=0, dtype=dtype)
    assert bank.dtype == np.dtype(dtype)
    assert bank.flags.c_contiguous
    of_unit_energy(bank.astype(np.complex128), 8 * float(np.finfo(dtype).eps))
    np.testing.assert_allclose(bank, kernels.learn(image, 4, 4, rng=0), atol=1e-3)


@pytest.mark.parametrize(
    ("images", "shape", "expected"),
    [
        (textured((30, 40)), 5, (5, 5)),
        (textured((30, 40)).tolist(), (5, 3), (5, 3)),
        ((textured((30, 40)) % 256).astype(np.uint8), 5, (5, 5)),
        (textured((3, 30, 40)), 5, (5, 5)),
        ([textured((30, 40)), textured((20, 9))], (4, 6), (4, 6)),
        (textured((30, 40, 3)), (5, 5, 3), (5, 5, 3)),
        (textured((12, 12, 12)), (3, 4, 5), (3, 4, 5)),
        (textured((200, 1)).ravel(), (7,), (7,)),
        ([textured((90, 1)).ravel(), textured((50, 1)).ravel()], (7,), (7,)),
    ],
)
def test_images_to_learn_from(
    images: Any, shape: Any, expected: tuple[int, ...]
) -> None:
    bank = kernels.learn(images, 3, shape, rng=0)
    assert bank.shape == (3, *expected)
    of_unit_energy(bank)


def test_colours_are_learned_together() -> None:
    """A filter that sees red against blue, of an image with no other contrast."""
    rng = np.random.default_rng(0)
    red = rng.random((40, 40))
    image = np.stack([red, np.full((40, 40), 0.5), 1 - red], -1)
    bank = kernels.learn(image, 4, (3, 3, 3), whiten=None, rng=0)
    np.testing.assert_allclose(bank[..., 0], -bank[..., 2], atol=1e-12)


def test_stride_leaves_patches_out() -> None:
    image = textured((20, 20))
    with pytest.raises(ValueError, match=r"count must be at most .*, 25, not 26"):
        kernels.learn(image, 26, 4, stride=4)
    assert kernels.learn(image, 25, 4, stride=4, rng=0).shape == (25, 4, 4)
    assert kernels.learn(image, 5, 4, stride=(16, 4), rng=0).shape == (5, 4, 4)


STEP = np.repeat([0.0, 1.0], 20) * np.ones((40, 1))
BARS = np.tile([0.0, 1, 0, 0], (20, 10))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("image", [STEP, BARS], ids=["step", "bars"])
def test_few_different_patches(image: np.ndarray, options: dict[str, Any]) -> None:
    """Fewer than filters, and flat ones among them."""
    of_unit_energy(kernels.learn(image, 8, 4, rng=0, **options), 1e-9)


def samples(count: int = 400, features: int = 6) -> np.ndarray:
    rng = np.random.default_rng(0)
    mixed = rng.standard_normal((count, features)) @ rng.standard_normal(
        (features,) * 2
    )
    return mixed + rng.standard_normal(features)


@pytest.mark.parametrize("kind", ["pca", "zca"])
def test_white_features_are_uncorrelated(kind: Any) -> None:
    x = samples()
    white, transform = kernels.whiten(x, kind, 1e-12)
    np.testing.assert_allclose(white.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(np.cov(white.T), np.eye(6), atol=1e-8)
    np.testing.assert_allclose(transform.inverse(white), x, atol=1e-9)
    np.testing.assert_allclose(transform(x), white, atol=1e-12)
    np.testing.assert_allclose(transform.mean, x.mean(0))
    np.testing.assert_allclose(
        transform.matrix @ transform.inverse_matrix, np.eye(6), atol=1e-9
    )


@pytest.mark.parametrize("eps", [1e-6, 0.01, 3.0])
def test_whitening_in_closed_form(eps: float) -> None:
    x = samples()
    variances, axes = np.linalg.eigh(np.cov(x.T))
    root = np.diag(1 / np.sqrt(variances + eps * variances.mean()))
    zca = kernels.whiten(x, "zca", eps)[1]
    np.testing.assert_allclose(zca.matrix, axes @ root @ axes.T, atol=1e-12)
    np.testing.assert_allclose(zca.matrix, zca.matrix.T, atol=1e-14)
    pca = kernels.whiten(x, "pca", eps)
    spread = pca[0].var(0, ddof=1)
    np.testing.assert_allclose(
        spread, np.sort(variances / (variances + eps * variances.mean()))[::-1]
    )
    np.testing.assert_allclose(pca[1].matrix @ pca[1].matrix.T, axes @ root**2 @ axes.T)


@pytest.mark.parametrize("kind", ["pca", "zca"])
def test_whitening_keeps_shapes(kind: Any) -> None:
    patches = kernels.extract_patches(textured((20, 20)), (3, 4)).reshape(-1, 3, 4)
    white, transform = kernels.whiten(patches, kind)
    assert white.shape == patches.shape
    np.testing.assert_allclose(transform(patches[:5]), white[:5], atol=1e-9)
    np.testing.assert_allclose(transform.inverse(white), patches, rtol=1e-9)
    flat, _ = kernels.whiten(patches.reshape(len(patches), -1), kind)
    np.testing.assert_allclose(flat.reshape(white.shape), white, atol=1e-9)
    # it is of no account in what units the samples are
    np.testing.assert_allclose(kernels.whiten(patches * 1e5, kind)[0], white, atol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "result"),
    [("f2", "f4"), ("f4", "f4"), ("f8", "f8"), ("i4", "f8"), ("?", "f4"), ("g", "g")],
)
def test_element_types_of_white_samples(dtype: str, result: str) -> None:
    x = (10 * samples()).astype(dtype)
    if dtype == "?":
        x = samples() > 0
    white, transform = kernels.whiten(x, eps=1e-4)
    assert white.dtype == transform.matrix.dtype == np.dtype(result)
    np.testing.assert_allclose(np.cov(white.T.astype(float)), np.eye(6), atol=0.01)


def test_more_features_than_samples() -> None:
    x = samples(5, 40)
    white, transform = kernels.whiten(x, eps=1e-3)
    assert np.isfinite(white).all()
    np.testing.assert_allclose(transform.inverse(white), x, atol=1e-9)


def test_one_feature() -> None:
    white, transform = kernels.whiten([[1.0], [2.0], [6.0]], eps=1e-12)
    assert white.std(ddof=1) == pytest.approx(1)
    np.testing.assert_allclose(transform.inverse(white), [[1], [2], [6]])


@pytest.mark.parametrize("shape", [(64,), (12, 9), (5, 6, 7), (1, 8)])
@pytest.mark.parametrize("order", [1, 2, 5])
def test_homomorphic_filter_in_closed_form(shape: tuple[int, ...], order: int) -> None:
    """As circular convolution of the image with its mirror images."""
    image = np.random.default_rng(0).random(shape) + 0.1
    mirrored = np.log(np.pad(image, [(0, n) for n in shape], "symmetric"))
    squares = reduce(np.add.outer, [(np.fft.fftfreq(2 * n) / 0.07) ** 2 for n in shape])
    gains = 0.4 + (1.7 - 0.4) * squares**order / (1 + squares**order)
    filtered = np.fft.ifftn(np.fft.fftn(mirrored) * gains).real
    expected = np.exp(filtered[tuple(slice(n) for n in shape)])
    got = kernels.homomorphic_filter(image, 0.07, 0.4, 1.7, order)
    np.testing.assert_allclose(got, expected, rtol=1e-10)


@pytest.mark.parametrize("gain", [0.0, 0.3, 1.0, 2.0])
def test_homomorphic_filter_of_factors(gain: float) -> None:
    image = textured((16, 20))
    once = kernels.homomorphic_filter(image, 0.1, gain)
    np.testing.assert_allclose(
        kernels.homomorphic_filter(7 * image, 0.1, gain), 7**gain * once, rtol=1e-11
    )
    same = kernels.homomorphic_filter(image, 0.1, gain, gain)
    np.testing.assert_allclose(same, image**gain, rtol=1e-11)


def test_homomorphic_filter_of_offsets_and_types() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30)).astype(np.uint8)
    got = kernels.homomorphic_filter(image, 0.1, offset=1)
    expected = kernels.homomorphic_filter(image + 1.0, 0.1) - 1
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-3)
    for dtype, result in (("f2", "f4"), ("f4", "f4"), ("i8", "f8"), ("g", "g")):
        x = (image + 1).astype(dtype)
        x[x == 0] = 1
        assert kernels.homomorphic_filter(x, 0.1).dtype == np.dtype(result)


def test_homomorphic_filter_as_steep_as_can_be() -> None:
    image = textured((40, 40))
    got = kernels.homomorphic_filter(image, 0.01, order=200)
    steep = kernels.homomorphic_filter(image, 0.01, order=40)
    np.testing.assert_allclose(got, steep, rtol=1e-6)


def test_homomorphic_filter_along_axes() -> None:
    image = np.stack([textured((20, 30), seed) for seed in range(3)], -1)
    got = kernels.homomorphic_filter(image, 0.1, axes=(0, 1))
    for channel in range(3):
        np.testing.assert_allclose(
            got[..., channel],
            kernels.homomorphic_filter(image[..., channel], 0.1),
            rtol=1e-11,
        )


def windowed(x: np.ndarray, size: Sequence[int] | int, mode: str) -> np.ndarray:
    return ndimage.uniform_filter(x, size, mode=mode)


# our boundaries in ndimage's words
MODES = {
    "symmetric": "reflect",
    "reflect": "mirror",
    "edge": "nearest",
    "wrap": "wrap",
    "constant": "constant",
}
WINDOWS = [((50,), 7), ((50,), 4), ((20, 30), 5), ((20, 30), (4, 7)), ((8, 9, 10), 3)]


@pytest.mark.parametrize("boundary", MODES)
@pytest.mark.parametrize(("shape", "size"), WINDOWS)
def test_local_means_and_energies(
    shape: tuple[int, ...], size: Any, boundary: Any
) -> None:
    x = any_values(shape, float) + 1
    mode = MODES[boundary]
    np.testing.assert_allclose(
        kernels.subtract_local_mean(x, size, boundary=boundary),
        x - windowed(x, size, mode),
        atol=1e-12,
    )
    energy = windowed(x**2, size, mode)
    for eps in (0.0, 1e-6, 0.5):
        np.testing.assert_allclose(
            kernels.divide_local_energy(x, size, eps=eps, boundary=boundary),
            x / np.sqrt(energy + eps * (x**2).mean()),
            rtol=1e-10,
        )


@pytest.mark.parametrize("boundary", MODES)
@pytest.mark.parametrize(
    ("shape", "sigma"), [((80,), 2.0), ((20, 30), 1.5), ((20, 30), (1, 2.5))]
)
def test_local_contrast_in_closed_form(
    shape: tuple[int, ...], sigma: Any, boundary: Any
) -> None:
    x = any_values(shape, float) * np.linspace(0.1, 5, shape[-1])
    mode = MODES[boundary]
    varying = x - ndimage.gaussian_filter(x, sigma, mode=mode)
    deviation = np.sqrt(ndimage.gaussian_filter(varying**2, sigma, mode=mode))
    np.testing.assert_allclose(
        kernels.local_contrast_normalize(x, sigma, boundary=boundary),
        varying / np.maximum(deviation, deviation.mean()),
        atol=1e-11,
    )


LOCAL: dict[str, Callable[..., np.ndarray]] = {
    "subtract_local_mean": kernels.subtract_local_mean,
    "divide_local_energy": kernels.divide_local_energy,
    "local_contrast_normalize": kernels.local_contrast_normalize,
}
each_local = pytest.mark.parametrize("local", LOCAL.values(), ids=LOCAL)


@each_local
def test_local_windows_along_some_axes(local: Callable[..., np.ndarray]) -> None:
    x = any_values((3, 14, 15), float)
    got = local(x, (3, 2), axes=(2, 1))
    if local is not kernels.subtract_local_mean:
        x = x[:1]
        got = local(x, (3, 2), axes=(2, 1))
    for channel, wanted in zip(x, got, strict=True):
        np.testing.assert_allclose(local(channel, (2, 3)), wanted, atol=1e-12)
    np.testing.assert_allclose(
        local(x, 3, axes=-1), local(x, (3,), axes=[2]), atol=1e-14
    )


@each_local
@pytest.mark.parametrize(
    ("dtype", "result"),
    [("f2", "f4"), ("f4", "f4"), ("f8", "f8"), ("u1", "f8"), ("g", "g")],
)
def test_element_types_of_local_windows(
    local: Callable[..., np.ndarray], dtype: str, result: str
) -> None:
    x = np.random.default_rng(0).integers(1, 99, (20, 20)).astype(dtype)
    got = local(x, 3)
    assert got.dtype == np.dtype(result)
    np.testing.assert_allclose(got, local(x.astype(float), 3), rtol=1e-3, atol=1e-4)


@each_local
def test_flat_regions_are_not_blown_up(local: Callable[..., np.ndarray]) -> None:
    x = np.full((30, 30), 0.1)
    x[10:20, 10:20] += any_values((10, 10), float)
    assert abs(local(x, 3)).max() < 20
    assert np.isfinite(local(np.zeros((9, 9)), 3)).all()
    assert abs(local(np.full((9, 9), 0.1), 3)).max() <= 1 + 1e-5


def test_energy_of_complex_samples() -> None:
    x = any_values((30,), complex)
    got = kernels.divide_local_energy(x, 3, eps=0)
    energy = windowed(abs(x) ** 2, 3, "reflect")
    np.testing.assert_allclose(got, x / np.sqrt(energy), rtol=1e-12)
    mean = kernels.subtract_local_mean(x, 3)
    np.testing.assert_allclose(
        mean.real, kernels.subtract_local_mean(x.real, 3), atol=1e-14
    )


@pytest.mark.parametrize(
    ("dtype", "factor"),
    [("f8", 2.0**-600), ("f8", 2.0**600), ("f4", 2.0**-80), ("f4", 2.0**80)],
)
@each_local
def test_units_do_not_matter(
    local: Callable[..., np.ndarray], dtype: str, factor: float
) -> None:
    x = any_values((20, 20), dtype)
    got, expected = local(x * np.array(factor, dtype), 3), local(x, 3)
    if local is kernels.subtract_local_mean:
        expected = expected * np.array(factor, dtype)
    np.testing.assert_allclose(got, expected, rtol=1e-5)


IMAGE = textured((12, 12))
NO_DATA = (IMAGE * 1j, IMAGE * np.nan, np.ones((12, 12)))
# for each function, arguments that are right, and wrong values of each
WRONG: dict[str, tuple[dict[str, Any], dict[str, Sequence[Any]]]] = {
    "separate": (
        {"kernel": np.eye(3)},
        {
            "kernel": ("a", [], 3, [[1, np.nan]], [[]], np.eye(3)),
            "tolerance": ("a", -1, np.nan, (1, 2)),
        },
    ),
    "rank": (
        {"kernel": np.eye(3)},
        {"kernel": ("a", [], 3, [[1, np.inf]]), "tolerance": ("a", -1, np.nan, (1, 2))},
    ),
    "flip": ({"kernel": [1, 2]}, {"axes": (1, -2, 0.5, "a", (0, 0), ())}),
    "embed": (
        {"kernel": [1, 2, 3], "shape": 5},
        {"kernel": (["a", "b"], [None]), "shape": (2, 0, "a", None, 3.5, (5, 5), ())},
    ),
    "frequency_response": (
        {"kernel": [1, 2, 3]},
        {"kernel": ("a", 3, []), "size": (2, 0, "a", None, 3.5, (9, 9))},
    ),
    "plot": ({}, {"kernel": ("a", 3, np.ones((3, 3, 3)), [None])}),
    "random": (
        {"shape": (3, 3), "count": 4},
        {
            "shape": (0, -1, "a", None, (3, 0), 2.5),
            "count": (0, -1, "a", None, 2.5, (1,)),
            "norm": ("x", None, 2),
            "rng": ("a", -1, 0.5),
            "dtype": (int, bool),
        },
    ),
    "extract_patches": (
        {"x": IMAGE, "shape": 3},
        {
            "x": (5,),
            "shape": (13, 0, "a", None, (3, 3, 3), 2.5),
            "stride": (0, -1, "a", None, 1.5, (1, 1, 1)),
            "axes": (2, -3, "a", 0.5, (0, 0), ()),
        },
    ),
    "learn": (
        {"images": IMAGE, "count": 3, "shape": 3},
        {
            "images": (5, [], "abc", [[["a"]]], [IMAGE, IMAGE[0]], *NO_DATA),
            "count": (0, -1, 1.5, "a", None, 101),
            "shape": (13, 0, "a", None, 2.5, (3, 3, 3, 3)),
            "stride": (0, 1.5, "a", (1, 1, 1)),
            "whiten": ("x", 1, True),
            "rng": ("a", -1, 0.5),
            "dtype": (int, bool),
        },
    ),
    "whiten": (
        {"x": IMAGE},
        {
            "x": (3, [1, 2], [[1, 2]], "a", *NO_DATA),
            "kind": ("x", None, 1),
            "eps": (0, -1, "a", None, np.nan, (1, 2)),
        },
    ),
    "homomorphic_filter": (
        {"image": IMAGE, "cutoff": 0.1},
        {
            "image": ("a", [], 3, -IMAGE, IMAGE * 1j, IMAGE * np.nan),
            "cutoff": (0, -1, "a", None, np.nan, (1, 2)),
            "gain_low": (-1, "a", None, np.nan, (1, 2)),
            "gain_high": (-1, "a", None, np.inf),
            "order": (0, 1.5, "a", None),
            "offset": ("a", None, np.nan, -99, 1j),
            "axes": (2, "a", 0.5, (0, 0)),
        },
    ),
    **{
        name: (
            {"x": IMAGE, argument: 3},
            {
                "x": ("a", [], 3, [None]),
                argument: (-1, "a", None, (3, 3, 3)),
                "axes": (2, -3, "a", 0.5, (0, 0), ()),
                "boundary": ("x", None),
            },
        )
        for name, argument in (
            ("subtract_local_mean", "size"),
            ("divide_local_energy", "size"),
            ("local_contrast_normalize", "sigma"),
        )
    },
}


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        (name, argument, value)
        for name, (_, wrong) in WRONG.items()
        for argument, values in wrong.items()
        for value in values
    ],
    ids=lambda value: repr(value)[:20],
)
def test_wrong_arguments_are_named(name: str, argument: str, value: Any) -> None:
    right, _ = WRONG[name]
    with pytest.raises((ValueError, TypeError), match=rf"\b{argument}\b"):
        getattr(kernels, name)(**right | {argument: value})


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: kernels.compose(), "kernels"),
        (lambda: kernels.compose([1], ["a"]), "kernels"),
        (lambda: kernels.compose([1], []), "kernels"),
        (lambda: kernels.compose([1, 2], [[1]]), "kernels"),
        (lambda: kernels.random(3, 4, orthogonal=True), "count"),
        (lambda: kernels.divide_local_energy(IMAGE, 3, eps=-1), "eps"),
        (lambda: kernels.local_contrast_normalize(IMAGE * 1j, 3), "x"),
        (lambda: kernels.whiten(IMAGE)[1](IMAGE[:, :3]), "x"),
        (lambda: kernels.whiten(IMAGE)[1].inverse([1.0]), "x"),
    ],
)
def test_what_does_not_fit_together_is_named(
    call: Callable[[], Any], argument: str
) -> None:
    with pytest.raises((ValueError, TypeError), match=rf"\b{argument}\b"):
        call()
