"""A user's program: type checkers infer what `assert_type` says, and it runs."""

from typing import Any, Literal, assert_type

import numpy as np
from numpy.typing import NDArray

import pyconvolve.ndimage
import pyconvolve.numpy
from pyconvolve import Convolver, Explanation, Stream, kernels, matrix, nn, signal
from pyconvolve.ndimage import gaussian_filter
from pyconvolve.signal import savgol_filter

x = np.arange(12.0)
image = np.arange(48, dtype=np.float32).reshape(6, 8)
batch = np.ones((1, 2, 6, 8), np.float32)
filters = np.ones((3, 2, 3, 3), np.float32)
smooth = kernels.gaussian(1.0, ndim=2)

# convolutions
assert_type(pyconvolve.__version__, str)
assert_type(pyconvolve.convolve([1, 2], [3], "same", boundary="wrap"), NDArray[Any])
assert_type(pyconvolve.correlate(x, x, method="fft"), NDArray[Any])
assert_type(pyconvolve.convolve(image, smooth, lags=[(0, 1), (0, 1)]), NDArray[Any])
assert_type(pyconvolve.fftconvolve(x, x, axes=0), NDArray[Any])
assert_type(pyconvolve.oaconvolve(x, x), NDArray[Any])
assert_type(pyconvolve.normalized_correlate(image, image[:3, :3]), NDArray[Any])
assert_type(pyconvolve.deconvolve(image, smooth, method="wiener"), NDArray[Any])
assert_type(pyconvolve.normalized_convolve(x, [1, 1]), NDArray[Any])
mean, weight = pyconvolve.normalized_convolve(x, [1, 1], return_weights=True)
assert_type(mean, NDArray[Any])
assert_type(weight, NDArray[Any])
assert_type(pyconvolve.normalized_convolve(x, [1], return_weights=False), NDArray[Any])
explanation = pyconvolve.explain((100, 100), (3, 3))
assert_type(explanation, Explanation)
assert_type(explanation.seconds, dict[str, float])

# objects
convolver = Convolver(smooth, mode="same")
assert_type(convolver, Convolver)
assert_type(convolver(image), NDArray[Any])
assert_type(convolver.kernel, NDArray[Any])
stream = Stream([1.0, 0.5], block=64)
assert_type(stream(x), NDArray[Any])
assert_type(stream.flush(), NDArray[Any])
assert_type(stream.latency, int)
stream.reset()
state = stream.state
assert_type(state.position, int)
stream.state = state
outputs, samples = pyconvolve.stream_convolve(x, [1.0, 0.5], None)
assert_type(outputs, NDArray[Any])
assert_type(samples, NDArray[Any])

# settings
assert_type(pyconvolve.get_workers(), int)
with pyconvolve.set_workers(2) as nothing:
    assert_type(nothing, None)
with pyconvolve.patch_scipy("scipy.signal.convolve"), pyconvolve.patch_numpy():
    assert_type(pyconvolve.is_patched("numpy.convolve"), bool)
pyconvolve.clear_caches()

# kernels
assert_type(kernels.gaussian(1.0, dtype=np.float32), NDArray[Any])
assert_type(pyconvolve.kernels.sobel(), NDArray[Any])
assert_type(kernels.separate(smooth), tuple[NDArray[Any], ...])
assert_type(kernels.rank(smooth), int)
integers, divisor = kernels.as_integer_ratio([0.25, 0.5, 0.25])
assert_type(integers, NDArray[np.int64])
assert_type(divisor, int)
white, whitening = kernels.whiten(image, eps=0.1)
assert_type(white, NDArray[Any])
assert_type(whitening, kernels.Whitening)
assert_type(whitening.inverse(white), NDArray[Any])

# layers
assert_type(nn.conv(batch, filters, padding="same"), NDArray[Any])
assert_type(nn.conv_transpose(nn.conv(batch, filters), filters), NDArray[Any])
assert_type(nn.mean_pool(batch, 2), NDArray[Any])
assert_type(nn.max_pool(batch, 2), NDArray[Any])
maxima, indices = nn.max_pool(batch, 2, return_indices=True)
assert_type(maxima, NDArray[Any])
assert_type(indices, NDArray[np.int64])
minima, indices = nn.min_pool(batch, (2, 3), return_indices=True)
assert_type(indices, NDArray[np.int64])
assert_type(nn.max_pool_grad(batch.shape, indices, minima), NDArray[Any])
assert_type(nn.is_equivariant(np.negative, batch, 1), bool)
assert_type(nn.shift_error(np.negative, batch, 1), float)

# matrices
assert_type(matrix.convolution_matrix([1, 2], 4, format="dense"), NDArray[Any])
assert_type(matrix.convolution_matrix([1, 2], 4), Any)
operator = matrix.ConvolutionOperator([1, 2], 4)
assert_type(operator, matrix.ConvolutionOperator)
circulant = matrix.circulant_operator([3, 1], 4)
assert_type(circulant.eigenvalues, NDArray[Any])
assert_type(circulant.solve([1, 2, 3, 4]), NDArray[Any])

# replacements of SciPy and NumPy
assert_type(signal.convolve(x, x, "same"), NDArray[Any])
assert_type(signal.correlate(x, x, dtype=np.float32), NDArray[Any])
assert_type(signal.fftconvolve(x, x), NDArray[Any])
assert_type(signal.oaconvolve(x, x, boundary="wrap"), NDArray[Any])
assert_type(signal.convolve2d(image, smooth, boundary="symm"), NDArray[Any])
assert_type(signal.correlation_lags(5, 3), NDArray[np.int_])
assert_type(savgol_filter(x, 5, 2), NDArray[Any])
assert_type(signal.upfirdn([1, 1], x, 2), NDArray[Any])
assert_type(signal.resample_poly(x, 2, 3), NDArray[Any])
assert_type(signal.decimate(x, 2, ftype="fir"), NDArray[Any])
assert_type(signal.filtfilt([0.5, 0.5], 1.0, x), NDArray[Any])
assert_type(signal.lfilter([1, 1], 1.0, x), NDArray[Any])
filtered, final = signal.lfilter([1, 1], 1.0, x, zi=[0.0])
assert_type(filtered, NDArray[Any])
assert_type(final, NDArray[Any])
filtered, final = signal.lfilter([1, 1], 1.0, x, 0, [0.0])
assert_type(final, NDArray[Any])
assert_type(signal.choose_conv_method(x, x), str)
method, times = signal.choose_conv_method(x, x, measure=True)
assert_type(method, str)
assert_type(times, dict[str, float])
method, times = signal.choose_conv_method(x, x, "same", True)
assert_type(times, dict[str, float])
assert_type(signal.windows, Any)
assert_type(gaussian_filter(image, 1.0), NDArray[Any])
assert_type(pyconvolve.ndimage.sobel(image, 0, np.float64), NDArray[Any])
assert_type(pyconvolve.ndimage.uniform_filter(image, 3, workers=1), NDArray[Any])
assert_type(pyconvolve.ndimage.label, Any)
assert_type(pyconvolve.numpy.convolve([1, 2], [3, 4]), NDArray[Any])

# values that are known only at run time
words: tuple[Literal["same", "valid"], ...] = ("same", "valid")
for word in words:
    assert_type(pyconvolve.convolve(x, x, word), NDArray[Any])
