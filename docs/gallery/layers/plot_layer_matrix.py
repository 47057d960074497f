"""
A convolutional layer is a sparse matrix
========================================

A layer of a network that is linear is a matrix. In a dense layer each output depends on
each input, with a weight of its own. In a convolutional layer an output depends on a
few inputs, and all outputs of a filter share its weights. This example makes both
matrices for images of 16x16 pixels, and counts.
"""

# %%
# One filter of 3x3 taps with zeros outside, as :func:`pyconvolve.nn.conv` has it.
# :func:`pyconvolve.matrix.convolution_matrix` is made for convolution, and layers
# correlate, so the filter is reversed by :func:`pyconvolve.kernels.flip`.

import matplotlib.pyplot as plt
import numpy as np

from pyconvolve import kernels, matrix, nn

plt.style.use("tableau-colorblind10")

rng = np.random.default_rng(0)
shape = 16, 16
image = rng.standard_normal(shape)
weights = rng.standard_normal((3, 3))

layer = matrix.convolution_matrix(kernels.flip(weights), shape, "same")
by_layer = nn.conv(image[None], weights[None, None], padding=1)[0]
print(f"the layer is a {type(layer).__name__} of shape {layer.shape}")
print(f"largest difference: {abs(layer @ image.ravel() - by_layer.ravel()).max():.0e}")
assert np.allclose(layer @ image.ravel(), by_layer.ravel())

# %%
# Sparse interactions: each row has at most nine entries. Shared parameters: all entries
# are nine numbers.

dense = rng.standard_normal(layer.shape)
print(f"{'':16}{'entries':>9}{'distinct':>10}")
for name, entries in ("dense", dense.ravel()), ("convolutional", layer.data):
    print(f"{name:16}{entries.size:9}{np.unique(entries).size:10}")
most = np.diff(layer.indptr).max()
print(f"an output depends on {most} of {layer.shape[1]} inputs at most")
assert most == np.unique(layer.data).size == weights.size

# %%
# The picture shows the entries that are not zero. The nine diagonals are the nine taps.
# On the right, colours are the values, for the outputs of the first four rows of the
# image: the same colour goes down each diagonal. Gaps are where a tap is beside the
# image, in the zeros.

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 5), layout="constrained")
left.spy(layer, markersize=1, color="C0")
left.xaxis.tick_bottom()
left.set(title="Entries of the layer", xlabel="input pixel", ylabel="output pixel")

part = layer[:64, :80].toarray()
part[part == 0] = np.nan
largest = abs(weights).max()
picture = right.imshow(part, cmap="RdBu_r", vmin=-largest, vmax=largest)
right.set(title="Shared weights", xlabel="input pixel", ylabel="output pixel")
right.set_facecolor("0.85")
fig.colorbar(picture, ax=right, label="weight", shrink=0.7)

# %%
# Two layers see farther
# ----------------------
#
# The product of two layers is a layer again. Its outputs depend on 5x5 pixels, and it
# still has few parameters. With a stride of two, every second row of outputs and every
# second output of a row stay.

twice = layer @ layer
print(f"two layers: an output depends on {np.diff(twice.indptr).max()} inputs")

halved = matrix.convolution_matrix(kernels.flip(weights), shape, "same", stride=2)
by_stride = nn.conv(image[None], weights[None, None], padding=1, stride=2)[0]
print(f"with a stride of 2: shape {halved.shape}, {halved.nnz} entries")
assert np.allclose(halved @ image.ravel(), by_stride.ravel())

row = 8 * shape[1] + 8  # the output in the middle
fig, panels = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained")
for axes, operator, title in (
    (panels[0], layer, "One layer"),
    (panels[1], twice, "Two layers"),
):
    seen = np.zeros(layer.shape[1])
    seen[operator[[row]].indices] = 1
    axes.imshow(seen.reshape(shape), cmap="Blues", vmax=1.5)
    axes.plot(8, 8, "o", color="C1", label="output")
    axes.set(title=f"{title}: {int(seen.sum())} inputs")
    axes.set(xlabel="column (pixels)", ylabel="row (pixels)")
    axes.legend(loc="upper left")

# %%
# A dense matrix of 512x512 images would have 6.9e10 entries. ``convolve``, ``nn.conv``
# and :class:`pyconvolve.matrix.ConvolutionOperator` store the taps only.

large = matrix.ConvolutionOperator(kernels.flip(weights), (512, 512), "same")
print(f"an operator of shape {large.shape}, with {weights.size} taps in memory")
plt.show()
