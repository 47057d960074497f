"""Deconvolution: the signal, from its convolution with a known kernel."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._core import workers as threads
from ._core.arguments import check_boundary, check_word
from ._core.boundary import Boundary
from ._core.output import copy_to, output_for
from ._deconvolution import least_squares, richardson_lucy, wiener
from ._deconvolution.arguments import Blurred, blurred_of, regularizer_of, start_of
from ._deconvolution.iterations import Callback, Progress
from ._normalized.arguments import number_of

Restoration = Literal["wiener", "richardson_lucy", "least_squares"]

# The optional arguments that a method takes.
_REGULARIZED = ("regularization", "regularizer")
_ITERATIVE = ("iterations", "x0", "mask", "callback", "progress")
_OPTIONS: dict[str, tuple[str, ...]] = {
    "wiener": _REGULARIZED,
    "richardson_lucy": (*_ITERATIVE, "normalize", "filter_epsilon"),
    "least_squares": (*_REGULARIZED, *_ITERATIVE, "tolerance"),
}


def deconvolve(
    y: ArrayLike,
    h: ArrayLike,
    *,
    method: Restoration = "wiener",
    regularization: float | None = None,
    regularizer: ArrayLike | None = None,
    iterations: int | None = None,
    tolerance: float | None = None,
    x0: ArrayLike | None = None,
    boundary: Boundary | Sequence[Boundary] | None = None,
    axes: int | Sequence[int] | None = None,
    mask: ArrayLike | None = None,
    normalize: bool | None = None,
    filter_epsilon: float | None = None,
    callback: Callback | None = None,
    progress: bool | Progress = False,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Find the signal whose convolution with a kernel is known.

    The result :math:`x` approximates :math:`A x = y`, where :math:`A x` is
    ``convolve(x, h, "same", boundary=boundary)``. Noise in `y` would grow without bound
    at frequencies that the kernel suppresses. Each method limits it in its own way.

    'wiener' divides spectra [1]_, [2]_, with the regulariser :math:`D`:

    .. math:: X = \frac{\overline{H} \, Y}{|H|^2 + \lambda |D|^2}

    'richardson_lucy' is the maximum of likelihood for counts, which are Poisson
    distributed, after infinitely many iterations [3]_, [4]_, [5]_:

    .. math:: x \leftarrow x \, \frac{A^T (w \, y / A x)}{A^T w}

    'least_squares' minimises by conjugate gradients [6]_

    .. math:: \sum w \, |y - A x|^2 + \lambda \sum |D x|^2

    The weights :math:`w` are 0 where samples of `y` are missing, and 1 elsewhere.

    Parameters
    ----------
    y : array_like
        The result of the convolution: truth values, integers, real or complex numbers,
        of any number of dimensions. Masked samples of a masked array, and NaN, are
        missing.
    h : array_like
        The kernel, with as many axes as `y`, or one for each of `axes`. Its taps must
        be finite.
    method : {'wiener', 'richardson_lucy', 'least_squares'}, optional
        'wiener' is fast. 'richardson_lucy' keeps samples positive; `y` and `h` must be
        real. 'least_squares' allows every boundary, missing samples and samples of any
        sign.
    regularization : float, optional
        The weight :math:`\lambda`, at least 0; 0.01 by default. Larger values make the
        result smoother, or smaller. Frequencies whose divisor is 0 are 0. Not for
        'richardson_lucy'.
    regularizer : array_like, optional
        The taps of :math:`D`, with as many axes as `h`. By default 'wiener' takes the
        Laplacian, the taps -1, 2, -1 along each axis, and 'least_squares' takes one
        tap, so that :math:`D x = x`. Not for 'richardson_lucy'.
    iterations : int, optional
        The number of iterations, 50 by default. The fewer there are, the smoother the
        result is. Not for 'wiener'.
    tolerance : float, optional
        'least_squares' ends after fewer iterations if the norm of the gradient is that
        of the gradient for :math:`x = 0` times this, or less; 1e-6 by default.
    x0 : array_like, optional
        The signal to start at, of the shape of `y`. By default 0.5 for
        'richardson_lucy' and 0 for 'least_squares'. Not for 'wiener'.
    boundary : {'constant', 'edge', 'reflect', 'symmetric', 'wrap'}, optional
        How the signal continues beyond its ends, as for `convolve`: one for all
        convolved axes, or one for each. 'wiener' takes 'wrap' only, which is its
        default. The default of the other methods is 'constant': zeros.
    axes : int or sequence of int, optional
        Axes to convolve along, all by default. The others are a batch: signals along
        these share one kernel, or have a kernel each.
    mask : array_like of bool, optional
        True for samples of `y` that are missing, as for `numpy.ma`; broadcast to `y`.
        The result has all samples. Not for 'wiener'.
    normalize : bool, optional
        Whether 'richardson_lucy' divides by :math:`A^T w`. If it does not, the result
        is that of scikit-image, which is dark at edges and near missing samples, and
        the taps must sum to one. By default it does not if `boundary` is 'constant' and
        no sample is missing.
    filter_epsilon : float, optional
        'richardson_lucy' takes the quotient :math:`y / A x` as 0 where :math:`A x` is
        less than this; 0 by default.
    callback : callable, optional
        Is called after each iteration, with its number, from 1 on, and with the signal
        so far, a read-only view that changes with the next iteration. If it returns
        True, that iteration is the last one. Not for 'wiener'.
    progress : bool or callable, optional
        True shows a bar, for which rich must be installed. A function is given an
        iterable of the numbers of iterations, and returns one that shows how far it is,
        as `tqdm.tqdm` does. Not for 'wiener'.
    out : ndarray, optional
        The array to store the result in, of the shape and dtype of the result.
    workers : int, optional
        The largest number of threads to use, see `set_workers`.

    Returns
    -------
    ndarray
        Of the shape of `y`, and of the floating-point type that NumPy promotes `y` and
        `h` to, in single precision at least; float64 if both hold integers or truth
        values.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, or the method does not take it. The message names the
        argument, its value and the values that are allowed.
    ImportError
        If `progress` is True and rich is not installed.

    See Also
    --------
    convolve : the convolution
    normalized_convolve : fills gaps without sharpening

    Notes
    -----
    For kernels with odd numbers of taps, 'wiener' and 'richardson_lucy' with their
    defaults give the results of ``skimage.restoration.wiener``, whose ``balance`` is
    `regularization`, and of ``skimage.restoration.richardson_lucy``, both with
    ``clip=False``, to rounding. For even numbers of taps, the centre of the kernel is
    that of `convolve` in mode 'same', and :math:`A^T` is the transpose of :math:`A`;
    scikit-image has its centres one sample further.

    A photograph shows light from beyond its edges. To allow for it, pad `y` by half the
    kernel, and let `mask` be true there: the signal is then found there, too, by what
    it adds to the samples inside [5]_.

    Signals of a batch do not depend on each other, but iterations of 'least_squares'
    end when the gradients of all of them are small enough.

    The memory besides the arrays given and returned is that of a spectrum of `y` for
    'wiener', and that of a few arrays like `y` for the other methods. Wiener's filters
    of the last small kernels are cached, see `clear_caches`.

    References
    ----------
    .. [1] B. R. Hunt, "The application of constrained least squares estimation to image
       restoration by digital computer", *IEEE Transactions on Computers* C-22, 1973,
       pages 805-812.
    .. [2] F. Orieux, J.-F. Giovannelli and T. Rodet, "Bayesian estimation of
       regularization and point spread function parameters for Wiener-Hunt
       deconvolution", *Journal of the Optical Society of America A* 27, 2010,
       pages 1593-1607.
    .. [3] W. H. Richardson, "Bayesian-based iterative method of image restoration",
       *Journal of the Optical Society of America* 62, 1972, pages 55-59.
    .. [4] L. B. Lucy, "An iterative technique for the rectification of observed
       distributions", *The Astronomical Journal* 79, 1974, pages 745-754.
    .. [5] M. Bertero and P. Boccacci, "A simple method for the reduction of boundary
       effects in the Richardson-Lucy approach to image deconvolution", *Astronomy and
       Astrophysics* 437, 2005, pages 369-374.
    .. [6] A. Bjorck, *Numerical Methods for Least Squares Problems*, SIAM, 1996,
       section 7.4.

    Examples
    --------
    >>> import numpy as np
    >>> import pyconvolve
    >>> x = np.array([0, 0, 3, 1, 0, 0, 5, 0], float)
    >>> h = [0.1, 0.6, 0.3]
    >>> y = pyconvolve.convolve(x, h, "same", boundary="wrap")
    >>> pyconvolve.deconvolve(y, h, regularization=1e-9).round(3) + 0
    array([0., 0., 3., 1., 0., 0., 5., 0.])

    Counts, of which one is missing:

    >>> y[2] = np.nan
    >>> pyconvolve.deconvolve(
    ...     y, h, method="richardson_lucy", iterations=5000, boundary="wrap"
    ... ).round(3)
    array([0., 0., 3., 1., 0., 0., 5., 0.])
    """
    check_word("method", method, tuple(_OPTIONS))
    _check_options(
        method,
        {
            "regularization": regularization,
            "regularizer": regularizer,
            "iterations": iterations,
            "tolerance": tolerance,
            "x0": x0,
            "mask": mask,
            "normalize": normalize,
            "filter_epsilon": filter_epsilon,
            "callback": callback,
            "progress": None if progress is False else progress,
        },
    )
    if not (normalize is None or isinstance(normalize, (bool, np.bool_))):
        raise TypeError(f"normalize must be True, False or None, not {normalize!r}")
    if not (callback is None or callable(callback)):
        raise TypeError(f"callback must be a function, not {callback!r}")
    if not (isinstance(progress, bool) or callable(progress)):
        raise TypeError(f"progress must be True, False or a function, not {progress!r}")
    strength = _number("regularization", regularization, 0.01)
    count = _count(iterations)
    threads.resolve(workers)
    if boundary is None:
        boundary = "wrap" if method == "wiener" else "constant"
    rule = check_boundary(boundary)
    words = {rule} if isinstance(rule, str) else {*rule}
    blurred = blurred_of(y, h, axes, rule, mask)
    penalty = None
    if regularizer is not None:
        penalty = regularizer_of(blurred, regularizer, axes, rule)
    if method == "wiener":
        if words != {"wrap"}:
            raise ValueError(
                "boundary must be 'wrap' with method='wiener', which divides spectra, "
                f"not {boundary!r}; 'richardson_lucy' and 'least_squares' take it"
            )
        if blurred.missing is not None:
            raise ValueError(
                "y must have all samples with method='wiener', but "
                f"{blurred.missing.sum()} are NaN or masked; 'richardson_lucy' and "
                "'least_squares' leave them out"
            )
        x = _result(blurred, out)
        wiener.run(blurred, strength, penalty, x, threads.resolve(workers))
    elif method == "richardson_lucy":
        _check_real(blurred, y)
        x = _result(blurred, out)
        x[...] = 0.5 if x0 is None else start_of(blurred, x0)
        if normalize is None:
            # scikit-image has no missing samples, and zeros outside
            normalize = blurred.missing is not None or words != {"constant"}
        richardson_lucy.run(
            blurred, x, iterations=count, normalize=normalize,
            filter_epsilon=_number("filter_epsilon", filter_epsilon, 0),
            callback=callback, progress=progress, workers=workers,
        )  # fmt: skip
    else:
        x = _result(blurred, out)
        x[...] = 0 if x0 is None else start_of(blurred, x0)
        least_squares.run(
            blurred, x, regularization=strength, regularizer=penalty, iterations=count,
            tolerance=_number("tolerance", tolerance, 1e-6),
            callback=callback, progress=progress, workers=workers,
        )  # fmt: skip
    return copy_to(out, x)


