"""The plan of a convolution: its engine, tiles, expected times and memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike, DTypeLike

from ._core import api, arguments, plan
from ._core import workers as threads
from ._core.boundary import Boundary
from ._core.forms import FormPlan
from ._core.sums import is_converted, with_sums
from .convolution import Lags, Method, Mode, Overflow

_NAMES = arguments.Names("in1", "in2")


@dataclass(frozen=True)
class Explanation:
    """The plan of `convolve` for inputs of certain shapes and types.

    Attributes
    ----------
    engine : {'direct', 'fft', 'running', 'separable', 'tapwise'}
        'direct' sums products, 'fft' transforms tiles, 'running' sums boxes,
        'separable' sums axis by axis, 'tapwise' calls NumPy for each tap.
    tiles : str
        A description of the tiles that the engine divides the output into.
    seconds : dict of str to float
        Predicted seconds of each engine that the method allows, with one worker, in a
        loop: with warm caches, and with a kernel whose spectra are known.
    memory : int
        Bytes that are needed besides inputs and output.
    workers : int
        Number of threads that `memory` is for.
    """

    engine: str
    tiles: str
    seconds: dict[str, float]
    memory: int
    workers: int

    @property
    def method(self) -> str:
        """The value of the argument `method` that chooses this engine."""
        return self.engine if self.engine in plan.METHODS else "direct"

    def __repr__(self) -> str:
        times = ", ".join(
            f"{name} {1e3 * seconds:.3g} ms" for name, seconds in self.seconds.items()
        )
        workers = f"{self.workers} worker{'s' if self.workers > 1 else ''}"
        return (
            f"{self.tiles}\n"
            f"expected of one worker: {times}\n"
            f"memory beside the arrays, {workers}: {self.memory / 2**20:.2g} MB"
        )


def explain(
    in1: ArrayLike,
    in2: ArrayLike,
    mode: Mode = "full",
    method: Method = "auto",
    *,
    axes: int | Sequence[int] | None = None,
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    upsample: int | Sequence[int] = 1,
    origin: int | Sequence[int] = 0,
    lags: Lags | Sequence[Lags] | None = None,
    dtype: DTypeLike | None = None,
    overflow: Overflow = "wrap",
    workers: int | None = None,
) -> Explanation:
    """Tell how `convolve` would compute these arguments, without computing anything.

    `convolve` sums products or transforms tiles [1]_, by the times expected of both.

    Parameters
    ----------
    in1, in2 : array_like
        Signal and kernel. Usually only their shapes and types matter;
        ``np.broadcast_to(0.0, shape)`` takes no memory.
    mode, method, axes, boundary, cval, stride, dilation, upsample, origin : optional
        As for `convolve`.
    lags, dtype, overflow, workers : optional
        As for `convolve`. With `dtype` or `overflow`, the taps matter, too: they tell
        how large sums are.

    Returns
    -------
    Explanation
        The engine, its tiles, the time expected of each engine, and the memory needed.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong. The message names the argument, its value and the
        values that are allowed.

    See Also
    --------
    convolve : computes it

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*,
       3rd ed., Pearson, 2010, section 8.7.3.

    Examples
    --------
    >>> import numpy as np
    >>> import pyconvolve
    >>> laplacian = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    >>> plan = pyconvolve.explain(np.ones((512, 512)), laplacian, "same")
    >>> plan.engine
    'direct'
    >>> plan.seconds["direct"] < plan.seconds["fft"]
    True
    """
    how = arguments.rules(
        False, mode, method, axes, boundary, cval, stride, dilation, origin, lags,
        upsample=upsample, dtype=dtype, overflow=overflow,
    )  # fmt: skip
    first, second = (
        arguments.array_of(name, value)
        for name, value in zip(_NAMES, (in1, in2), strict=True)
    )
    if is_converted(how):
        how = with_sums(how, first, second, cval)
    prepared = api.prepare(
        _NAMES, how, first.shape, second.shape, first.dtype, second.dtype, cval
    )
    chosen, number = prepared.plan, threads.resolve(workers)
    seconds = plan.seconds(prepared.problem, method, how.thresholds)
    if isinstance(chosen, FormPlan):
        chosen = chosen.chosen_for(first if prepared.swapped else second)
        seconds[chosen.name] = chosen.seconds
    return Explanation(
        chosen.name,
        repr(chosen),
        seconds,
        chosen.memory(number),
        number,
    )
