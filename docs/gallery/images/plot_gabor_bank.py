"""
Textures told apart by a bank of Gabor filters
==============================================

Four textures of one mean and one contrast are told apart without labels. A bank of
Gabor filters measures how much of each frequency and direction is around each pixel.
You see how one call applies a whole bank, how energies are pooled and thinned out in a
second call, and that k-means on these features finds the four textures.
"""

import matplotlib.pyplot as plt
import numpy as np
from skimage import data
from skimage.transform import downscale_local_mean
from sklearn.cluster import KMeans
from sklearn.metrics import confusion_matrix

import pyconvolve
from pyconvolve import kernels

# %%
# A picture of four textures
# --------------------------
#
# The photographs are taken at half their resolution. The fourth texture is the first
# one on its side: only its direction is different. Each texture gets the mean 0 and the
# standard deviation 1, so that brightness tells nothing.

side = 192
photographs = data.brick(), data.grass(), data.gravel()
quarters = [downscale_local_mean(p, 2)[:side, :side] for p in photographs]
quarters.append(quarters[0].T)
quarters = [(q - q.mean()) / q.std() for q in quarters]
picture = np.block([quarters[:2], quarters[2:]]).astype(np.float32)

# %%
# The bank
# --------
#
# :func:`pyconvolve.kernels.gabor` makes a wave under a Gaussian. Filters of one size
# stack to a bank of three frequencies and six directions.

frequencies = [0.1, 0.2, 0.35]
angles = np.arange(6) * np.pi / 6
bank = np.stack(
    [
        kernels.gabor(f, theta=angle, size=31, dtype=np.complex64)
        for f in frequencies
        for angle in angles
    ]
)
print(bank.shape, bank.dtype)

fig, axes = plt.subplots(3, 6, figsize=(8, 4.4), layout="constrained")
fig.suptitle("Real parts: direction, and cycles per pixel")
for ax, kernel in zip(axes.flat, bank, strict=True):
    limit = np.abs(kernel).max()
    ax.imshow(kernel.real, cmap="RdBu_r", clim=(-limit, limit))
    ax.set(xticks=[], yticks=[])
for ax, angle in zip(axes[0], angles, strict=True):
    ax.set_title(f"{np.degrees(angle):.0f}°")
for ax, frequency in zip(axes[:, 0], frequencies, strict=True):
    ax.set_ylabel(frequency)

# %%
# Features
# --------
#
# An axis that only the kernel has, or along which the picture has length one, is an
# axis of filters: one call computes all 18 results, and transforms the picture once.
# The magnitude of a result is the local amplitude of its wave. A wide Gaussian pools
# it, and ``stride=4`` computes the mean at every fourth pixel only.

waves = pyconvolve.convolve(
    picture[None], bank, "same", axes=(1, 2), boundary="symmetric"
)
pool = kernels.gaussian(12, ndim=2, dtype=np.float32)
pooled = pyconvolve.convolve(
    np.abs(waves), pool, "same", axes=(1, 2), boundary="symmetric", stride=4
)
print(waves.shape, "->", pooled.shape)

# %%
# Each filter alone gives the same numbers.

alone = pyconvolve.convolve(picture, bank[7], "same", boundary="symmetric")
print(f"largest difference: {np.abs(waves[7] - alone).max():.1e}")
assert np.allclose(waves[7], alone, atol=1e-4)

# %%
# Clusters
# --------
#
# k-means sees 18 numbers at each place, and neither a label nor a position. Each
# cluster takes the name of the quarter that it covers most.

features = pooled.reshape(len(bank), -1).T
features = (features - features.mean(axis=0)) / features.std(axis=0)
cluster = KMeans(4, n_init=4, random_state=0).fit_predict(features)

quarter = np.arange(4).reshape(2, 2).repeat(side // 4, 0).repeat(side // 4, 1)
name = confusion_matrix(quarter.ravel(), cluster).argmax(axis=0)
found = name[cluster].reshape(quarter.shape)
share = np.mean(found == quarter)
print(f"{share:.1%} of the places are in the right quarter")
assert share > 0.95

fig, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
axes[0].imshow(picture, cmap="gray", clim=(-2.5, 2.5))
axes[0].set_title("four textures")
drawn = axes[1].imshow(pooled[0], cmap="viridis")
axes[1].set_title("energy at 0.1 cycles, 0°")
fig.colorbar(drawn, ax=axes[1], shrink=0.7)
axes[2].imshow(found, cmap="cividis", interpolation="nearest")
axes[2].set_title(f"clusters, {share:.1%} right")
for ax in axes:
    ax.set_axis_off()
# sphinx_gallery_thumbnail_number = 2
plt.show()
