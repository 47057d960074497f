"""Derivatives of images that a Gaussian smooths, with the words of `scipy.ndimage`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike, NDArray

from .arguments import Refused, axes_of, each
from .calls import Output, Wanted, run
from .drop_in import drop_in
from .gaussians import prepare_gaussian
from .stages import Combined, Filter


@drop_in
def gaussian_laplace(
    input: ArrayLike,
    sigma: float | Sequence[float],
    output: Output = None,
    mode: str | Sequence[str] = "reflect",
    cval: complex = 0.0,
    *,
    axes: int | Sequence[int] | None = None,
    workers: int | None = None,
    **kwargs: Any,
) -> NDArray[Any]:
    """Sum the second derivatives of an image that a Gaussian smooths.

    Parameters
    ----------
    input : array_like
        The image.
    sigma : float or sequence of float
        Standard deviation of the Gaussian, for all of `axes` or for each.
    output, cval, workers : optional
        As for `correlate`.
    mode : str or sequence of str, optional
        As for `correlate`, for all of `axes` or for each.
    axes : int or sequence of int, optional
        The axes to differentiate along, all by default.
    **kwargs : optional
        Further arguments of `gaussian_filter`.

    Returns
    -------
    ndarray, of the shape of the image
        As for `correlate`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.gaussian_laplace`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.gaussian_laplace([0.0, 0.0, 1.0, 0.0, 0.0], 1).round(2)
    array([ 0.2,  0. , -0.4,  0. ,  0.2])
    """
    arguments = False, sigma, mode, cval, axes, *options_of(kwargs)
    return run(_prepare, input, output, arguments, workers)


@drop_in
def gaussian_gradient_magnitude(
    input: ArrayLike,
    sigma: float | Sequence[float],
    output: Output = None,
    mode: str | Sequence[str] = "reflect",
    cval: complex = 0.0,
    *,
    axes: int | Sequence[int] | None = None,
    workers: int | None = None,
    **kwargs: Any,
) -> NDArray[Any]:
    """Compute the magnitude of the gradient of an image that a Gaussian smooths.

    Parameters
    ----------
    input : array_like
        The image.
    sigma : float or sequence of float
        Standard deviation of the Gaussian, for all axes or for each.
    output, cval, workers : optional
        As for `correlate`.
    mode : str or sequence of str, optional
        As for `correlate`, for all of `axes` or for each.
    axes : int or sequence of int, optional
        The axes to differentiate along, all by default.
    **kwargs : optional
        Further arguments of `gaussian_filter`.

    Returns
    -------
    ndarray, of the shape of the image
        As for `correlate`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.gaussian_gradient_magnitude`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.gaussian_gradient_magnitude([0.0, 0.0, 1.0, 1.0, 1.0], 0.5).round(2)
    array([0.  , 0.43, 0.43, 0.  , 0.  ])
    """
    arguments = True, sigma, mode, cval, axes, *options_of(kwargs)
    return run(_prepare, input, output, arguments, workers)


def options_of(given: dict[str, Any]) -> tuple[Any, Any]:
    """Return the arguments `truncate` and `radius` of `gaussian_filter`."""
    options = {"truncate": 4.0, "radius": None, **given}
    if len(options) > 2:
        raise Refused
    return options["truncate"], options["radius"]


def _prepare(
    wanted: Wanted,
    squares: bool,
    sigma: Any,
    mode: Any,
    cval: Any,
    axes: Any,
    truncate: Any,
    radius: Any,
) -> Filter | Combined:
    """Prepare `gaussian_laplace`, or `gaussian_gradient_magnitude`."""
    found = derivatives_of(len(wanted.shape), squares, sigma, mode, axes)
    if not found:
        return Filter(
            wanted.shape, wanted.result(wanted.dtype.kind == "c", promotes=False), []
        )
    filters = [
        prepare_gaussian(wanted, *derivative, cval, truncate, radius, None)
        for derivative in found
    ]
    return Combined(filters, squares)


def derivatives_of(
    ndim: int, squares: bool, sigma: Any, mode: Any, axes: Any
) -> list[tuple[Any, list[int], Any]]:
    """Return the arguments `sigma`, `order` and `mode` of each `gaussian_filter`."""
    chosen = axes_of(axes, ndim)
    if not squares:
        sigma = each(sigma, len(chosen))
        if len(chosen) < ndim:
            given = dict(zip(chosen, sigma, strict=True))
            sigma = [given.get(a, 0) for a in range(ndim)]
    modes = each(mode, len(chosen)) if chosen else ()
    found = []
    for axis, word in zip(chosen, modes, strict=True):
        order = [0] * ndim
        order[axis] = 1 if squares else 2
        found.append((sigma, order, word))
    return found
