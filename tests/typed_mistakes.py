"""A user's program whose marked lines, and no others, type checkers call errors."""

import numpy as np

import pyconvolve
from pyconvolve import Convolver, Stream, kernels, matrix, ndimage, nn, signal

x = np.ones((8, 9))
missing = pyconvolve.nothing  # error
missing = kernels.nothing  # error
pyconvolve.convolve(x, x, "most")  # error
pyconvolve.convolve(x, x, mode="valid")
pyconvolve.convolve(x, x, boundary="symm")  # error
pyconvolve.convolve(x, x, boundary=["edge", "mirror"])  # error
pyconvolve.convolve(x, x, boundary=["edge", "wrap"])
pyconvolve.convolve(x, x, method="auto", strides=2)  # error
pyconvolve.convolve(x)  # error
pyconvolve.fftconvolve(x, x, workers="all")  # error
pyconvolve.normalized_convolve(x, x, return_weight=True)  # error
pyconvolve.normalized_convolve(x, x, nan="omit")  # error
pyconvolve.normalized_convolve(x, x).sum()
pyconvolve.normalized_convolve(x, x, return_weights=True).sum()  # error
pyconvolve.deconvolve(x, x, method="inverse")  # error
pyconvolve.set_workers("2")  # error
Convolver(x, boundary="mirror")  # error
Convolver(x).kernel = x  # error
Stream(x, hop=3)  # error
latency = 2 * Stream([1, 2]).latency
Stream([1, 2])("text", x, x)  # error
kernels.gaussian("2")  # error
kernels.whiten(x, "ica")  # error
nn.conv(x, x, padding="full")  # error
nn.conv(x, x, boundary="circular")  # error
nn.max_pool(x, 2, return_indices=True).sum()  # error
nn.max_pool(x, 2, strides=2)  # error
matrix.convolution_matrix([1, 2], 4, format="bsr")  # error
signal.convolve(x, x, "most")  # error
signal.savgol_filter(x, 3)  # error
signal.savgol_filter(x, 3, 1)
signal.lfilter([1], 1.0, x, zi=[0]).sum()  # error
signal.choose_conv_method(x, x, measure=True).upper()  # error
ndimage.gaussian_filter(x)  # error
ndimage.gaussian_filter(x, 1.0, worker=2)  # error
ndimage.sobel(x, 0, axes=1)  # error
