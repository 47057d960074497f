"""Docstrings of functions that call an image filter, but take other arguments."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping

from .. import ndimage

_SECTION = re.compile(r"\n\n(\w[\w ]*)\n-+\n")
# The order that numpydoc asks for.
_ORDER = ["Parameters", "Returns", "Raises", "See Also", "References", "Examples"]
# SciPy's functions, whose own docstrings have another form.
_THEIRS = {
    "generic_filter": """Call a function for the window around each sample.

Parameters
----------
input : array_like
    The image.
function : callable or scipy.LowLevelCallable
    Returns an output for the samples of a window.
size, footprint, mode, cval, origin, axes : optional
    As for `maximum_filter`.
extra_arguments, extra_keywords : optional
    Further arguments of `function`.

Examples
--------
>>> from pyconvolve import ndimage
>>> ndimage.generic_filter([3, 1, 2, 9], max, 3)
array([3, 3, 9, 9])""",
    "median_filter": """Compute the median of the window around each sample.

Parameters
----------
input : array_like
    The image.
size, footprint, mode, cval, origin, axes : optional
    As for `maximum_filter`.

Examples
--------
>>> from pyconvolve import ndimage
>>> ndimage.median_filter([3, 1, 2, 9], 3)
array([3, 2, 2, 9])""",
    "percentile_filter": """Compute a percentile of the window around each sample.

Parameters
----------
input : array_like
    The image.
percentile : float
    From 0 for the least sample to 100 for the largest; a negative one counts from
    above.
size, footprint, mode, cval, origin, axes : optional
    As for `maximum_filter`.

Examples
--------
>>> from pyconvolve import ndimage
>>> ndimage.percentile_filter([3, 1, 2, 9], 100, 3)
array([3, 3, 9, 9])""",
    "rank_filter": """Compute the sample of a rank in the window around each sample.

Parameters
----------
input : array_like
    The image.
rank : int
    From 0 for the least sample on; a negative one counts from the largest.
size, footprint, mode, cval, origin, axes : optional
    As for `maximum_filter`.

Examples
--------
>>> from pyconvolve import ndimage
>>> ndimage.rank_filter([3, 1, 2, 9], -1, 3)
array([3, 3, 9, 9])""",
}


def adapted(
    name: str,
    notice: str,
    parameters: Mapping[str, str],
    sections: Mapping[str, str],
) -> str:
    """Return the docstring of a function that calls an image filter.

    Parameters
    ----------
    name : str
        Of a function of `pyconvolve.ndimage`.
    notice : str
        A paragraph behind the summary.
    parameters : mapping of str to str
        Name of a parameter -> its new entry, which stands in the place of the old one.
        An empty string leaves the parameter out.
    sections : mapping of str to str
        Name of a section -> its new text.
    """
    text = _THEIRS.get(name) or inspect.getdoc(getattr(ndimage, name)) or ""
    summary, *rest = _SECTION.split(text)
    texts = dict(zip(rest[::2], rest[1::2], strict=True))
    texts["Parameters"] = _entries(texts["Parameters"], parameters)
    texts.setdefault("References", f".. [1] `scipy.ndimage.{name}`")
    texts |= sections
    parts = [f"{each}\n{'-' * len(each)}\n{texts[each]}" for each in _ORDER]
    return "\n\n".join([summary, notice, *parts]) + "\n"


def example_of(name: str) -> str:
    """Return the examples of a function of `pyconvolve.ndimage`."""
    text = _THEIRS.get(name) or inspect.getdoc(getattr(ndimage, name)) or ""
    return text.partition("Examples\n--------\n")[2]


def _entries(text: str, replaced: Mapping[str, str]) -> str:
    """Replace entries of parameters, of which one may be that of several names."""
    found = []
    for entry in re.split(r"\n(?=\S)", text):
        head, _, body = entry.partition("\n")
        names, _, kind = head.partition(" : ")
        left = [each for each in names.split(", ") if each not in replaced]
        if left:
            found.append(f"{', '.join(left)} : {kind}\n{body}")
        found += [replaced[each] for each in names.split(", ") if replaced.get(each)]
    return "\n".join(found)
