"""Convolution of a signal that comes block by block."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ._core import arguments
from ._core import workers as threads
from ._core.output import copy_to, output_for
from ._stream.blocks import (
    axis_of,
    check_fits,
    check_shape,
    kernel_of,
    lines_of,
    types_of,
    with_one_axis,
)
from ._stream.crossfade import Crossfade, Fade
from ._stream.exclusive import Exclusive
from ._stream.filters import Filter, convolve_whole, filter_for, is_long
from ._stream.given_state import stream_convolve as stream_convolve
from ._stream.state import StreamState

_HALF, _SINGLE = np.dtype(np.float16), np.dtype(np.float32)


class _Ready(NamedTuple):
    """A prepared kernel, for the next signal."""

    kernel: NDArray[Any]
    types: tuple[np.dtype, np.dtype]
    """Of the signal and of the outputs."""
    filter: Filter


class Stream:
    r"""Convolution of a signal that comes block by block.

    Each call takes the next samples and returns as many outputs: those of

    .. math:: y[n] = \sum_k h[k] \, x[n - k]

    for the same :math:`n`, with zeros before the first sample. There is no latency, and
    blocks may have any length. The outputs of all blocks and of `flush`, one after the
    other, are those of `convolve` in mode 'full'.

    Parameters
    ----------
    h : array_like
        The kernel. Of shape (taps,): one for all signals. Of shape (outputs, inputs,
        taps): a kernel from each input to each output, whose sums over all inputs are
        the outputs. The first axis of blocks then holds the inputs, and that of results
        the outputs.
    axis : int, optional
        The axis of blocks along which samples follow each other.
    dtype : dtype, optional
        The type of outputs, and of samples, which are converted to it. By default the
        type that NumPy promotes the kernel and the first block to.
    block : int, optional
        The usual length of a block, for which the kernel is divided: see Notes. Other
        lengths may come at any time.
    workers : int, optional
        The largest number of threads to use for blocks of tens of thousands of samples,
        see `set_workers`. Shorter blocks are computed by the thread that calls.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong. The message names the argument, its value and the
        values that are allowed.

    See Also
    --------
    stream_convolve : the same without an object, for callers who hold the state
    Convolver : a kernel for signals that are there as a whole

    Notes
    -----
    The first taps are summed directly. The others are divided into partitions, the
    longer the later they are, which are convolved by transforms [1]_ [2]_. Transforms
    of long blocks are divided and computed little by little, while the next block
    comes, so that no call takes much longer than others. Integers, truth values,
    objects and long double are summed by other engines of this package, and integers
    exactly. All of their work is done when a block is whole.

    Blocks of single or double precision are computed without allocating memory and
    without locks if they have the type of the stream and `out` is given. A call for
    less than some tenth of a millisecond of work holds the GIL, as it may take longer
    to get it back.

    Infinite samples and NaN reach the outputs that they reach in direct sums.

    One thread at a time may call a stream; another one gets a RuntimeError.
    `set_kernel` may be called by any thread at any time. A stream that Ctrl-C has
    interrupted has lost samples: it raises RuntimeError until `reset`, or until its
    state is set.

    References
    ----------
    .. [1] W. G. Gardner, "Efficient convolution without input-output delay", J. Audio
       Eng. Soc. 43(3), 1995, pp. 127-136.
    .. [2] F. Wefers, *Partitioned convolution algorithms for real-time auralization*,
       Logos, 2015, chapters 5 and 6.

    Examples
    --------
    >>> import numpy as np
    >>> import pyconvolve
    >>> stream = pyconvolve.Stream([1, 10, 100])
    >>> stream([1, 2])
    array([ 1, 12])
    >>> stream([3])
    array([123])
    >>> stream.flush()
    array([230, 300])

    Two loudspeakers to one ear:

    >>> ear = pyconvolve.Stream([[[1.0, 0.5], [0.0, 2.0]]])
    >>> ear([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    array([[1. , 0.5, 2. ]])
    """

    def __init__(
        self,
        h: ArrayLike,
        *,
        axis: int = -1,
        dtype: DTypeLike | None = None,
        block: int | None = None,
        workers: int | None = None,
    ) -> None:
        self._axis = arguments.integer_of("axis", axis)
        self._dtype = None if dtype is None else arguments.dtype_of(dtype)
        self._block = None if block is None else arguments.integer_of("block", block, 1)
        if workers is not None:
            threads.resolve(workers)
        self._workers = workers
        self._kernel = kernel_of(h, self._dtype)
        self._exclusive = Exclusive()
        self._changes: list[tuple[NDArray[Any], Filter | None, int]] = []
        self._shape: tuple[int, ...] | None = None
        self._ready: _Ready | None = None
        self._signal: np.dtype = np.dtype(np.void)
        self._result: np.dtype = self._signal
        self._crossfade = Crossfade([], [])
        self._forget()

    def _forget(self) -> None:
        """Take the stream back to its beginning, but keep its kernel prepared."""
        if self._shape is not None:
            types = self._signal, self._result
            self._ready = _Ready(self._kernel, types, self._crossfade.filters[-1])
        self._shape = None
        self._result = self._signal = np.dtype(np.void)
        self._crossfade = Crossfade([], [])
        self._interrupted = False

    @property
    def kernel(self) -> NDArray[Any]:
        """The kernel, read-only. While kernels are faded, the one that stays."""
        return (self._changes[-1][0] if self._changes else self._kernel).view()

    @property
    def latency(self) -> int:
        """Samples by which outputs are late: always 0."""
        return 0

    def __call__(
        self, x_block: ArrayLike, out: NDArray[Any] | None = None
    ) -> NDArray[Any]:
        """Take the next samples, and return their outputs.

        Parameters
        ----------
        x_block : array_like
            Samples along the axis of the stream: any number of them, also none. The
            other axes have the same lengths in each call.
        out : ndarray, optional
            The array to store the outputs in, of their shape and type.

        Returns
        -------
        ndarray
            Of the shape of `x_block`. With a kernel for each output and input, the
            first axis has the outputs in place of the inputs.

        Raises
        ------
        ValueError, TypeError
            If `x_block` doesn't fit the blocks before, or `out` doesn't fit the
            outputs. The stream has not taken the samples then.
        RuntimeError
            If another thread is using the stream, or a call was interrupted.
        """
        x = (
            x_block
            if type(x_block) is np.ndarray
            else arguments.array_of("x_block", x_block)
        )
        with self._exclusive:
            return self._process(x, out)

    def _process(self, x: NDArray[Any], out: NDArray[Any] | None) -> NDArray[Any]:
        if self._interrupted:
            raise RuntimeError(
                "this stream was interrupted and has lost samples; call reset(), or "
                "set its state"
            )
        axis = axis_of(x, self._axis, self._kernel)
        if self._shape is None:
            self._begin((*x.shape[:axis], *x.shape[axis + 1 :]), x.dtype)
        else:
            check_shape(x, axis, self._shape)
            check_fits("x_block", x.dtype, self._signal)
        if self._changes:
            self._change_kernels()
        if x.dtype != self._signal:
            x = x.astype(self._signal)
        shape = x.shape
        if self._kernel.ndim == 3:
            shape = (len(self._kernel), *shape[1:])
        output = output_for(out, shape, self._result, (x,))
        if output.size:
            try:
                self._compute(x, output, axis, x.shape[axis])
            except BaseException:
                self._interrupted = True
                raise
        return output if out is None else copy_to(out, output)

    def _begin(self, shape: tuple[int, ...], dtype: np.dtype) -> None:
        """Take the shape and the type of the first block."""
        self._change_kernels()
        result, signal = types_of(dtype, self._kernel.dtype, self._dtype)
        check_fits("x_block", dtype, signal)
        self._open(shape, result, signal, ())

    def _open(
        self,
        shape: tuple[int, ...],
        result: np.dtype,
        signal: np.dtype,
        fades: tuple[Fade, ...],
    ) -> None:
        """Prepare the kernels for blocks of a shape and a type."""
        self._result, self._signal = result, signal
        filters = [self._prepare(fade.kernel) for fade in fades]
        filters.append(self._reused() or self._prepare(self._kernel))
        for each in filters:
            inputs = self._kernel.shape[1] if self._kernel.ndim == 3 else 1
            each.open(prod(shape) // inputs)
        self._crossfade = Crossfade(filters, list(fades))
        self._shape = shape

    def _reused(self) -> Filter | None:
        """Return the filter of the signal before this one, if it is the same."""
        ready, self._ready = self._ready, None
        if ready is None or ready.kernel is not self._kernel:
            return None
        return ready.filter if ready.types == (self._signal, self._result) else None

    def _prepare(self, kernel: NDArray[Any]) -> Filter:
        """Prepare a kernel for the type of the stream."""
        bank = kernel if kernel.ndim == 3 else kernel[None, None]
        if self._result == _HALF:
            return filter_for(bank, _SINGLE, _SINGLE, self._block)
        return filter_for(bank, self._signal, self._result, self._block)

    def _compute(
        self, x: NDArray[Any], output: NDArray[Any], axis: int, count: int
    ) -> None:
        """Convolve a block into an array of outputs."""
        kernel, fading, samples, target = self._kernel, self._crossfade, x, output
        if x.ndim > 1:
            samples = with_one_axis(lines_of(x, axis, kernel.ndim == 3))
            target = lines_of(output, axis, kernel.ndim == 3)
        sums = with_one_axis(target)
        if self._result == _HALF:
            samples, sums = samples.astype(_SINGLE), np.empty(sums.shape, _SINGLE)
        if fading.fades:
            fading.process(samples, sums, count)
        elif is_long(kernel, count):
            convolve_whole(fading.filters[0], kernel, samples, sums, self._workers)
        else:
            fading.filters[0].process(samples, sums, count)
        if sums is not target and not np.may_share_memory(sums, output):
            target[...] = sums.reshape(target.shape)

    def flush(self) -> NDArray[Any]:
        """Return the outputs behind the last sample, and end the signal.

        The stream begins anew: it has the state that `reset` gives it.

        Returns
        -------
        ndarray
            One output less than the kernel has taps, or the longest kernel if kernels
            are faded; none if no sample has come.
        """
        with self._exclusive:
            if self._shape is None:
                return np.empty(0, self._dtype or self._kernel.dtype)
            self._change_kernels()
            kernels = [self._kernel, *(fade.kernel for fade in self._crossfade.fades)]
            count = max(kernel.shape[-1] for kernel in kernels) - 1
            axis = self._axis % (len(self._shape) + 1)
            if self._crossfade.filters[-1].position == 0:
                count = 0
            shape = (*self._shape[:axis], count, *self._shape[axis:])
            outputs = self._process(np.zeros(shape, self._signal), None)
            self._forget()
            return outputs

    def reset(self) -> None:
        """Forget all samples, and the shape and the type of blocks.

        The kernel stays prepared for blocks of the same type.
        """
        with self._exclusive:
            self._forget()

    def set_kernel(self, h: ArrayLike, fade: int = 0) -> None:
        """Convolve samples from the next one on with another kernel.

        The kernel is prepared by this call. The next block begins with what it makes of
        the samples before, which takes about as long as to convolve as many samples as
        the kernel has taps.

        Parameters
        ----------
        h : array_like
            The kernel. Samples that came before are convolved with it, too, as far as
            the kernels before have taps. If `h` is longer, samples that are no longer
            stored count as zeros. A kernel for each input and output has as many of
            these as before.
        fade : int, optional
            Samples of a cross-fade. Output j of the fade, counted from 0, is ``1 - w``
            times that of the old kernel and ``w`` times that of the new one, with
            ``w = (j + 1) / (fade + 1)``. Not for integers, truth values and objects.

        Raises
        ------
        ValueError, TypeError
            If the kernel doesn't fit the stream, or `fade` is negative.
        """
        kernel = kernel_of(h, self._dtype)
        length = arguments.integer_of("fade", fade, 0)
        if kernel.shape[:-1] != self._kernel.shape[:-1]:
            raise ValueError(
                f"h must have the shape {(*self._kernel.shape[:-1], 'taps')}, as the "
                f"kernel before it, not {kernel.shape}"
            )
        prepared = None
        if self._shape is not None:
            check_fits("h", kernel.dtype, self._result)
            if length and self._result.kind not in "fc":
                raise ValueError(
                    f"fade must be 0 for outputs of type {self._result.name}, not "
                    f"{fade}"
                )
            prepared = self._prepare(kernel)
        self._changes.append((kernel, prepared, length))

    def _change_kernels(self) -> None:
        """Go on with the kernels that have been set since the last block."""
        while self._changes:
            kernel, prepared, length = self._changes.pop(0)
            old, self._kernel = self._kernel, kernel
            # before the first block there is nothing to fade
            if self._shape is not None:
                new = prepared or self._prepare(kernel)
                self._crossfade.change(old, new, length)

    @property
    def state(self) -> StreamState:
        """What the stream holds of its samples: a copy, which can be set again.

        The kernel is not part of it, but kernels that are faded out are.
        """
        with self._exclusive:
            self._change_kernels()
            if self._shape is None:
                return StreamState(None, self._result, 0, np.empty(0), ())
            position, samples = self._crossfade.held()
            fades = tuple(self._crossfade.fades)
            return StreamState(self._shape, self._result, position, samples, fades)

    @state.setter
    def state(self, state: StreamState) -> None:
        if not isinstance(state, StreamState):
            raise TypeError(f"state must be that of a stream, not {state!r}")
        with self._exclusive:
            self._forget()
            if state.shape is not None:
                signal = state.samples.dtype
                self._open(state.shape, state.dtype, signal, state.fades)
                self._crossfade.recall(state.position, state.samples)

    def __getstate__(self) -> tuple[Any, ...]:
        state = self.state
        how = self._kernel, self._axis, self._dtype, self._block, self._workers
        return (*how, state)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        kernel, axis, dtype, block, workers, held = state
        Stream.__init__(
            self, kernel, axis=axis, dtype=dtype, block=block, workers=workers
        )
        self.state = held

    def __repr__(self) -> str:
        taps = "x".join(map(str, self._kernel.shape))
        said = [f"{taps} taps of {self._kernel.dtype}"]
        for name, value, usual in (
            ("axis", self._axis, -1),
            ("dtype", self._dtype, None),
            ("block", self._block, None),
            ("workers", self._workers, None),
        ):
            if value != usual:
                said.append(f"{name}={value}")
        return f"Stream({', '.join(said)})"
