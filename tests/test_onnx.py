"""ONNX's own tests of convolutions and pooling, by pyconvolve's functions.

ONNX's reference evaluator runs the models. Its operators for convolutions and pooling
are replaced by those below.
"""

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pyconvolve import nn

pytest.importorskip("onnx")

from onnx import TensorProto, load, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

# Tests that are left out, and why.
DILATED_MEANS = "windows of means have no dilation"
LEFT_OUT = {
    "test_averagepool_2d_dilations": DILATED_MEANS,
    "test_averagepool_3d_dilations_small": DILATED_MEANS,
    **{
        f"test_averagepool_3d_dilations_large_count_include_pad_is_{count}"
        f"_ceil_mode_is_{ceil}": DILATED_MEANS
        for count in (0, 1)
        for ceil in (False, True)
    },
}
# Operator -> number of tests that use it and are not left out, at least.
NUMBER = {
    "Conv": 19,
    "ConvInteger": 2,
    "ConvTranspose": 11,
    "MaxPool": 17,
    "AveragePool": 14,
    "GlobalMaxPool": 1,
    "GlobalAveragePool": 1,
}


def padding_of(auto_pad: str, pads: list[int] | None) -> Any:
    """Return ONNX's padding as `padding`."""
    if auto_pad != "NOTSET":
        return auto_pad.lower()
    if pads is None:
        return 0
    begin, end = np.reshape(pads, (2, -1)).tolist()
    return [*zip(begin, end, strict=True)]


class Conv(OpRun):
    """A layer of floating-point numbers."""

    def _run(
        self, x: Any, w: Any, b: Any = None, auto_pad: Any = None,
        dilations: Any = None, group: Any = None, kernel_shape: Any = None,
        pads: Any = None, strides: Any = None,
    ) -> tuple[Any]:  # fmt: skip
        padding = padding_of(auto_pad, pads)
        return (
            nn.conv(
                x, w, b, stride=strides or 1, padding=padding, dilation=dilations or 1,
                groups=group,
            ),
        )  # fmt: skip


class ConvInteger(OpRun):
    """A layer of bytes, from which zero points are subtracted, in 32 bits."""

    def _run(
        self, x: Any, w: Any, x_zero: Any = 0, w_zero: Any = 0, auto_pad: Any = None,
        dilations: Any = None, group: Any = None, kernel_shape: Any = None,
        pads: Any = None, strides: Any = None,
    ) -> tuple[Any]:  # fmt: skip
        w_zero = np.asarray(w_zero, np.int32).reshape(-1, *(1,) * (w.ndim - 1))
        x = x.astype(np.int32) - np.int32(x_zero)
        padding = padding_of(auto_pad, pads)
        return (
            nn.conv(
                x, w.astype(np.int32) - w_zero, stride=strides or 1, padding=padding,
                dilation=dilations or 1, groups=group,
            ),
        )  # fmt: skip


class ConvTranspose(OpRun):
    """A transposed layer; a given shape decides the padding."""

    def _run(
        self, x: Any, w: Any, b: Any = None, auto_pad: Any = None,
        dilations: Any = None, group: Any = None, kernel_shape: Any = None,
        output_padding: Any = None, output_shape: Any = None, pads: Any = None,
        strides: Any = None,
    ) -> tuple[Any]:  # fmt: skip
        spatial = x.ndim - 2
        how: Any = {
            "stride": strides or [1] * spatial,
            "dilation": dilations or [1] * spatial,
            "groups": group,
        }
        if output_shape is None:
            how["padding"] = padding_of(auto_pad, pads)
            how["output_padding"] = output_padding or 0
        else:
            how["output_size"], how["padding"] = output_shape, []
            extra = output_padding or [0] * spatial
            for n, k, s, d, more, size in zip(
                x.shape[2:], w.shape[2:], how["stride"], how["dilation"], extra,
                output_shape, strict=True,
            ):  # fmt: skip
                total = max(s * (n - 1) + more + d * (k - 1) + 1 - size, 0)
                less, rest = total // 2, total - total // 2
                pair = (less, rest) if auto_pad == "SAME_UPPER" else (rest, less)
                how["padding"].append(pair)
        return (nn.conv_transpose(x, w, b, **how),)


