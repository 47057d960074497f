"""A convolution with one kernel, prepared once and applied many times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ._core import api, arguments
from ._core import workers as threads
from ._core.boundary import Boundary
from ._core.outside import constants_of, is_widened
from ._core.problem import OVERFLOWS
from ._core.sums import Magnitude, is_converted, magnitude_of, with_sums
from .convolution import Method, Mode, Overflow

# Shapes and types of signals for which an object stores the plan and the prepared
# kernel, at most.
_MOST_PLANS = 8
_NAMES = arguments.Names("signal", "kernel")
# Shape and type of a signal, and the type of sums that are converted to integers.
_Key = tuple[tuple[int, ...], np.dtype, np.dtype | None]


class Convolver:
    """Convolution with a kernel that is prepared once.

    A call returns the same as `convolve`. The plan and the spectrum of the kernel are
    computed at the first call for a shape and type of signals; later calls use them
    again [1]_. Plans and spectra for the last eight shapes and types are stored.

    Parameters
    ----------
    kernel : array_like
        The kernel, with as many axes as the signals, or one for each of `axes`. It is
        copied, and must not be empty.
    mode, axes, boundary, cval, method, stride, dilation, upsample, origin : optional
        As for `convolve`.
    dtype, overflow : optional
        As for `convolve`.
    workers : int, optional
        As for `convolve`.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong. The message names the argument, its value and the
        values that are allowed. Rules that depend on the signal are checked when the
        object is called.

    See Also
    --------
    convolve : the same for a single signal

    Notes
    -----
    Objects of this class can't be changed. Threads may share them. They can be pickled;
    a pickle holds neither plans nor spectra.

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*,
       3rd ed., Pearson, 2010, section 8.7.3.

    Examples
    --------
    >>> import numpy as np
    >>> import pyconvolve
    >>> smooth = pyconvolve.Convolver(np.full(51, 1 / 51), mode="same")
    >>> noise = np.random.default_rng(0).standard_normal((3, 1000))
    >>> [bool(np.ptp(smooth(signal)) < 1) for signal in noise]
    [True, True, True]
    >>> smooth  # doctest: +ELLIPSIS
    Convolver(51 taps of float64, mode='same': 1000 float64 by direct...)
    """

    __slots__ = ("_cval", "_kernel", "_magnitude", "_plans", "_rules", "_workers")

    _kernel: NDArray[Any]
    _rules: arguments.Rules
    _cval: complex | Sequence[complex]
    _workers: int | None
    _magnitude: Magnitude | None
    _plans: dict[_Key, tuple[api.Prepared, Any]]

    def __init__(
        self,
        kernel: ArrayLike,
        *,
        mode: Mode = "full",
        axes: int | Sequence[int] | None = None,
        boundary: Boundary | Sequence[Boundary] = "constant",
        cval: complex | Sequence[complex] = 0,
        method: Method = "auto",
        stride: int | Sequence[int] = 1,
        dilation: int | Sequence[int] = 1,
        upsample: int | Sequence[int] = 1,
        origin: int | Sequence[int] = 0,
        dtype: DTypeLike | None = None,
        overflow: Overflow = "wrap",
        workers: int | None = None,
    ) -> None:
        arguments.check_words(mode, method)
        arguments.check_word("overflow", overflow, OVERFLOWS)
        arguments.check_boundary(boundary)
        if workers is not None:
            threads.resolve(workers)
        taps = arguments.array_of("kernel", kernel).copy()
        if not taps.size:
            raise ValueError(f"kernel must not be empty, but its shape is {taps.shape}")
        taps.flags.writeable = False
        outside: Any = cval
        if isinstance(outside, np.ndarray):
            outside = outside.copy()
        elif np.ndim(outside):
            outside = tuple(outside)
        rules = arguments.rules(
            False, mode, method, axes, boundary, cval, stride, dilation, origin,
            upsample=upsample, dtype=dtype, overflow=overflow,
        )  # fmt: skip
        self._initialize(taps, rules, outside, workers)

    def _initialize(
        self,
        kernel: NDArray[Any],
        rules: arguments.Rules,
        cval: complex | Sequence[complex],
        workers: int | None,
    ) -> None:
        magnitude = None
        if is_converted(rules) and kernel.dtype.kind in "biuf":
            magnitude = magnitude_of(kernel, rules.axes)
        for name, value in (
            ("_kernel", kernel),
            ("_magnitude", magnitude),
            ("_rules", rules),
            ("_cval", cval),
            ("_workers", workers),
            ("_plans", {}),
        ):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{name} can't be set: a Convolver doesn't change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{name} can't be deleted: a Convolver doesn't change")

    def __getstate__(self) -> tuple[Any, ...]:
        return self._kernel, self._rules, self._cval, self._workers

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        state[0].flags.writeable = False
        self._initialize(*state)

    @property
    def kernel(self) -> NDArray[Any]:
        """The kernel, read-only."""
        # unlike the array itself, a view of it can't be made writeable
        return self._kernel.view()

    def __call__(
        self, signal: ArrayLike, *, out: NDArray[Any] | None = None
    ) -> NDArray[Any]:
        """Convolve a signal with the kernel.

        Parameters
        ----------
        signal : array_like
            The signal, of any shape that fits the kernel.
        out : ndarray, optional
            The array to store the result in, as for `convolve`.

        Returns
        -------
        ndarray
            Of the shape, dtype and values that `convolve` returns.

        Raises
        ------
        ValueError, TypeError
            If `signal` doesn't fit the kernel, or `out` doesn't fit the result.
        OverflowError
            If `overflow` is 'raise' and outputs do not fit the type of the result.
        """
        given = (
            signal
            if type(signal) is np.ndarray
            else arguments.array_of("signal", signal)
        )
        prepared, kernel = self._look_up(given)
        constants = None
        if self._rules.zero is not True:
            constants = constants_of(self._cval, prepared.problem, self._rules.axes)
            if constants is not None and is_widened(given, constants):
                given = given.astype(prepared.dtype)
                prepared, kernel = self._look_up(given)
        return api.execute(
            prepared, given, self._kernel, kernel, constants, out, self._workers
        )

    def _look_up(self, signal: NDArray[Any]) -> tuple[api.Prepared, Any]:
        """Return the plan for a signal, and the kernel prepared for it or None."""
        rules, kernel = self._rules, self._kernel
        if is_converted(rules):
            rules = with_sums(rules, signal, kernel, self._cval, self._magnitude)
        key = signal.shape, signal.dtype, rules.sums
        known: tuple[api.Prepared, Any] | None = self._plans.get(key)
        if known is not None:
            return known
        prepared = api.prepare(
            _NAMES,
            rules,
            signal.shape,
            kernel.shape,
            signal.dtype,
            kernel.dtype,
            self._cval,
        )
        # in mode 'valid' a signal smaller than the kernel takes the kernel's part
        pinned = None if prepared.swapped else prepared.plan.prepare(kernel, True)
        # No lock, which a fork could leave held: of two threads that do this at once,
        # one loses its plan and makes it again later.
        plans = [*self._plans.items(), (key, (prepared, pinned))]
        object.__setattr__(self, "_plans", dict(plans[-_MOST_PLANS:]))
        return prepared, pinned

    def __repr__(self) -> str:
        taps = "x".join(map(str, self._kernel.shape)) or "1"
        said = [f"{taps} taps of {self._kernel.dtype}", f"mode={self._rules.mode!r}"]
        if self._rules.zero is not True:
            said.append(f"cval={self._cval}")
        for name, usual in (("axes", None), ("boundary", "constant"),
                            ("method", "auto"), ("stride", 1), ("dilation", 1),
                            ("upsample", 1), ("origin", 0),
                            ("overflow", "wrap")):  # fmt: skip
            value = getattr(self._rules, name)
            if value != usual:
                said.append(f"{name}={value!r}")
        if self._rules.dtype is not None:
            said.append(f"dtype={self._rules.dtype}")
        if self._workers is not None:
            said.append(f"workers={self._workers}")
        chosen = [
            f"{'x'.join(map(str, shape))} {dtype} by {prepared.plan!r}"
            for (shape, dtype, _), (prepared, _) in self._plans.items()
        ]
        return (
            f"Convolver({', '.join(said)}{': ' if chosen else ''}{'; '.join(chosen)})"
        )
