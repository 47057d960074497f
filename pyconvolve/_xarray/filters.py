"""Image filters of labelled arrays: `dim` in place of axes."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Hashable, Mapping, Sequence
from doctest import DocTestParser
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from xarray import DataArray, Dataset

from .. import ndimage
from .._ndimage.documents import adapted, example_of
from .arrays import dims_of, for_each
from .convolution import applied, is_lazy

# Arguments with one value for all axes or one for each, and those that are arrays with
# an axis for each.
_EACH = ("sigma", "order", "size", "mode", "origin", "radius")
_ARRAYS = ("footprint", "structure")
_NOTICE = """It filters a DataArray, or the variables of a Dataset that have the
dimensions, and keeps coordinates, names and attributes. Arrays of dask stay lazy."""
_PARAMETERS = {
    "input": """x : DataArray or Dataset
    The image.""",
    "output": "",
    "workers": "",
}
_DIM = """dim : hashable or sequence of hashable, optional
    The dimensions to filter along, all of a DataArray by default. Arguments with one
    value for each axis have them in this order."""
_ONE_DIM = """dim : hashable
    The dimension of the differences. Along all others, the image is smoothed."""
_WORKERS = """
workers : int, optional
    Most threads. By default, arrays in memory are filtered by as many as `set_workers`
    sets, and each task of dask uses one."""
_RETURNS = """DataArray or Dataset
    Of the dimensions and coordinates of `x`, and with the type that
    `pyconvolve.ndimage.{name}` returns."""
# What other parameters say -> what it is called here.
_WORDS = {"axes": "dim", "correlate": "pyconvolve.ndimage.correlate"}
_RAISES = """ValueError, TypeError, RuntimeError
    If an argument is wrong; many have SciPy's message."""


_Labelled = TypeVar("_Labelled", DataArray, Dataset)


class Filter(Protocol):
    """A function of `pyconvolve.xarray` that filters images."""

    def __call__(self, x: _Labelled, *args: Any, **kwargs: Any) -> _Labelled:
        """Filter an array, or the variables of a data set."""


def along_dims(name: str) -> Filter:
    """Return a function of `pyconvolve.xarray` that filters images.

    Parameters
    ----------
    name : str
        Of a function of `pyconvolve.ndimage` with the argument `axes` or `axis`.
    """
    signature = _signature(name)
    takes_one = signature.parameters["dim"].default is inspect.Parameter.empty

    def call(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        arguments = dict(bound.arguments)
        x, dim = arguments.pop("x"), arguments.pop("dim")
        arguments |= arguments.pop("kwargs", {})
        if arguments.get("workers", 0) is None:
            # each task of dask uses one
            del arguments["workers"]
        everything = x.dims if isinstance(x, DataArray) else None
        dims = dims_of(x, dim, everything)
        if takes_one and len(dims) > 1:
            raise ValueError(f"dim must be one dimension, not {dim!r}")
        return for_each(partial(_filtered, name, dims, arguments), x, dims)

    call.__name__ = call.__qualname__ = name
    call.__module__ = "pyconvolve.xarray"
    call.__signature__ = signature  # type: ignore[attr-defined]
    call.__doc__ = _document(name, takes_one, "workers" in signature.parameters)
    return call


def _filtered(
    name: str,
    dims: Sequence[Hashable],
    arguments: Mapping[str, Any],
    variable: DataArray,
) -> DataArray:
    """Filter a DataArray along dimensions."""
    axes = variable.get_axis_num(dims)
    order = np.argsort(axes)
    given = {key: _ordered(key, value, order) for key, value in arguments.items()}
    known = inspect.signature(getattr(ndimage, name)).parameters
    if "axis" in known:
        given["axis"] = axes[0]
    elif "axes" in known:
        given["axes"] = sorted(axes)
    if name == "gaussian_gradient_magnitude":
        # it smooths along all axes, whatever `axes` are
        widths = np.zeros(variable.ndim)
        widths[given["axes"]] = given["sigma"]
        given["sigma"] = widths.tolist()

    def compute(array: Any) -> Any:
        if is_lazy(array):
            from ..dask import ndimage as filters

            return getattr(filters, name)(array, **given)
        return getattr(ndimage, name)(array, **given)

    return applied(compute, variable, {})


def _ordered(name: str, value: Any, order: NDArray[np.intp]) -> Any:
    """Bring what is given for each dimension into the order of the axes."""
    if name in _ARRAYS and value is not None:
        array = np.asarray(value)
        return array.transpose(order) if array.ndim == order.size else array
    several = isinstance(value, list | tuple | np.ndarray) and len(value) == order.size
    return [value[i] for i in order] if name in _EACH and several else value


def _signature(name: str) -> inspect.Signature:
    """Return the arguments of a filter of labelled arrays."""
    found = []
    for each in inspect.signature(getattr(ndimage, name)).parameters.values():
        if each.name == "input":
            each = each.replace(name="x", annotation="DataArray | Dataset")
        elif each.name == "axis":
            each = each.replace(name="dim", default=each.empty, annotation="Hashable")
        elif each.name == "axes":
            each = each.replace(
                name="dim", annotation="Hashable | Sequence[Hashable] | None"
            )
        if each.name != "output":
            found.append(each)
    return inspect.Signature(found, return_annotation="DataArray | Dataset")


def _document(name: str, takes_one: bool, has_workers: bool) -> str:
    dim = (_ONE_DIM if takes_one else _DIM) + _WORKERS * has_workers
    document = adapted(
        name,
        _NOTICE,
        {**_PARAMETERS, "axes": dim, "axis": dim},
        {
            "Returns": _RETURNS.format(name=name),
            "Raises": _RAISES,
            "See Also": f"pyconvolve.ndimage.{name} : for arrays without labels",
            "Examples": _labelled(example_of(name)),
        },
    )
    for word, known in _WORDS.items():
        document = document.replace(f"`{word}`", f"`{known}`")
    return document


def _labelled(example: str) -> str:
    """Label the array that an example filters, and show the values of the result."""
    lines = [">>> import pyconvolve.xarray", ">>> from xarray import DataArray"]
    for each in DocTestParser().get_examples(example):
        source = each.source.rstrip()
        if each.want:
            tree = _Labels().visit(ast.parse(source))
            lines += [f">>> {ast.unparse(tree)}", each.want.rstrip()]
        elif "pyconvolve" not in source:
            lines.insert(0, f">>> {source}")
    return "\n".join(lines)


class _Labels(ast.NodeTransformer):
    """Writes a call of `pyconvolve.ndimage` as one of `pyconvolve.xarray`."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name, _, function = ast.unparse(node.func).rpartition(".")
        if name != "ndimage":
            return node
        array, *others = map(ast.unparse, node.args)
        if function in ("sobel", "prewitt"):
            others = [f'"dim_{axis}"' for axis in others]
        others += [ast.unparse(keyword) for keyword in node.keywords]
        given = ", ".join([f"DataArray({array})", *others])
        called = f"pyconvolve.xarray.{function}({given}).values"
        return ast.parse(called, mode="eval").body
