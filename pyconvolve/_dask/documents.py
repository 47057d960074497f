"""Docstrings of `pyconvolve.dask.ndimage`."""

from __future__ import annotations

import re
from doctest import DocTestParser

from .._ndimage.documents import adapted, example_of

_NOTICE = """The result is lazy. Each of its chunks is computed of the samples that it
depends on, which are those of the whole image also at the ends of chunks."""
_PARAMETERS = {
    "input": """input : dask.array.Array or array_like
    The image, in chunks of known sizes.""",
    "output": "",
    "workers": """workers : int, optional
    Most threads that a task uses.""",
}
_DEPTH = """
depth : int or sequence of int
    How many samples around it an output depends on, along all axes or along each."""
_RETURNS = """dask.array.Array, of the shape and the chunks of the image
    Of the type that `pyconvolve.ndimage.{name}` returns."""
_OF_CALLERS = "dask.array.Array, of the shape, the chunks and the type of the image"
_RAISES = """ValueError, TypeError, RuntimeError
    If an argument is wrong, with SciPy's message, or if sizes of chunks are unknown."""


def document_of(name: str, calls_function: bool, takes_depth: bool) -> str:
    """Return the docstring of a function of `pyconvolve.dask.ndimage`.

    Parameters
    ----------
    name : str
    calls_function : bool
        Whether the function calls one of the caller.
    takes_depth : bool
        Whether it has the argument `depth`.
    """
    parameters = dict(_PARAMETERS)
    if takes_depth:
        parameters["workers"] += _DEPTH
    return adapted(
        name,
        _NOTICE,
        parameters,
        {
            "Returns": _OF_CALLERS if calls_function else _RETURNS.format(name=name),
            "Raises": _RAISES,
            "See Also": f"pyconvolve.ndimage.{name} : the same for arrays in memory",
            "Examples": _lazy(example_of(name), takes_depth),
        },
    )


def _lazy(example: str, takes_depth: bool) -> str:
    """Import from `pyconvolve.dask`, and compute what is shown."""
    lines = []
    for each in DocTestParser().get_examples(example):
        source = each.source.rstrip()
        if each.want:
            source += ".compute()"
            if takes_depth:
                # the derivative filters arrays in memory
                source = re.sub(r"(ndimage\.\w+)\)", r"pyconvolve.\1, depth=1)", source)
        source = source.replace("from pyconvolve import", "from pyconvolve.dask import")
        lines.append(f">>> {source}\n{each.want}")
    if takes_depth:
        lines.insert(0, ">>> import pyconvolve.ndimage\n")
    return "".join(lines).rstrip()
