"""Patches of arrays, against slices."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import any_values, small_integers, textured
from wrong_arguments import WrongValues, wrong_value_test

import pyconvolve
from pyconvolve import kernels


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=3), st.integers(0, 999), st.data()
)
@settings(max_examples=150)
def test_patches_are_slices(shape: list[int], seed: int, data: st.DataObject) -> None:
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
    # A correlation multiplies each patch with the kernel, and sums.
    kernel = small_integers((2, 2), int)
    np.testing.assert_array_equal(
        (patches * kernel).sum((2, 3)), pyconvolve.correlate(x, kernel, "valid")
    )


IMAGE = textured((12, 12))
WRONG: WrongValues = {
    "extract_patches": (
        {"x": IMAGE, "shape": 3},
        {
            "x": (5,),
            "shape": (13, 0, "a", None, (3, 3, 3), 2.5),
            "stride": (0, -1, "a", None, 1.5, (1, 1, 1)),
            "axes": (2, -3, "a", 0.5, (0, 0), ()),
        },
    ),
}
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)
