"""Normalised cross-correlation: finds templates at any brightness and contrast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from numpy.typing import ArrayLike, NDArray

from ._core.boundary import Boundary
from ._core.thresholds import THRESHOLDS
from ._normalized import matches
from ._normalized.arguments import Edges
from .convolution import Method, Mode


def normalized_correlate(
    image: ArrayLike,
    template: ArrayLike,
    mode: Mode = "valid",
    *,
    mask: ArrayLike | None = None,
    nan: Literal["ignore", "propagate"] = "ignore",
    min_overlap: float = 0.3,
    axes: int | Sequence[int] | None = None,
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    edges: Edges = "boundary",
    method: Method = "auto",
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Compare a template with an image at every position, whatever the brightness.

    .. math:: y[n] = \frac{\sum_k (x[n + k] - \bar x_n) \, \overline{(t[k] - \bar t_n)}}
       {\sqrt{\sum_k |x[n + k] - \bar x_n|^2 \, \sum_k |t[k] - \bar t_n|^2}}

    with sums and means over the samples :math:`x` of the image that lie under the
    template :math:`t` and are not missing. This is the zero-mean normalised
    cross-correlation [1]_, masked [2]_ where samples are missing. It depends neither on
    the brightness (an added constant) nor on the contrast (a positive factor).

    Parameters
    ----------
    image : array_like
        Integers, real or complex numbers, of any number of dimensions. Masked samples
        of a masked array are missing.
    template : array_like
        The template, with as many axes as `image`, or one for each of `axes`. It must
        be finite and must not be constant. Along axes on which `image` has length one,
        it may hold many templates; the statistics of the image's windows are computed
        once for all of them.
    mode : {'valid', 'same', 'full'}, optional
        As for `correlate`. 'valid': positions where the whole template lies inside the
        image. 'same': positions where its centre does. 'full': positions where any part
        of it does.
    mask : array_like of bool, optional
        True for samples that are missing, as for `numpy.ma`; broadcast to `image`.
    nan : {'ignore', 'propagate'}, optional
        'ignore': NaN is a missing sample. 'propagate': every output whose window holds
        NaN is NaN.
    min_overlap : float, optional
        Where a smaller share of the template than this meets samples, the output is 0.
        From 0 to 1.
    axes, boundary, cval, method, workers : optional
        As for `correlate`.
    edges : {'boundary', 'renormalize'}, optional
        'boundary': samples outside are those that `boundary` gives. 'renormalize':
        samples outside are missing; `boundary` and `cval` must be left out.
    out : ndarray, optional
        The array to store the result in, of the shape and dtype of the result.

    Returns
    -------
    ndarray
        From -1 to 1; if complex, of magnitude up to 1. It is 0 where the samples under
        the template, or the taps above samples that are not missing, are constant. It
        is NaN where the window holds an infinity. Of the floating-point type of the
        inputs; computed in double precision at least.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, or the template is constant. The message names the
        argument, its value and the values that are allowed.

    See Also
    --------
    correlate : without any normalisation

    Notes
    -----
    Each output depends on the samples of its own window only, however large samples
    beside the window are. The image is computed block by block, and the median of each
    block is subtracted first. Windows whose contrast is so small beside their block
    that rounding would show are computed again in smaller blocks, and at last one by
    one.

    References
    ----------
    .. [1] J. P. Lewis, "Fast normalized cross-correlation", *Vision Interface*, 1995,
       pages 120-123.
    .. [2] D. Padfield, "Masked object registration in the Fourier domain", *IEEE
       Transactions on Image Processing* 21(5), 2012, pages 2706-2718.

    Examples
    --------
    >>> import numpy as np
    >>> import pyconvolve
    >>> image = np.random.default_rng(0).random((40, 50))
    >>> template = 3 + 2 * image[10:17, 20:29]
    >>> found = pyconvolve.normalized_correlate(image, template)
    >>> [int(i) for i in np.unravel_index(found.argmax(), found.shape)]
    [10, 20]
    >>> float(found.max().round(12))
    1.0

    The same with missing samples in the image:

    >>> image[12:15, 22:26] = np.nan
    >>> found = pyconvolve.normalized_correlate(image, template)
    >>> [int(i) for i in np.unravel_index(found.argmax(), found.shape)]
    [10, 20]
    """
    return matches.run(
        THRESHOLDS, image, template, mode=mode, mask=mask, nan=nan,
        min_overlap=min_overlap, axes=axes, boundary=boundary, cval=cval, edges=edges,
        method=method, out=out, workers=workers,
    )  # fmt: skip