class MaxPool(OpRun):
    """Maxima, and their indices in the whole array."""

    def _run(
        self, x: Any, auto_pad: Any = None, ceil_mode: Any = None,
        dilations: Any = None, kernel_shape: Any = None, pads: Any = None,
        storage_order: Any = None, strides: Any = None,
    ) -> tuple[Any, ...]:  # fmt: skip
        y, indices = nn.max_pool(
            x, kernel_shape, stride=strides or 1, dilation=dilations or 1,
            padding=padding_of(auto_pad, pads), ceil_mode=bool(ceil_mode),
            return_indices=True,
        )  # fmt: skip
        if len(self.onnx_node.output) == 1:
            return (y,)
        shape = x.shape[2:]
        if storage_order:
            # the first spatial axis is that of neighbours
            places = np.unravel_index(indices, shape)
            indices = np.ravel_multi_index(places[::-1], shape[::-1])
        planes = np.arange(x.shape[0] * x.shape[1]).reshape(-1, x.shape[1])
        planes = np.expand_dims(planes, tuple(range(2, x.ndim)))
        return y, (indices + planes * np.prod(shape)).astype(np.int64)


class AveragePool(OpRun):
    """Means."""

    def _run(
        self, x: Any, auto_pad: Any = None, ceil_mode: Any = None,
        count_include_pad: Any = None, dilations: Any = None, kernel_shape: Any = None,
        pads: Any = None, strides: Any = None,
    ) -> tuple[Any]:  # fmt: skip
        return (
            nn.mean_pool(
                x, kernel_shape, stride=strides or 1,
                padding=padding_of(auto_pad, pads), ceil_mode=bool(ceil_mode),
                count_include_pad=bool(count_include_pad),
            ),
        )  # fmt: skip


class GlobalMaxPool(OpRun):
    """The maximum of each channel."""

    def _run(self, x: Any) -> tuple[Any]:
        return (nn.max_pool(x, x.shape[2:]),)


class GlobalAveragePool(OpRun):
    """The mean of each channel."""

    def _run(self, x: Any) -> tuple[Any]:
        return (nn.mean_pool(x, x.shape[2:]),)


OPERATORS = [
    *(Conv, ConvInteger, ConvTranspose),
    *(MaxPool, AveragePool, GlobalMaxPool, GlobalAveragePool),
]


@pytest.fixture(scope="module")
def cases() -> list[Any]:
    """Return the tests of all nodes, and of models whose outputs PyTorch computed."""
    from onnx.backend.test.loader import load_model_tests

    with warnings.catch_warnings():
        # the loader makes tests of all operators, with casts of numbers that don't fit
        warnings.simplefilter("ignore")
        return [
            *load_model_tests(kind="node"),
            *load_model_tests(kind="pytorch-converted"),
        ]


def model_of(case: Any) -> Any:
    return case.model or load(Path(case.model_dir) / "model.onnx")


def data_sets(case: Any) -> Iterator[tuple[Sequence[Any], Sequence[Any]]]:
    """Yield inputs and the outputs that belong to them."""
    yield from case.data_sets or ()
    if case.model_dir:
        for folder in sorted(Path(case.model_dir).glob("test_data_set_*")):
            yield stored(folder, "input"), stored(folder, "output")


def stored(folder: Path, kind: str) -> list[Any]:
    return [
        numpy_helper.to_array(TensorProto.FromString(file.read_bytes()))
        for file in sorted(folder.glob(f"{kind}_*.pb"))
    ]


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.__name__)
def test_passes_tests_of_onnx(operator: Any, cases: list[Any]) -> None:
    name = operator.__name__
    number = 0
    for case in cases:
        if case.name in LEFT_OUT:
            continue
        found = model_of(case)
        if name not in {n.op_type for n in found.graph.node}:
            continue
        number += 1
        model = ReferenceEvaluator(found, new_ops=[operator])
        for inputs, wanted in data_sets(case):
            feeds = dict(zip(model.input_names, inputs, strict=False))
            for got, want in zip(model.run(None, feeds), wanted, strict=True):
                assert got.dtype == want.dtype, case.name
                rtol, atol = case.rtol, case.atol
                if want.dtype.kind in "iu":
                    rtol = atol = 0
                np.testing.assert_allclose(got, want, rtol, atol, err_msg=case.name)
    assert number >= NUMBER[name]


def test_tests_that_are_left_out_exist(cases: list[Any]) -> None:
    assert {*LEFT_OUT} <= {case.name for case in cases}