def _check_options(method: str, options: dict[str, Any]) -> None:
    """Raise ValueError for an argument that the method does not take."""
    for name, value in options.items():
        if value is not None and name not in _OPTIONS[method]:
            takers = [other for other, names in _OPTIONS.items() if name in names]
            raise ValueError(
                f"{name} must be left out with method={method!r}, for it belongs to "
                f"{' and '.join(map(repr, takers))}"
            )


def _check_real(blurred: Blurred, y: ArrayLike) -> None:
    """Raise TypeError if the samples or the taps are complex."""
    if blurred.y.dtype.kind == "c":
        name = "y" if np.iscomplexobj(y) else "h"
        raise TypeError(
            f"{name} must be real with method='richardson_lucy', not complex"
        )


def _result(blurred: Blurred, out: NDArray[Any] | None) -> NDArray[Any]:
    """Return the array to compute the signal in, which is `out` if possible."""
    read = [blurred.y, blurred.kernel.taps]
    if blurred.missing is not None:
        read.append(blurred.missing)
    return output_for(out, blurred.y.shape, blurred.y.dtype, read)


def _number(name: str, value: float | None, default: float) -> float:
    """Return an argument, finite and at least 0, or its default value."""
    number = default if value is None else number_of(name, value)
    if number == np.inf:
        raise ValueError(f"{name} must be finite, not {value!r}")
    return number


def _count(iterations: int | None) -> int:
    """Return the number of iterations."""
    if iterations is None:
        return 50
    try:
        count = index(iterations)
    except TypeError:
        raise TypeError(f"iterations must be an integer, not {iterations!r}") from None
    if count < 0:
        raise ValueError(f"iterations must be at least 0, not {iterations!r}")
    return count
