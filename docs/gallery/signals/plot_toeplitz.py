"""
One convolution in three ways
=============================

A convolution is a sum of products, a product of spectra, and a product with a Toeplitz
matrix. This example computes all three and shows the matrix. The same sums are also
linear in the kernel, so that least squares find an unknown kernel from a signal and its
outputs.
"""

# %%
# Sums, spectra, matrix
# ---------------------
#
# The sum :math:`y[n] = \sum_k h[k] \, x[n - k]` can be written out. The spectrum of the
# outputs is the product of two spectra, if both are long enough for all outputs. The
# matrix has ``h`` in each column, one row lower than in the column before: see
# :func:`pyconvolve.matrix.convolution_matrix`.

import matplotlib.pyplot as plt
import numpy as np
from scipy.sparse.linalg import lsqr

import pyconvolve
from pyconvolve import kernels, matrix

plt.style.use("tableau-colorblind10")

rng = np.random.default_rng(0)
x = rng.standard_normal(40)
h = kernels.ricker(2)

sums = [
    sum(h[k] * x[n - k] for k in range(h.size) if 0 <= n - k < x.size)
    for n in range(x.size + h.size - 1)
]
size = x.size + h.size - 1
spectra = np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(h, size), size)
A = matrix.convolution_matrix(h, x.size)
product = A @ x

# %%
# :func:`pyconvolve.convolve` chooses between sums and transforms of its own, and gives
# the same numbers.

for method in "direct", "fft":
    y = pyconvolve.convolve(x, h, method=method)
    for name, other in ("sums", sums), ("spectra", spectra), ("matrix", product):
        difference = abs(y - other).max()
        print(f"method {method!r:9} and {name:8} differ by {difference:.0e} at most")
        assert difference < 1e-12

# %%
# The boundary changes the corners of the matrix. Zeros outside cut the band off. A
# periodic signal makes the matrix circulant: taps that leave one side come in on the
# other.

modes = {
    "full, zeros outside": {"mode": "full"},
    "same, zeros outside": {"mode": "same"},
    "same, periodic": {"mode": "same", "boundary": "wrap"},
}
fig, panels = plt.subplots(1, 3, figsize=(11, 4.5), layout="constrained")
for axes, (title, how) in zip(panels, modes.items(), strict=True):
    entries = matrix.convolution_matrix(h, x.size, **how, format="dense")
    picture = axes.imshow(entries, cmap="RdBu_r", vmin=-h.max(), vmax=h.max())
    axes.set(title=title, xlabel="sample")
panels[0].set_ylabel("output")
fig.colorbar(picture, ax=panels, label="entry", shrink=0.7)

# %%
# The kernel from its outputs
# ---------------------------
#
# :class:`pyconvolve.matrix.ConvolutionOperator` is the matrix without stored entries:
# its products are convolutions. Its ``kernel_operator`` fixes the signal and acts on
# taps. Here 400 samples go through an unknown system of 21 taps, and noise is added.
# :func:`scipy.sparse.linalg.lsqr` finds the taps.

signal = rng.standard_normal(400)
noise = 0.1
outputs = pyconvolve.convolve(signal, h) + rng.normal(
    0, noise, signal.size + h.size - 1
)

K = matrix.ConvolutionOperator(h, signal.size).kernel_operator(signal)
found = lsqr(K, outputs, atol=1e-12, btol=1e-12)[0]

dense = matrix.convolution_matrix(signal, h.size, format="dense")
by_numpy = np.linalg.lstsq(dense, outputs)[0]
print(f"an operator of shape {K.shape}")
print(f"largest difference from numpy.linalg.lstsq: {abs(found - by_numpy).max():.0e}")
print(f"error of a tap: {np.sqrt(((found - h) ** 2).mean()):.4f}")
print(f"expected of the noise: {noise / np.sqrt(signal.size):.4f}")
assert np.allclose(found, by_numpy, atol=1e-8)

fig, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
taps = np.arange(h.size)
axes.plot(taps, h, "-", color="C2", linewidth=3, label="true")
axes.plot(taps, found, "o", color="C0", label="found by lsqr")
axes.set(title="Taps of the system", xlabel="tap", ylabel="value")
axes.legend()
plt.show()
