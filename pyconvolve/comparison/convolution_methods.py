"""Methods that convolve: functions of each library, and how they are called."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from itertools import count
from typing import Any

import numpy as np
from scipy.fft import next_fast_len

from .. import convolve, get_workers
from .convolutions import Convolution
from .interface import NEW_KERNEL, Array, Method, Run
from .libraries import LIBRARIES, OURS

# Products of samples and taps that are summed in one or two seconds.
_MOST = 1.5e9
Supports = Callable[[Convolution], bool]


def _kind(problem: Convolution) -> str:
    return np.dtype(problem.dtype).kind


def _any(problem: Convolution) -> bool:
    return True


def _floats(problem: Convolution) -> bool:
    return _kind(problem) in "fc"


def _on_a_line(problem: Convolution) -> bool:
    return problem.axis is not None


def _on_all_axes(problem: Convolution) -> bool:
    return len(problem.axes) == len(problem.data)


def _as_image(problem: Convolution) -> bool:
    """Tell whether OpenCV filters arrays of this type and number of axes."""
    known = problem.dtype in ("float32", "float64", "uint8", "int16")
    return known and len(problem.data) <= 2


def _is_centred(problem: Convolution) -> bool:
    """Tell whether Astropy solves it: real, with odd numbers of taps along all axes."""
    return _kind(problem) == "f" and all(taps % 2 for taps in problem.kernel)


def _short(supports: Supports, most: float = _MOST) -> Supports:
    """Leave out problems with more products, whose sums take too long."""
    return lambda problem: problem.products <= most and supports(problem)


def _ours(problem: Convolution, x: Array, h: Array) -> Run:
    if _on_all_axes(problem):
        return lambda: convolve(x, h, "same")
    axes = problem.axes
    return lambda: convolve(x, h, "same", axes=axes)


def _ours_new_kernel(problem: Convolution, x: Array, h: Array) -> Run:
    """Change the last bits of a tap before each call, so that no spectrum is cached."""
    taps = h.copy()
    run, first, calls = _ours(problem, x, taps), taps.flat[0], count()
    eps = float(np.finfo(h.dtype).eps)

    def run_new_kernel() -> Any:
        # 64 kernels are more than the cache holds; none is the problem's own
        taps.flat[0] = first * (1 + eps * (1 + next(calls) % 64))
        return run()

    return run_new_kernel


def _numpy(problem: Convolution, x: Array, h: Array) -> Run:
    return lambda: np.convolve(x, h, "same")


def _scipy(name: str, along_axes: bool) -> Callable[[Convolution, Array, Array], Run]:
    """Call a function of scipy.signal; round results of transforms of integers."""

    def prepare(problem: Convolution, x: Array, h: Array) -> Run:
        function = getattr(import_module("scipy.signal"), name)
        options = {"axes": problem.axes} if along_axes else {}
        if along_axes and x.dtype.kind in "iu":
            return lambda: np.rint(function(x, h, "same", **options)).astype(x.dtype)
        return lambda: function(x, h, "same", **options)

    return prepare


def _upfirdn(problem: Convolution, x: Array, h: Array) -> Run:
    upfirdn = import_module("scipy.signal").upfirdn
    axis, taps, part = problem.axis, h.ravel(), _middle(problem)
    return lambda: upfirdn(taps, x, axis=axis)[part]


def _lfilter(problem: Convolution, x: Array, h: Array) -> Run:
    lfilter = import_module("scipy.signal").lfilter
    axis, taps = problem.axis, h.ravel()
    one = np.ones_like(taps[:1])
    # lfilter returns as many outputs as samples: the first ones of mode 'full'
    after = [(0, k - 1 - (k - 1) // 2) for k in problem.kernel]
    part = _middle(problem)
    return lambda: lfilter(taps, one, np.pad(x, after), axis=axis)[part]


def _middle(problem: Convolution) -> tuple[slice, ...]:
    """Return the range of the outputs of mode 'same' in those of mode 'full'."""
    return tuple(
        slice((k - 1) // 2, (k - 1) // 2 + n)
        for n, k in zip(problem.data, problem.kernel, strict=True)
    )


def _ndimage(problem: Convolution, x: Array, h: Array) -> Run:
    convolve = import_module("scipy.ndimage").convolve
    # ndimage centres a kernel with an even number of taps on the other middle tap
    origin = [k % 2 - 1 for k in h.shape]
    return lambda: convolve(x, h, mode="constant", origin=origin)


def _ndimage_line(problem: Convolution, x: Array, h: Array) -> Run:
    convolve1d = import_module("scipy.ndimage").convolve1d
    axis, taps = problem.axis, h.ravel()
    origin = taps.size % 2 - 1
    return lambda: convolve1d(x, taps, axis, mode="constant", origin=origin)


def _opencv(problem: Convolution, x: Array, h: Array) -> Run:
    cv2 = import_module("cv2")
    image, taps = np.atleast_2d(x), np.atleast_2d(np.flip(h))
    # OpenCV takes floating-point kernels, also for images of integers
    taps = np.ascontiguousarray(taps, x.dtype if x.dtype.kind == "f" else np.float32)
    border = cv2.BORDER_CONSTANT
    return lambda: cv2.filter2D(image, -1, taps, borderType=border).reshape(x.shape)


def _opencv_line(problem: Convolution, x: Array, h: Array) -> Run:
    cv2 = import_module("cv2")
    image = np.atleast_2d(x)
    taps = np.ascontiguousarray(
        np.flip(h).ravel(), x.dtype if x.dtype.kind == "f" else np.float32
    )
    one, border = np.ones_like(taps[:1]), cv2.BORDER_CONSTANT
    pair = (one, taps) if problem.axis == 0 and x.ndim == 2 else (taps, one)
    return lambda: cv2.sepFilter2D(image, -1, *pair, borderType=border).reshape(x.shape)


def _torch(problem: Convolution, x: Array, h: Array) -> Run:
    torch = import_module("torch")
    functional, inference = torch.nn.functional, torch.inference_mode
    tensor = torch.from_numpy(x)
    taps = torch.from_numpy(np.flip(h).copy())[None, None]
    # shape (signals, 1 channel, samples...)
    batched = not _on_all_axes(problem)
    if batched:
        taps = taps.flatten()[None, None]
        rows = tensor.movedim(problem.axes[0], -1)
        tensor = rows.flatten(0, -2)[:, None]
    else:
        tensor = tensor[None, None]
    convolve = (functional.conv1d, functional.conv2d, functional.conv3d)[
        len(problem.axes) - 1
    ]
    padding = [k // 2 for k in taps.shape[2:]]
    # an even number of taps gives one output too many
    part = tuple(map(slice, problem.data))

    def run() -> Array:
        with inference():
            y = convolve(tensor, taps, padding=padding)
            if batched:
                y = y.unflatten(0, rows.shape[:-1]).squeeze(-2)
                y = y.movedim(-1, problem.axes[0])
            else:
                y = y[0, 0]
            result: Array = y.numpy()[part]
        return result

    return run


def _torch_fft(problem: Convolution, x: Array, h: Array) -> Run:
    torch = import_module("torch")
    first, second = torch.from_numpy(x), torch.from_numpy(h)
    run = _spectral(problem, torch.fft, "dim")
    return lambda: run(first, second).numpy()


def _mkl_fft(problem: Convolution, x: Array, h: Array) -> Run:
    mkl = import_module(LIBRARIES["mkl_fft"])
    run = _spectral(problem, mkl, "axes")
    return lambda: run(x, h)


def _spectral(
    problem: Convolution, library: Any, axes_name: str
) -> Callable[[Any, Any], Any]:
    """Multiply spectra; NumPy, SciPy and PyTorch have FFTs of the same names."""
    real = _kind(problem) == "f"
    forward, backward = (
        (library.rfftn, library.irfftn) if real else (library.fftn, library.ifftn)
    )
    full = [problem.data[a] + problem.kernel[a] - 1 for a in problem.axes]
    sizes = [next_fast_len(n, real) for n in full]
    where: dict[str, Any] = {"s": sizes, axes_name: problem.axes}
    part = _middle(problem)

    def run(x: Any, h: Any) -> Any:
        return backward(forward(x, **where) * forward(h, **where), **where)[part]

    return run


def _ducc(problem: Convolution, x: Array, h: Array) -> Run:
    fft = import_module("ducc0").fft
    real, axes, workers = _kind(problem) == "f", problem.axes, get_workers()
    sizes = {a: fft.good_size(x.shape[a] + h.shape[a] - 1, real) for a in axes}
    part, last = _middle(problem), sizes[axes[-1]]

    def padded(array: Array) -> Array:
        shape = [sizes.get(a, n) for a, n in enumerate(array.shape)]
        larger = np.zeros(shape, array.dtype)
        larger[tuple(map(slice, array.shape))] = array
        return larger

    def run() -> Array:
        if not real:
            spectrum = fft.c2c(padded(x), axes=axes, nthreads=workers)
            spectrum *= fft.c2c(padded(h), axes=axes, nthreads=workers)
            y: Array = fft.c2c(
                spectrum, axes=axes, nthreads=workers, forward=False, inorm=2,
                out=spectrum,
            )  # fmt: skip
            return y[part]
        spectrum = fft.r2c(padded(x), axes=axes, nthreads=workers)
        spectrum *= fft.r2c(padded(h), axes=axes, nthreads=workers)
        y = fft.c2r(
            spectrum, axes=axes, lastsize=last, nthreads=workers, forward=False,
            inorm=2, allow_overwriting_input=True,
        )  # fmt: skip
        return y[part]

    return run


def _ducc_line(problem: Convolution, x: Array, h: Array) -> Run:
    fft = import_module("ducc0").fft
    (axis,), workers, real = problem.axes, get_workers(), _kind(problem) == "f"
    size = fft.good_size(x.shape[axis] + h.size - 1, real)
    shape = [size if a == axis else n for a, n in enumerate(x.shape)]
    part = _middle(problem)

    def run() -> Array:
        larger, taps = np.zeros(shape, x.dtype), np.zeros(size, h.dtype)
        larger[tuple(map(slice, x.shape))] = x
        taps[: h.size] = h.ravel()
        y = np.empty_like(larger)
        fft.convolve_axis(larger, y, axis, taps, nthreads=workers)
        return y[part]

    return run


def _astropy(problem: Convolution, x: Array, h: Array) -> Run:
    convolve = import_module("astropy.convolution").convolve
    return lambda: convolve(x, h, normalize_kernel=False)


def _astropy_fft(problem: Convolution, x: Array, h: Array) -> Run:
    convolve_fft = import_module("astropy.convolution").convolve_fft
    complexes = np.result_type(x, np.complex64)
    return lambda: convolve_fft(
        x, h, normalize_kernel=False, allow_huge=True, complex_dtype=complexes
    )


CONVOLUTION_METHODS: tuple[Method[Convolution], ...] = (
    Method(OURS, OURS, _ours, _any),
    Method(
        NEW_KERNEL, OURS, _ours_new_kernel,
        lambda it: _floats(it) and it.shapes == 1 and it.engine == "fft",
    ),
    Method(
        "numpy.convolve", "NumPy", _numpy, _short(lambda it: len(it.data) == 1)
    ),
    Method("scipy.signal.convolve", "scipy.signal", _scipy("convolve", False), _any),
    Method(
        "scipy.signal.fftconvolve", "scipy.signal", _scipy("fftconvolve", True), _any
    ),
    Method("scipy.signal.oaconvolve", "scipy.signal", _scipy("oaconvolve", True), _any),
    Method(
        "scipy.signal.convolve2d", "scipy.signal", _scipy("convolve2d", False),
        _short(lambda it: len(it.data) == 2),
    ),
    Method(
        "scipy.signal.upfirdn", "scipy.signal", _upfirdn,
        _short(lambda it: _on_a_line(it) and _floats(it)),
    ),
    Method(
        "scipy.signal.lfilter", "scipy.signal", _lfilter,
        _short(lambda it: _on_a_line(it) and not _on_all_axes(it) and _floats(it)),
    ),
    Method("scipy.ndimage.convolve", "scipy.ndimage", _ndimage, _short(_any)),
    Method(
        "scipy.ndimage.convolve1d", "scipy.ndimage", _ndimage_line, _short(_on_a_line)
    ),
    Method("cv2.filter2D", "OpenCV", _opencv, _as_image),
    Method(
        "cv2.sepFilter2D", "OpenCV", _opencv_line,
        _short(lambda it: _as_image(it) and _on_a_line(it)),
    ),
    Method(
        "torch conv", "PyTorch", _torch,
        _short(
            lambda it: len(it.axes) <= 3 and (_on_all_axes(it) or _on_a_line(it)), 1.5e8
        ),
    ),
    Method("torch.fft", "PyTorch", _torch_fft, _floats),
    Method("ducc0.fft", "ducc0", _ducc, _floats),
    Method(
        "ducc0.fft.convolve_axis", "ducc0", _ducc_line,
        lambda it: _on_a_line(it) and _floats(it),
    ),
    Method("mkl_fft", "mkl_fft", _mkl_fft, _floats),
    Method(
        "astropy convolve", "Astropy", _astropy,
        _short(lambda it: _is_centred(it) and len(it.data) <= 3),
    ),
    Method("astropy convolve_fft", "Astropy", _astropy_fft, _is_centred),
)  # fmt: skip
