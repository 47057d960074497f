"""
Max, mean and min pooling
=========================

Pooling reduces each window of an image to one number. This example pools a photograph
and a map of edges by :func:`pyconvolve.nn.max_pool`, :func:`pyconvolve.nn.mean_pool`
and :func:`pyconvolve.nn.min_pool`. It shows which one keeps what, and compares them
with scikit-image.
"""

# %%
# Windows of 8x8 pixels lie side by side. Layers take arrays of shape (batch, channels,
# rows, columns). Two sizes tell that there are two spatial axes, so that an array of
# three axes has channels and no batch.

import matplotlib.pyplot as plt
import numpy as np
from skimage import data
from skimage.measure import block_reduce

import pyconvolve
from pyconvolve import kernels, nn

plt.style.use("tableau-colorblind10")

photograph = data.camera() / 255
size = 8, 8
pools = {
    "max": (nn.max_pool, np.max),
    "mean": (nn.mean_pool, np.mean),
    "min": (nn.min_pool, np.min),
}


def pool_all(image):
    """Return the image pooled in each way, and compare with scikit-image."""
    pooled = {}
    for name, (pool, reduction) in pools.items():
        pooled[name] = pool(image[np.newaxis], size)[0]
        expected = block_reduce(image, size, reduction)
        print(f"{name:5} differs by {abs(pooled[name] - expected).max():.0e} at most")
        assert np.allclose(pooled[name], expected)
    return pooled


by_brightness = pool_all(photograph)

# %%
# The photograph and its pooled forms, of 64x64 pixels. In the maximum the bright metal
# of the tripod becomes thick. In the minimum it vanishes, and its dark parts stay. The
# mean is a small photograph.

fig, panels = plt.subplots(1, 4, figsize=(12, 3.6), layout="constrained")
pictures = {"photograph": photograph, **by_brightness}
for axes, (name, picture) in zip(panels, pictures.items(), strict=True):
    axes.imshow(picture, cmap="gray", vmin=0, vmax=1)
    axes.set(title=name, xlabel="column (pixels)")
panels[0].set_ylabel("row (pixels)")

# %%
# A map of edges
# --------------
#
# A filter of a layer responds where it finds its pattern, with both signs. The maximum
# keeps the largest response of a window. The mean of a response and of its opposite is
# near zero, so that an edge beside another one is lost. For this filter the minimum
# keeps the edges of the other direction.

edges = pyconvolve.convolve(
    photograph, kernels.sobel(axis=1), "same", boundary="symmetric"
)
by_edges = pool_all(edges)

fig, panels = plt.subplots(1, 4, figsize=(12.5, 3.6), layout="constrained")
pictures = {"edges: darker to brighter is red": edges, **by_edges}
for axes, (name, picture) in zip(panels, pictures.items(), strict=True):
    shown = axes.imshow(picture, cmap="RdBu_r", vmin=-0.2, vmax=0.2)
    axes.set(title=name, xlabel="column (pixels)")
panels[0].set_ylabel("row (pixels)")
fig.colorbar(shown, ax=panels, label="slope (1 / pixel)", shrink=0.7)

strength = {name: abs(picture).mean() for name, picture in pictures.items()}
for name, value in list(strength.items())[1:]:
    print(f"{name:5} mean magnitude {value:.3f}")

# %%
# Windows that overlap, and positions of maxima
# ---------------------------------------------
#
# ``stride`` puts windows nearer to each other than their size. ``return_indices`` tells
# where each maximum is, counted along the rows, for the gradient or to find the pixel.
# Windows without a steep edge are left out of the picture.

overlapping, indices = nn.max_pool(
    edges[np.newaxis], (64, 64), stride=32, return_indices=True
)
print(f"windows: {overlapping.shape[1:]}")
assert np.array_equal(edges.ravel()[indices], overlapping)

rows, columns = np.unravel_index(indices[overlapping > 0.2], edges.shape)
fig, axes = plt.subplots(figsize=(5.5, 5.5), layout="constrained")
axes.imshow(photograph, cmap="gray")
axes.plot(columns, rows, "o", color="C1", markersize=5, label="steepest pixel")
axes.set(title="The steepest edge of each window of 64x64 pixels")
axes.set(xlabel="column (pixels)", ylabel="row (pixels)")
axes.legend(loc="lower right")
plt.show()
